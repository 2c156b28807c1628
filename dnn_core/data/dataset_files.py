"""A data set as a folder: written once, read again by workers and later sessions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from dnn_core.data.dataset import Dataset, Source, Variable
from dnn_core.errors import Damaged, UserError, reading


def save_dataset(dataset: Dataset, directory: Path) -> Path:
    """Write a data set into a folder that `load_dataset` reads.

    Returns
    -------
    Path
        The folder, which is complete once `dataset.json` is in it. One that is damaged is
        written anew.
    """
    marker = directory / "dataset.json"
    if marker.exists():
        try:
            _look_at_dataset(directory)
        except Damaged:
            shutil.rmtree(directory)
        else:
            return directory
    directory.mkdir(parents=True, exist_ok=True)
    dataset.frame.to_parquet(directory / "frame.parquet", index=False)
    if dataset.images is not None:
        np.save(directory / "images.npy", dataset.images)
    about = {
        "name": dataset.name,
        "variables": [v.model_dump(mode="json") for v in dataset.variables],
        "as_read": [v.model_dump(mode="json") for v in dataset.as_read.values()],
        "source": vars(dataset.source),
        "official_test": None
        if dataset.official_test is None
        else [int(dataset.official_test[0]), int(dataset.official_test[-1]) + 1],
    }
    temporary = marker.with_suffix(".tmp")
    temporary.write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    temporary.replace(marker)
    return directory


def load_dataset(directory: Path) -> Dataset:
    """Read a folder written by `save_dataset`.

    Raises
    ------
    UserError
        If the folder is gone or incomplete.
    Damaged
        If a file in it is not what was written.
    """
    marker = directory / "dataset.json"
    if not marker.exists():
        raise UserError(
            "The data of this run are no longer in the workspace.",
            expected=f"a folder {directory.name} among the workspace's data sets",
            remedy="Upload the file again.",
        )
    about = _read_about(marker)
    table = directory / "frame.parquet"
    # Opened here: of a folder that stands in its place pandas would read nothing.
    with reading("data set", table), table.open("rb") as file:
        frame = pd.read_parquet(file)
    return Dataset(frame=frame, images=_read_images(directory), **about)


def _read_about(marker: Path) -> dict[str, Any]:
    """The content of `dataset.json`, as arguments of `Dataset`."""
    with reading("data set", marker):
        about = json.loads(marker.read_text(encoding="utf-8"))
        span = about["official_test"]
        as_read = [Variable.model_validate(v) for v in about["as_read"]]
        return {
            "name": about["name"],
            "variables": tuple(Variable.model_validate(v) for v in about["variables"]),
            "source": Source.from_dict(about["source"]),
            "official_test": None if span is None else np.arange(*span),
            "as_read": {variable.name: variable for variable in as_read},
        }


def _read_images(directory: Path) -> np.ndarray | None:
    images = directory / "images.npy"
    if not images.exists():
        return None
    with reading("data set", images):
        return np.load(images, mmap_mode="r", allow_pickle=False)


def _look_at_dataset(directory: Path) -> None:
    """Raise `Damaged` if a file of a kept data set is missing or was cut; quick with any size."""
    _read_about(directory / "dataset.json")
    _read_images(directory)
    table = directory / "frame.parquet"
    with reading("data set", table):
        # What a Parquet file holds stands at its end.
        pq.read_metadata(table)
