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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dnn_core.errors import UserError

FOLDER_VARIABLE = "DNN_WORKBENCH_MNIST"
"""Environment variable that names a folder with the four files."""


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
