"""What all sessions share: the workspace, the training process, the data.

Only this file and the other `*_cache.py` beside it have `st.cache_*`. Frames are never hashed:
Streamlit samples large ones, so an edit could be missed. Everything is cached under a
fingerprint, and the data set itself is passed with a leading underscore.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from dnn_core.compute.cluster import Compute, start_if_needed
from dnn_core.compute.process import SECONDS_FOR_FIRST_PAGE
from dnn_core.data.dataset import Dataset, Variable
from dnn_core.data.dataset_files import load_dataset
from dnn_core.data.images.digits import read_digits
from dnn_core.data.images.mnist import find_mnist, read_mnist
from dnn_core.data.readers import ReadOptions, WorkbookOptions, options_of, read_bytes
from dnn_core.data.readers.two_files import read_two_files
from dnn_core.data.samples import Sample, list_samples, read_sample
from dnn_core.errors import UserError
from dnn_core.runs.drafts import Kept, read_draft
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from pages.session.state import DataChoice, Draft


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    """The one workspace of this dashboard."""
    return Workspace()


def start_compute() -> None:
    """Ensure that the training process runs or starts; takes a millisecond."""
    start_if_needed(workspace(), SECONDS_FOR_FIRST_PAGE)


@st.cache_resource(show_spinner=False)
def _compute() -> list[Compute]:
    # Streamlit refuses to cache awaitables, and a Dask client is one: wrap it.
    return [Compute(workspace())]


def compute() -> Compute:
    """The connection to the training process, which mends itself."""
    return _compute()[0]


def upload_path(name: str) -> Path:
    """Where an upload is kept; its name is `<sha256>/<file name>`.

    Raises
    ------
    UserError
        If the upload is no longer in the workspace.
    """
    sha256, _, file_name = name.partition("/")
    path = workspace().uploads / sha256 / file_name
    if not re.fullmatch(r"[0-9a-f]{64}", sha256) or "/" in file_name or not path.is_file():
        raise UserError(
            "The uploaded file is no longer in the workspace.", remedy="Upload it again."
        )
    return path


def draft_of(draft_id: str) -> Kept | None:
    """The draft that was kept under an id, which may come from an address.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    return read_draft(workspace().drafts, draft_id)


