"""The four files: found, fetched from loopback mirrors, handed over."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dnn_core.data.images.mnist_download import fetch_mnist
from dnn_core.data.images.mnist_files import MNIST_FILES, MnistFile, accept_files, find_mnist
from dnn_core.errors import UserError


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# Four small idx files under the official names: 3 training and 2 test images of 2 x 2.
UNPACKED = {
    "train-images-idx3-ubyte.gz": bytes.fromhex("00000803 00000003 00000002 00000002")
    + bytes(range(12)),
    "train-labels-idx1-ubyte.gz": bytes.fromhex("00000801 00000003") + bytes([7, 0, 9]),
    "t10k-images-idx3-ubyte.gz": bytes.fromhex("00000803 00000002 00000002 00000002")
    + bytes(range(100, 108)),
    "t10k-labels-idx1-ubyte.gz": bytes.fromhex("00000801 00000002") + bytes([1, 2]),
}
PACKED = {name: gzip.compress(data, mtime=0) for name, data in UNPACKED.items()}
FILES = tuple(
    replace(
        file,
        size_bytes=len(PACKED[file.name]),
        sha256=sha256(PACKED[file.name]),
        unpacked_sha256=sha256(UNPACKED[file.name]),
    )
    for file in MNIST_FILES
)
TOTAL = sum(map(len, PACKED.values()))


@contextmanager
def mirror(answer: Callable[[str], tuple[int, bytes, int]]) -> Iterator[tuple[str, list[str]]]:
    """A real server; `answer` gives status, body and stated length for a file name."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1]
            asked.append(name)
            status, body, length = answer(name)
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mnist/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def good(name: str) -> tuple[int, bytes, int]:
    return 200, PACKED[name], len(PACKED[name])


def absent(name: str) -> tuple[int, bytes, int]:
    return 404, b"", 0


def corrupt(name: str) -> tuple[int, bytes, int]:
    body = PACKED[name][:-1] + b"?"
    return 200, body, len(body)


def cut_off(name: str) -> tuple[int, bytes, int]:
    return 200, PACKED[name][:10], len(PACKED[name])


def one_corrupt(name: str) -> tuple[int, bytes, int]:
    return corrupt(name) if name == FILES[2].name else good(name)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DNN_WORKBENCH_MNIST", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


class Progress(list[tuple[int, int]]):
    def __call__(self, done: int, total: int) -> None:
        self.append((done, total))


def test_the_official_files_are_stated_right() -> None:
    # Sizes and hashes as published with the data; the sizes sum to 11,594,722.
    assert sum(file.size_bytes for file in MNIST_FILES) == 11_594_722
    assert [file.content for file in MNIST_FILES] == [
        "training images",
        "training labels",
        "test images",
        "test labels",
    ]


def test_fetch_takes_all_from_a_good_mirror(tmp_path: Path) -> None:
    progress = Progress()
    with mirror(good) as (first, _), mirror(good) as (second, asked_second):
        folder = fetch_mnist(tmp_path / "mnist", progress, (first, second), FILES)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == PACKED
    assert asked_second == []
    assert progress[-1] == (TOTAL, TOTAL)
    assert {total for _, total in progress} == {TOTAL}
    assert max(done for done, _ in progress) == TOTAL


@pytest.mark.parametrize("broken", [absent, corrupt, cut_off])
def test_fetch_falls_back_to_the_second_mirror(
    tmp_path: Path, broken: Callable[[str], tuple[int, bytes, int]]
) -> None:
    with mirror(broken) as (first, asked_first), mirror(good) as (second, _):
        folder = fetch_mnist(tmp_path, Progress(), (first, second), FILES)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == PACKED
    assert asked_first


def test_fetch_asks_the_second_mirror_only_for_what_the_first_lacks(tmp_path: Path) -> None:
    with mirror(one_corrupt) as (first, asked_first), mirror(good) as (second, asked_second):
        fetch_mnist(tmp_path, Progress(), (first, second), FILES)
    assert asked_first == [file.name for file in FILES]
    assert asked_second == [FILES[2].name]


def test_fetch_falls_back_where_nobody_listens(tmp_path: Path) -> None:
    with mirror(good) as (gone, _):
        pass  # The port is free again: a connection is refused.
    with mirror(good) as (second, _):
        assert fetch_mnist(tmp_path, Progress(), (gone, second), FILES) == tmp_path


def test_fetch_offline_says_how_to_hand_over_the_files(tmp_path: Path) -> None:
    with ExitStack() as stack:
        gone = tuple(stack.enter_context(mirror(good))[0] for _ in range(2))
    with pytest.raises(UserError) as caught:
        fetch_mnist(tmp_path, Progress(), gone, FILES)
    assert f"no connection to {gone[0]}; no connection to {gone[1]}" in str(caught.value)
    assert "train-images-idx3-ubyte.gz" in str(caught.value)
    assert "DNN_WORKBENCH_MNIST" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_fetch_leaves_nothing_half_written(tmp_path: Path) -> None:
    with (
        mirror(corrupt) as (first, _),
        mirror(cut_off) as (second, _),
        pytest.raises(UserError, match="is not the official file"),
    ):
        fetch_mnist(tmp_path, Progress(), (first, second), FILES)
    assert list(tmp_path.iterdir()) == []


