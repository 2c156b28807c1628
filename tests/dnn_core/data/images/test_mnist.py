"""Parsing the four files, small ones by hand and the official ones."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.images.mnist import MNIST_FILES, MnistFile, find_mnist, read_idx, read_mnist
from dnn_core.errors import UserError

OFFICIAL = Path(__file__).resolve().parents[4] / "../shared/data/mnist"

IMAGES = bytes.fromhex("00000803 00000003 00000002 00000002") + bytes(range(12))
LABELS = bytes.fromhex("00000801 00000003") + bytes([7, 0, 9])


def write_files(folder: Path, contents: list[bytes]) -> tuple[MnistFile, ...]:
    """Four files under the official names; their hashes become the official ones."""
    files = []
    for file, data in zip(MNIST_FILES, contents, strict=True):
        packed = gzip.compress(data, mtime=0)
        (folder / file.name).write_bytes(packed)
        files.append(
            MnistFile(
                name=file.name,
                content=file.content,
                size_bytes=len(packed),
                sha256=hashlib.sha256(packed).hexdigest(),
                unpacked_sha256=hashlib.sha256(data).hexdigest(),
            )
        )
    return tuple(files)


def test_read_idx_by_hand() -> None:
    images = read_idx(IMAGES, "images")
    assert images.dtype == np.uint8
    assert images.tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]], [[8, 9], [10, 11]]]
    assert read_idx(LABELS, "labels").tolist() == [7, 0, 9]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "an empty file"),
        (b"PK\x03\x04rest", "50 4b 03 04"),
        (b"\x00\x00\x0d\x01" + LABELS[4:], "00 00 0d 01"),  # 0x0d: floats
        (b"\x00\x00\x08\x00", "00 00 08 00"),  # no dimension
        (LABELS[:-1], "10 bytes"),
        (LABELS + b"\x00", "12 bytes"),
        (IMAGES[:9], "9 bytes"),  # cut off within the header
    ],
)
def test_read_idx_refuses_what_does_not_fit(data: bytes, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_idx(data, "some file")
    assert message in (caught.value.received or "")


def test_read_mnist_puts_training_rows_first(tmp_path: Path) -> None:
    test_images = bytes.fromhex("00000803 00000001 00000002 00000002") + bytes([250, 0, 0, 1])
    test_labels = bytes.fromhex("00000801 00000001") + bytes([4])
    files = write_files(tmp_path, [IMAGES, LABELS, test_images, test_labels])
    dataset = read_mnist(tmp_path, files)
    assert dataset.frame["digit"].tolist() == [7, 0, 9, 4]
    assert dataset.frame["digit"].dtype == np.int64
    assert dataset.images is not None
    assert dataset.images.shape == (4, 2, 2)
    assert dataset.images[3].tolist() == [[250, 0], [0, 1]]
    assert dataset.official_test is not None
    assert dataset.official_test.tolist() == [3]
    assert [(v.name, v.level, v.label) for v in dataset.variables] == [
        ("digit", Level.NOMINAL, "Digit"),
        ("image", Level.IMAGE, "Image"),
    ]


def test_packed_and_unpacked_files_are_one_data_set(tmp_path: Path) -> None:
    files = write_files(tmp_path, [IMAGES, LABELS, IMAGES, LABELS])
    before = read_mnist(tmp_path, files)
    (tmp_path / files[0].name).unlink()
    (tmp_path / files[0].unpacked_name).write_bytes(IMAGES)
    assert read_mnist(tmp_path, files).fingerprint == before.fingerprint


def test_read_mnist_refuses_labels_for_other_images(tmp_path: Path) -> None:
    two_labels = bytes.fromhex("00000801 00000002") + bytes([1, 2])
    files = write_files(tmp_path, [IMAGES, LABELS, IMAGES, two_labels])
    with pytest.raises(UserError, match="test images and labels"):
        read_mnist(tmp_path, files)


def test_read_mnist_names_the_damaged_file(tmp_path: Path) -> None:
    files = write_files(tmp_path, [IMAGES, LABELS, IMAGES, LABELS])
    (tmp_path / files[2].name).write_bytes(b"\x1f\x8b")
    with pytest.raises(UserError, match=r"t10k-images-idx3-ubyte\.gz .test images. is missing or"):
        read_mnist(tmp_path, files)


@pytest.fixture(scope="module")
def official() -> Dataset:
    if not OFFICIAL.is_dir():
        pytest.skip(f"the official files are not in {OFFICIAL}")
    folder = find_mnist([OFFICIAL])
    assert folder is not None
    return read_mnist(folder)


def test_official_shapes(official: Dataset) -> None:
    assert len(official) == 70_000
    assert official.images is not None
    assert official.images.shape == (70_000, 28, 28)
    assert official.images.dtype == np.uint8
    assert official.official_test is not None
    assert np.array_equal(official.official_test, np.arange(60_000, 70_000))


def test_official_class_counts(official: Dataset) -> None:
    # The well-known counts of the training and of the test part.
    digits = official.frame["digit"].to_numpy()
    assert np.bincount(digits[:60_000]).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(digits[60_000:]).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert digits[:5].tolist() == [5, 0, 4, 1, 9]
    assert digits[60_000:60_005].tolist() == [7, 2, 1, 0, 4]


def test_official_grey_values(official: Dataset) -> None:
    # Mean and standard deviation of the training part that every tutorial uses
    # for standardising: 0.1307 and 0.3081 of full white.
    assert official.images is not None
    training = official.images[:60_000]
    shares = np.bincount(training.ravel(), minlength=256) / training.size
    grey = np.arange(256) / 255
    mean = float(shares @ grey)
    assert mean == pytest.approx(0.1307, abs=5e-5)
    assert float(np.sqrt(shares @ (grey - mean) ** 2)) == pytest.approx(0.3081, abs=5e-5)