def kept_draft(choice: DataChoice) -> Kept | None:
    """The draft that was kept of some data, if there is one.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    kept = draft_of(choice.draft_id)
    if kept is None or kept.draft.choice is None or choice.origin != "file":
        return kept
    # The same content may have come under another name this time.
    same = replace(kept.draft.choice, name=choice.name)
    return replace(kept, draft=replace(kept.draft, choice=same))


def choice_of(draft_id: str) -> DataChoice | None:
    """The data that an address names, if they are here and can be chosen by hand."""
    uploads = workspace().list_uploads(limit=None)
    choices = [
        *(DataChoice("file", f"{path.parent.name}/{path.name}") for path in uploads),
        *(DataChoice("sample", sample.name) for sample in samples()),
        *(DataChoice(name, name) for name in ("digits", "mnist")),
    ]
    return next((choice for choice in choices if choice.draft_id == draft_id), None)


_READ: dict[DataChoice, Dataset] = {}
"""An upload on its way into the cache: a cached function cannot move a progress bar."""


def read_upload(choice: DataChoice, watch: Callable[[float], None]) -> None:
    """Read an upload for the first time, and tell how far one is."""
    path = upload_path(choice.name)
    _READ[choice] = read_bytes(path.read_bytes(), path.name, choice.options, watch)
    try:
        _read(choice)
    finally:
        _READ.pop(choice, None)


def _read_file(choice: DataChoice) -> Dataset:
    path = upload_path(choice.name)
    if choice.test_file is None:
        return read_bytes(path.read_bytes(), path.name, choice.options)
    options = choice.options or detected_options(choice.name)
    assert isinstance(options, ReadOptions)
    test = upload_path(choice.test_file)
    return read_two_files(path.read_bytes(), path.name, test.read_bytes(), test.name, options)


@st.cache_resource(max_entries=6, show_spinner="Reading the data …")
def _read(choice: DataChoice) -> Dataset:
    match choice.origin:
        case "file":
            if choice in _READ:
                return _READ[choice]
            return _read_file(choice)
        case "sample":
            return read_sample(choice.name)
        case "digits":
            return read_digits()
        case "kept":
            # Of a run or a study, as they were then; both may be deleted by now.
            return load_dataset(workspace().datasets / choice.name)
    folder = mnist_folder()
    if folder is None:
        raise UserError("The MNIST files are not here.", remedy="Choose MNIST again on Data.")
    return read_mnist(folder)


def dataset(draft: Draft) -> Dataset | None:
    """The chosen data set with the edits of this session."""
    if draft.choice is None:
        return None
    if not draft.edits:
        return _read(draft.choice)
    return _edited(draft.choice, Edits(draft.edits))[0]


def chosen_dataset(draft: Draft) -> Dataset:
    """The same of a session in which data have been chosen."""
    data = dataset(draft)
    assert data is not None
    return data


class Edits(NamedTuple):
    """Edits of variables; never changed in place, so that they are known by their identity."""

    by_name: dict[str, Variable]


@st.cache_resource(
    max_entries=12, show_spinner=False, hash_funcs={Edits: lambda edits: id(edits.by_name)}
)
def _edited(choice: DataChoice, edits: Edits) -> tuple[Dataset, Edits]:
    # Ten thousand variables take seconds to be hashed. The edits are kept beside what they
    # made: as long as their identity is a key, nothing else can have it.
    dataset, by_name = _read(choice), edits.by_name
    return dataset.with_variables(tuple(by_name.get(v.name, v) for v in dataset.variables)), edits


def edits_after(
    old: DataChoice, new: DataChoice, edits: dict[str, Variable]
) -> dict[str, Variable]:
    """Edits of variables that hold after the file is read in another way.

    A column that another reading gives another level, say numbers instead of
    text, takes that level; its label and missing codes stay.
    """
    try:
        before, after = _read(old), _read(new)
    except UserError:
        # Nothing can be read like this; the next reading may be the old one again.
        return edits
    kept = {}
    for name, edit in edits.items():
        if name not in before.names or name not in after.names:
            continue
        level = after.variable(name).level
        same = level is before.variable(name).level
        kept[name] = edit if same else edit.model_copy(update={"level": level})
    return kept


def column_names(choice: DataChoice) -> tuple[str, ...]:
    """Columns of an upload as it is read now; none while it cannot be read."""
    try:
        return _read(choice).names
    except UserError:
        return ()


@st.cache_data(max_entries=20, show_spinner=False)
def _options(name: str) -> ReadOptions | WorkbookOptions | None:
    return options_of(_read(DataChoice("file", name)).source.options)


def detected_options(name: str) -> ReadOptions | WorkbookOptions | None:
    """How an upload is read unless the researcher says otherwise.

    None for a file that says itself how it is to be read, as one of SPSS does.
    """
    return _options(name)


@st.cache_data(max_entries=20, show_spinner=False)
def sheets(name: str) -> tuple[str, ...]:
    """Sheets of an uploaded workbook."""
    return _read(DataChoice("file", name)).source.sheets


@st.cache_data(show_spinner=False)
def samples() -> tuple[Sample, ...]:
    """The tables that come with the workbench."""
    return tuple(list_samples())


def mnist_cache() -> Path:
    """Where the MNIST files are kept once they are here."""
    return workspace().cache / "mnist"


@st.cache_data(max_entries=1, ttl=5, show_spinner=False)
def mnist_folder() -> Path | None:
    """The folder with the four MNIST files, if they are here."""
    return find_mnist([mnist_cache()])


@st.cache_resource(max_entries=6, show_spinner="Reading the data of the run …")
def _run_dataset(fingerprint: str, _run: Run) -> Dataset:
    return workspace().dataset_of(_run)


def run_dataset(run: Run) -> Dataset:
    """The data that a run was trained on, as they were then."""
    return _run_dataset(str(run.experiment.data), run)


def has_data(run: Run) -> bool:
    """Whether the data of a run are still in the workspace."""
    return (workspace().datasets / str(run.experiment.data) / "dataset.json").exists()


def images_of(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """Images of some rows, uint8, shape (rows, height, width)."""
    if dataset.images is None:
        raise UserError("The data set has no images.", remedy="Choose MNIST or the small digits.")
    return np.asarray(dataset.images[rows])
