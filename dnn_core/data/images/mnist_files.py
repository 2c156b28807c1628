"""MNIST's four official files: found in a folder, fetched, or handed over.

A file counts as official when its sha256 is right, whatever it is called and
wherever it came from.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dnn_core.errors import UserError

FOLDER_VARIABLE = "DNN_WORKBENCH_MNIST"
"""Environment variable that names a folder with the four files."""

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
"""Public copies, in the order in which they are tried."""

TIMEOUT_SECONDS = 10
"""Silence after which a mirror counts as unreachable."""

CHUNK_BYTES = 2**16

UNPACKED_LIMIT_BYTES = 47_040_016
"""Size of the largest official file; a gzip that unpacks to more is refused unread."""

_GZIP_MAGIC = b"\x1f\x8b"
IDX_UINT8 = b"\x00\x00\x08"
"""First three bytes of an idx file of unsigned bytes."""


@dataclass(frozen=True)
class MnistFile:
    """One official file: its name, and the sha256 of it packed and unpacked."""

    name: str
    content: str
    size_bytes: int
    sha256: str
    unpacked_sha256: str

    @property
    def unpacked_name(self) -> str:
        return self.name.removesuffix(".gz")


MNIST_FILES = (
    MnistFile(
        name="train-images-idx3-ubyte.gz",
        content="training images",
        size_bytes=9_912_422,
        sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        unpacked_sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    MnistFile(
        name="train-labels-idx1-ubyte.gz",
        content="training labels",
        size_bytes=28_881,
        sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        unpacked_sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    MnistFile(
        name="t10k-images-idx3-ubyte.gz",
        content="test images",
        size_bytes=1_648_877,
        sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        unpacked_sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    MnistFile(
        name="t10k-labels-idx1-ubyte.gz",
        content="test labels",
        size_bytes=4_542,
        sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        unpacked_sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)
"""In the order training images, training labels, test images, test labels."""


def find_mnist(folders: Iterable[Path], files: tuple[MnistFile, ...] = MNIST_FILES) -> Path | None:
    """Return the first folder that holds all four files, checked by hash.

    The folder in the environment variable `DNN_WORKBENCH_MNIST` is looked at
    first, then `folders` in their order. Files may be packed or unpacked.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    candidates = ([Path(named)] if named else []) + list(folders)
    for folder in candidates:
        if all(stored_file(folder, file) for file in files):
            return folder
    if named:
        logging.getLogger(__name__).warning(
            "%s is %s, which does not hold the four official files", FOLDER_VARIABLE, named
        )
    return None


def fetch_mnist(
    cache: Path,
    on_progress: Callable[[int, int], None],
    mirrors: tuple[str, ...] = MIRRORS,
    files: tuple[MnistFile, ...] = MNIST_FILES,
) -> Path:
    """Download what is missing from `cache`, each file checked by its hash.

    A file appears in the folder only once it is complete and right.

    Parameters
    ----------
    cache : Path
        Folder for the files; made if it is not there.
    on_progress : callable
        Called with bytes done and bytes in all, over the four files.
    mirrors : tuple of str
        Addresses of folders, each ending in a slash, tried in this order.

    Returns
    -------
    Path
        `cache`, holding all four files.

    Raises
    ------
    UserError
        If no mirror gives a right copy of every file; says how to hand them over.
    """
    missing = [file for file in files if not stored_file(cache, file)]
    total = sum(file.size_bytes for file in files)
    failures: list[str] = []
    for mirror in mirrors:
        before = total - sum(file.size_bytes for file in missing)
        missing = _fetch_from(
            mirror, missing, cache, _Progress(on_progress, before, total), failures
        )
    if missing:
        raise UserError(
            "MNIST could not be downloaded.",
            received="; ".join(failures),
            remedy=_how_to_hand_over(files),
        )
    on_progress(total, total)
    return cache


