"""MNIST as a data set, parsed from its four official files.

The idx format and the names of the files are those of LeCun, Cortes and
Burges, http://yann.lecun.com/exdb/mnist/.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.images.mnist_download import MIRRORS, fetch_mnist
from dnn_core.data.images.mnist_files import (
    IDX_UINT8,
    MNIST_FILES,
    MnistFile,
    accept_files,
    find_mnist,
    stored_file,
    unpack,
)
from dnn_core.errors import UserError

__all__ = [
    "MIRRORS",
    "MNIST_FILES",
    "MnistFile",
    "accept_files",
    "fetch_mnist",
    "find_mnist",
    "read_idx",
    "read_mnist",
]

_AGAIN = "Download MNIST again, or hand over the four official files."


def read_mnist(folder: Path, files: tuple[MnistFile, ...] = MNIST_FILES) -> Dataset:
    """Read the four files: training rows first, then the published test rows.

    Returns
    -------
    Dataset
        70,000 rows, one column “digit”, images uint8 of shape (70000, 28, 28),
        `official_test` the last 10,000 row numbers.

    Raises
    ------
    UserError
        If a file is missing or damaged, or the files do not fit together.
    """
    images, labels, test_images, test_labels = (_read_array(folder, file) for file in files)
    _require_pair(images, labels, "training")
    _require_pair(test_images, test_labels, "test")
    digits = np.concatenate([labels, test_labels])
    hashes = "".join(file.sha256 for file in files)
    return Dataset(
        name="MNIST digits",
        frame=pd.DataFrame({"digit": digits.astype("int64")}),
        variables=(
            Variable(name="digit", label="Digit", level=Level.NOMINAL),
            Variable(name="image", label="Image", level=Level.IMAGE),
        ),
        source=Source(
            file_name="MNIST, four official files",
            sha256=hashlib.sha256(hashes.encode()).hexdigest(),
            size_bytes=sum(file.size_bytes for file in files),
        ),
        images=np.concatenate([images, test_images]),
        official_test=np.arange(len(labels), len(digits)),
    )


def read_idx(data: bytes, name: str) -> np.ndarray:
    """Parse one idx file of unsigned bytes.

    The header is two zero bytes, the type (0x08), the number of dimensions,
    and one big-endian uint32 for each dimension; the values follow.

    Returns
    -------
    numpy.ndarray
        uint8, read-only, of the shape in the header.

    Raises
    ------
    UserError
        If the magic number is wrong or the size does not fit the header.
    """
    if len(data) < 4 or data[:3] != IDX_UINT8 or data[3] == 0:
        raise UserError(
            f"{name} is not an idx file of unsigned bytes.",
            expected="a magic number of 00 00 08 and the number of dimensions",
            received=data[:4].hex(" ") or "an empty file",
            remedy=_AGAIN,
        )
    start = 4 + 4 * data[3]
    shape = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4))
    if len(data) != start + math.prod(shape):
        raise UserError(
            f"{name} does not have the size that its header states.",
            expected=f"{start + math.prod(shape):,} bytes for {' × '.join(map(str, shape))}",
            received=f"{len(data):,} bytes",
            remedy=_AGAIN,
        )
    return np.frombuffer(data, dtype="uint8", offset=start).reshape(shape)


def _read_array(folder: Path, file: MnistFile) -> np.ndarray:
    path = stored_file(folder, file)
    if path is None:
        raise UserError(
            f"{file.name} ({file.content}) is missing or damaged.",
            expected="the official file, by its sha256",
            remedy=_AGAIN,
        )
    return read_idx(unpack(path.read_bytes()), path.name)


def _require_pair(images: np.ndarray, labels: np.ndarray, part: str) -> None:
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
        raise UserError(
            f"The {part} images and labels of MNIST do not fit together.",
            expected="images of shape (rows, height, width) and one label for each",
            received=f"images of shape {images.shape} and labels of shape {labels.shape}",
            remedy=_AGAIN,
        )
