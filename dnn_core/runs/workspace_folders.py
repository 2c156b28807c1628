"""The folders of a workspace, with the files that were uploaded and the data sets."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from pathlib import Path

import platformdirs

from dnn_core.data.dataset import Dataset
from dnn_core.data.dataset_files import save_dataset
from dnn_core.runs.privacy import private_folder

LONGEST_FILE_NAME = 120
LONGEST_ENDING = 20
"""In bytes; file systems allow 255 for a name."""


class WorkspaceFolders:
    """One folder with everything that must survive a restart; no other account can enter it.

    Parameters
    ----------
    root : Path, optional
        By default `DNN_WORKBENCH_HOME`, or the user's data folder.
    """

    def __init__(self, root: Path | None = None) -> None:
        chosen = root or os.environ.get("DNN_WORKBENCH_HOME")
        self.root = Path(chosen or platformdirs.user_data_dir("dnn-workbench", appauthor=False))
        # The root first: closed, it shields what an earlier version left open below it.
        for folder in (
            self.root,
            *(self.uploads, self.datasets, self.drafts, self.runs, self.studies, self.cache),
            *(self.compute, self.logs),
        ):
            private_folder(folder)

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def drafts(self) -> Path:
        return self.root / "drafts"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def studies(self) -> Path:
        return self.root / "studies"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def compute(self) -> Path:
        return self.root / "compute"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def store_upload(self, content: bytes, file_name: str) -> Path:
        """Keep an uploaded file once, under the sha256 of its bytes.

        Only the last part of the given name is used, without characters that
        mean something to a file system.
        """
        folder = self.uploads / hashlib.sha256(content).hexdigest()
        path = folder / safe_file_name(file_name)
        if not path.is_file() or path.stat().st_size != len(content):
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / f".{secrets.token_hex(4)}"
            temporary.write_bytes(content)
            temporary.replace(path)
        os.utime(path)
        return path

    def list_uploads(self, limit: int | None = 5) -> list[Path]:
        """The files used last, newest first; all of them without a limit."""
        paths = [p for p in self.uploads.glob("*/*") if p.is_file() and p.name[0] != "."]
        return sorted(paths, key=lambda p: p.stat().st_mtime, reverse=True)[:limit]

    def keep_dataset(self, dataset: Dataset) -> Path:
        """Keep a data set so that a worker and a later session can read it."""
        return save_dataset(dataset, self.datasets / dataset.fingerprint)


def safe_file_name(name: str) -> str:
    """The last part of a path, without separators, control or reserved characters.

    At most 120 bytes long, because file systems count bytes; the ending, by
    which a file is known, is kept.
    """
    last = re.split(r"[/\\]", name)[-1]
    # Categories C*: controls, marks that reverse the direction of text, lone surrogates.
    plain = "".join("_" if unicodedata.category(c)[0] == "C" else c for c in last)
    stem, dot, ending = re.sub(r'[<>:"|?*]', "_", plain).strip(" .").rpartition(".")
    if not stem or len(ending.encode()) > LONGEST_ENDING:
        stem, dot, ending = f"{stem}{dot}{ending}", "", ""
    room = LONGEST_FILE_NAME - len((dot + ending).encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    # Windows reserves these names, whatever comes after the first point.
    if re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", stem.split(".")[0].strip()):
        stem = f"_{stem}"
    return f"{stem}{dot}{ending}" or "file"