def accept_files(
    uploads: Mapping[str, bytes], cache: Path, files: tuple[MnistFile, ...] = MNIST_FILES
) -> Path:
    """Store files handed over by hand; names do not matter, contents do.

    Right files are stored even when others are missing, so that the four may
    come one after the other.

    Parameters
    ----------
    uploads : mapping of str to bytes
        File names (for messages only) and contents, gzip or unpacked idx.

    Returns
    -------
    Path
        `cache`, holding all four files.

    Raises
    ------
    UserError
        If one of the four is still missing; names it, and what was not right.
    """
    wrong = []
    for upload, data in uploads.items():
        name = _recognise(data, files)
        if name is None:
            wrong.append(f"{upload} ({_what_is_wrong(data)})")
        else:
            _write_whole(cache / name, data if name.endswith(".gz") else unpack(data))
    missing = [file for file in files if not stored_file(cache, file)]
    if missing:
        raise UserError(
            f"{len(missing)} of the {len(files)} MNIST files "
            f"{'is' if len(missing) == 1 else 'are'} still missing.",
            expected=", ".join(f"{file.name} ({file.content})" for file in missing),
            received="not an official MNIST file: " + ", ".join(wrong) if wrong else None,
            remedy="Files already accepted are kept; add only the missing ones.",
        )
    return cache


class _Progress:
    """What pooch calls while a file comes in, in bytes over all four files."""

    def __init__(self, report: Callable[[int, int], None], done: int, all_bytes: int) -> None:
        self.total = 0  # pooch sets this to the size of the current file
        self._report, self._done, self._all = report, done, all_bytes
        self._current = 0

    def update(self, received: int) -> None:
        self._current += received
        self._report(min(self._done + self._current, self._all), self._all)

    def reset(self) -> None:
        self._current = 0

    def close(self) -> None:
        """Nothing to close; pooch asks for it."""

    def finish(self, size_bytes: int) -> None:
        self._done += size_bytes
        self._current = 0


def _fetch_from(
    mirror: str, wanted: list[MnistFile], cache: Path, progress: _Progress, failures: list[str]
) -> list[MnistFile]:
    """Download from one mirror; return what it did not give, and note why."""
    import pooch  # here, because it is needed once in a workspace's life
    import requests.exceptions

    pooch.get_logger().setLevel(logging.WARNING)
    left = list(wanted)
    for file in wanted:
        progress.reset()
        downloader = pooch.HTTPDownloader(
            progressbar=progress, chunk_size=CHUNK_BYTES, timeout=TIMEOUT_SECONDS
        )
        try:
            pooch.retrieve(
                mirror + file.name, f"sha256:{file.sha256}", file.name, cache, downloader=downloader
            )
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout):
            failures.append(f"no connection to {mirror}")
            break
        except requests.exceptions.HTTPError as error:
            failures.append(str(error))
        except (requests.exceptions.RequestException, ValueError):
            # pooch raises ValueError where the hash is wrong: a damaged copy,
            # or the login page of a network.
            failures.append(f"{mirror}{file.name} is not the official file")
        else:
            progress.finish(file.size_bytes)
            left.remove(file)
    return left


def _how_to_hand_over(files: tuple[MnistFile, ...]) -> str:
    names = ", ".join(file.name for file in files)
    return (
        f"Check the connection and try again; or fetch {names} on another computer "
        f"(for example from {MIRRORS[0]}) and hand them over with “I have the files”; or put "
        f"them into a folder and name it in the environment variable {FOLDER_VARIABLE}."
    )


def stored_file(folder: Path, file: MnistFile) -> Path | None:
    """Path of a right copy in a folder, packed or unpacked."""
    for name, sha256 in ((file.name, file.sha256), (file.unpacked_name, file.unpacked_sha256)):
        path = folder / name
        if path.is_file() and _sha256(path.read_bytes()) == sha256:
            return path
    return None


def _recognise(data: bytes, files: tuple[MnistFile, ...]) -> str | None:
    """Name under which some bytes are to be stored; None if they are not official."""
    sha256, unpacked_sha256 = _sha256(data), _sha256(unpack(data))
    for file in files:
        if sha256 == file.sha256:
            return file.name
        if unpacked_sha256 == file.unpacked_sha256:
            return file.unpacked_name
    return None


def _what_is_wrong(data: bytes) -> str:
    if not data:
        return "empty"
    unpacked = unpack(data)
    if not unpacked:
        return "a damaged gzip file"
    if unpacked.startswith(IDX_UINT8):
        return "idx, but with other contents; Fashion-MNIST, for one, uses the same names"
    return "not an idx file"


def unpack(data: bytes) -> bytes:
    """Unpacked bytes; empty where a gzip file is damaged."""
    if not data.startswith(_GZIP_MAGIC):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            return stream.read(UNPACKED_LIMIT_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        return b""


def _write_whole(path: Path, data: bytes) -> None:
    """Write under a temporary name, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
        temporary.write(data)
    Path(temporary.name).replace(path)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