def test_fetch_keeps_what_is_there_and_replaces_what_is_damaged(tmp_path: Path) -> None:
    (tmp_path / FILES[0].name).write_bytes(PACKED[FILES[0].name])
    (tmp_path / FILES[1].unpacked_name).write_bytes(UNPACKED[FILES[1].name])
    (tmp_path / FILES[2].name).write_bytes(b"half of it")
    progress = Progress()
    with mirror(good) as (address, asked):
        fetch_mnist(tmp_path, progress, (address,), FILES)
    assert asked == [FILES[2].name, FILES[3].name]
    # The two files that were there count as done from the start.
    assert progress[0][0] > FILES[0].size_bytes + FILES[1].size_bytes
    assert progress[-1] == (TOTAL, TOTAL)


def store(folder: Path, contents: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return folder


def test_find_takes_the_first_complete_folder(tmp_path: Path) -> None:
    partial = store(tmp_path / "partial", {FILES[0].name: PACKED[FILES[0].name]})
    wrong = store(tmp_path / "wrong", {**PACKED, FILES[3].name: b"\x00"})
    unpacked = store(tmp_path / "unpacked", {n.removesuffix(".gz"): d for n, d in UNPACKED.items()})
    packed = store(tmp_path / "packed", PACKED)
    assert find_mnist([partial, wrong, unpacked, packed], FILES) == unpacked
    assert find_mnist([tmp_path / "none", partial, wrong], FILES) is None


def test_find_looks_at_the_environment_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    named, cache = store(tmp_path / "named", PACKED), store(tmp_path / "cache", PACKED)
    monkeypatch.setenv("DNN_WORKBENCH_MNIST", str(named))
    assert find_mnist([cache], FILES) == named
    (named / FILES[0].name).unlink()
    assert find_mnist([cache], FILES) == cache
    assert find_mnist([], FILES) is None
    assert "does not hold the four official files" in caplog.text


def test_accept_recognises_contents_whatever_the_names(tmp_path: Path) -> None:
    names = [file.name for file in FILES]
    uploads = {
        "a.gz": PACKED[names[1]],
        "b (1).idx": UNPACKED[names[0]],
        # Packed again by another program: other bytes, same contents.
        "c.gz": gzip.compress(UNPACKED[names[2]], compresslevel=1, mtime=99),
        "d": PACKED[names[3]],
    }
    folder = accept_files(uploads, tmp_path / "cache", FILES)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        "train-images-idx3-ubyte": UNPACKED[names[0]],
        "train-labels-idx1-ubyte.gz": PACKED[names[1]],
        "t10k-images-idx3-ubyte": UNPACKED[names[2]],
        "t10k-labels-idx1-ubyte.gz": PACKED[names[3]],
    }
    assert find_mnist([folder], FILES) == folder


def test_accept_names_what_is_missing_and_what_is_wrong(tmp_path: Path) -> None:
    uploads = {
        "labels.gz": PACKED["train-labels-idx1-ubyte.gz"],
        "train-images-idx3-ubyte.gz": PACKED["train-images-idx3-ubyte.gz"][:-12],
        "fashion.gz": gzip.compress(UNPACKED["t10k-labels-idx1-ubyte.gz"][:-1] + b"\x05"),
        "mnist.csv": b"label,pixel\n7,0\n",
        "nothing": b"",
    }
    with pytest.raises(UserError) as caught:
        accept_files(uploads, tmp_path, FILES)
    error = caught.value
    assert error.problem == "3 of the 4 MNIST files are still missing."
    assert error.expected == (
        "train-images-idx3-ubyte.gz (training images), t10k-images-idx3-ubyte.gz (test images), "
        "t10k-labels-idx1-ubyte.gz (test labels)"
    )
    assert error.received is not None
    assert "train-images-idx3-ubyte.gz (a damaged gzip file)" in error.received
    assert "fashion.gz (idx, but with other contents" in error.received
    assert "mnist.csv (not an idx file)" in error.received
    assert "nothing (empty)" in error.received
    assert "labels.gz (" not in error.received


def test_accept_takes_the_files_one_after_the_other(tmp_path: Path) -> None:
    *first, last = FILES
    with pytest.raises(UserError, match="1 of the 4 MNIST files is still missing"):
        accept_files({file.name: PACKED[file.name] for file in first}, tmp_path, FILES)
    assert accept_files({"x": PACKED[last.name]}, tmp_path, FILES) == tmp_path


def test_accept_refuses_a_gzip_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dnn_core.data.images.mnist_files.UNPACKED_LIMIT_BYTES", 1000)
    bomb = bytes(100_000)
    named_right = replace(FILES[0], unpacked_sha256=sha256(bomb))
    with pytest.raises(UserError, match=r"not an official MNIST file: bomb\.gz"):
        accept_files({"bomb.gz": gzip.compress(bomb)}, tmp_path, (named_right,))


def test_unpacked_names() -> None:
    assert MnistFile("a-ubyte.gz", "", 0, "", "").unpacked_name == "a-ubyte"
