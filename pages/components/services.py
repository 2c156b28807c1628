"""What all sessions share; the only file with `st.cache_*`.

Frames are never hashed: Streamlit samples large ones, so an edit could be
missed. Everything is cached under a fingerprint, and the data set itself is
passed with a leading underscore.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from dnn_core.appraisal.duration import suggest
from dnn_core.audit import Audit, audit, looked_at
from dnn_core.audit.answers import in_force
from dnn_core.audit.evidence import dated_variables
from dnn_core.checks import Finding, run_checks
from dnn_core.compute.cluster import Compute, queue_position, start_if_needed
from dnn_core.compute.process import SECONDS_FOR_FIRST_PAGE
from dnn_core.data.codebook import Fit, check_fit, read_codebook, write_codebook
from dnn_core.data.dataset import Dataset, Variable
from dnn_core.data.describe import Description, count_duplicates, describe, look_at_columns
from dnn_core.data.digits import read_digits
from dnn_core.data.edits import Change, Edit, plan_edit
from dnn_core.data.encoder import Encoder
from dnn_core.data.lookup import Lookup, look_up
from dnn_core.data.mnist import find_mnist, read_mnist
from dnn_core.data.notices import ColumnFacts
from dnn_core.data.prepare import Outline, outline
from dnn_core.data.readers import ReadOptions, WorkbookOptions, options_of, read_bytes
from dnn_core.data.readers.two_files import read_two_files
from dnn_core.data.rows_kept import RowsKept, rows_kept
from dnn_core.data.sample_design import case_weights
from dnn_core.data.samples import Sample, list_samples, read_sample
from dnn_core.data.split import split_rows
from dnn_core.diagnostics.coverage import draw_coverage
from dnn_core.diagnostics.diagnostic import Picture, Section
from dnn_core.diagnostics.groups import Groups
from dnn_core.diagnostics.outcome import outcome_distribution, split_bar, variable_distribution
from dnn_core.diagnostics.registry import DIAGNOSTICS
from dnn_core.diagnostics.run_part import RunPart
from dnn_core.errors import UserError
from dnn_core.evaluation.design import design_effect, effective_cases
from dnn_core.evaluation.predictor import with_surety
from dnn_core.evaluation.recalibration import Recalibrated
from dnn_core.report.report import write_report
from dnn_core.runs.run import Run
from dnn_core.runs.seal import Tried
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Answer, AppraisalSpec, EncodingSpec, Kind, SplitSpec, Task, count_folds
from pages.components.state import DataChoice, Draft


class Judgement(NamedTuple):
    """What `run_checks` says of a run."""

    findings: list[Finding]
    not_applicable: list[tuple[str, str]]


class Unsealed(NamedTuple):
    """Rows that may be looked at, with what they are known by."""

    digest: str
    rows: np.ndarray


class Drawn(NamedTuple):
    """The diagnostics that apply, and title and reason of those that do not."""

    pictures: tuple[Picture, ...]
    not_applicable: tuple[tuple[str, str], ...]


@st.cache_resource(show_spinner=False)
def workspace() -> Workspace:
    """The one workspace of this dashboard."""
    return Workspace()


def start_compute() -> None:
    """See to it that the training process runs or starts; takes a millisecond."""
    start_if_needed(workspace(), SECONDS_FOR_FIRST_PAGE)


@st.cache_resource(show_spinner=False)
def _compute() -> list[Compute]:
    # Streamlit refuses to cache awaitables, and a Dask client is one: wrap it.
    return [Compute(workspace())]


def compute() -> Compute:
    """The connection to the training process, which mends itself."""
    return _compute()[0]


# Data -----------------------------------------------------------------------


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
    match choice.door:
        case "file":
            if choice in _READ:
                return _READ[choice]
            return _read_file(choice)
        case "sample":
            return read_sample(choice.name)
        case "digits":
            return read_digits()
        case "run":
            return run_dataset(workspace().run(choice.name))
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


class Edits(NamedTuple):
    """Edits of variables; never changed in place, so that they are known by their identity."""

    by_name: dict[str, Variable]


@st.cache_resource(
    max_entries=12, show_spinner=False, hash_funcs={Edits: lambda edits: id(edits.by_name)}
)
def _edited(choice: DataChoice, edits: Edits) -> tuple[Dataset, Edits]:
    # Ten thousand variables take seconds to be hashed. The edits are kept beside what they
    # made: as long as their identity is a key, nothing else can have it.
    found, by_name = _read(choice), edits.by_name
    return found.with_variables(tuple(by_name.get(v.name, v) for v in found.variables)), edits


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
    return options_of(_read(DataChoice("file", name)).source)


def detected_options(name: str) -> ReadOptions | WorkbookOptions | None:
    """How an upload is read unless the researcher says otherwise.

    None for a file that says itself how it is to be read, as one of SPSS does.
    """
    return _options(name)


@st.cache_data(max_entries=20, show_spinner=False)
def sheets(name: str) -> tuple[str, ...]:
    """Sheets of an uploaded workbook."""
    return _read(DataChoice("file", name)).source.sheets


@st.cache_resource(max_entries=6, show_spinner=False)
def _known_columns(sha256: str, reading: str) -> dict[str, ColumnFacts]:
    """What was last found in the columns of a file; filled by `columns`."""
    return {}


def columns(found: Dataset) -> dict[str, ColumnFacts]:
    """What is in each column; after an edit only its variables are looked at again."""
    known = _known_columns(*_reading_of(found))
    now = look_at_columns(found, known)
    known.update(now)
    return now


def _reading_of(found: Dataset) -> tuple[str, str]:
    """The file and how it was read: what the frame depends on, but no edit."""
    options = json.dumps(found.source.options, sort_keys=True, ensure_ascii=False)
    return found.source.sha256, options


@st.cache_data(max_entries=10, show_spinner="Looking for duplicate rows …")
def _duplicates(sha256: str, reading: str, _dataset: Dataset) -> int:
    return count_duplicates(_dataset)


@st.cache_data(max_entries=10, show_spinner="Describing the variables …")
def _describe(fingerprint: str, _dataset: Dataset) -> Description:
    return describe(_dataset, columns(_dataset), _duplicates(*_reading_of(_dataset), _dataset))


def description(found: Dataset) -> Description:
    """Tiles, table and notices of a data set."""
    return _describe(found.fingerprint, found)


@st.cache_data(max_entries=100, show_spinner=False)
def _looked_up(fingerprint: str, name: str, weight: str | None, _dataset: Dataset) -> Lookup:
    return look_up(_dataset, name, weight)


def looked_up(found: Dataset, name: str, weight: str | None) -> Lookup:
    """One variable with its values and their counts."""
    return _looked_up(found.fingerprint, name, weight, found)


@st.cache_resource(max_entries=100, show_spinner=False)
def _variable_chart(fingerprint: str, name: str, _dataset: Dataset) -> Any:
    return variable_distribution(_dataset, name)


def variable_chart(found: Dataset, name: str) -> Any:
    """The distribution of one variable; None where there is nothing to draw."""
    return _variable_chart(found.fingerprint, name, found)


@st.cache_resource(max_entries=40, show_spinner=False)
def _outcome_chart(
    fingerprint: str,
    target: str,
    kind: Kind | None,
    digest: str,
    _rows: np.ndarray | None,
    _dataset: Dataset,
) -> Any:
    return outcome_distribution(_dataset, target, kind, _rows)


def outcome_chart(found: Dataset, task: Task, rows: Unsealed | None) -> Any:
    """The distribution of the outcome in some rows, by default in all."""
    digest, chosen = rows or ("", None)
    return _outcome_chart(found.fingerprint, task.target, task.kind, digest, chosen, found)


@st.cache_resource(max_entries=40, show_spinner=False)
def split_chart(counts: dict[str, int]) -> Any:
    """How many rows each part has, as one bar."""
    return split_bar(counts)


@st.cache_resource(max_entries=20, show_spinner=False)
def _planned(
    fingerprint: str, names: tuple[str, ...], edit: Edit, _dataset: Dataset
) -> tuple[Change, ...]:
    return plan_edit(_dataset, names, edit)


def planned(found: Dataset, names: tuple[str, ...], edit: Edit) -> tuple[Change, ...]:
    """What an edit of many variables would change."""
    return _planned(found.fingerprint, names, edit, found)


@st.cache_data(max_entries=6, show_spinner="Comparing the codebook with the data …")
def _fit(fingerprint: str, content: bytes, _dataset: Dataset) -> Fit:
    return check_fit(_dataset, read_codebook(content))


@st.cache_data(max_entries=3, show_spinner=False)
def _codebook_text(fingerprint: str, _dataset: Dataset) -> str:
    return write_codebook(_dataset)


def codebook_text(found: Dataset) -> str:
    """The codebook of the data with all edits, as JSON."""
    return _codebook_text(found.fingerprint, found)


def codebook_fit(found: Dataset, content: bytes) -> Fit:
    """How a codebook, given by its bytes, fits the data."""
    return _fit(found.fingerprint, content, found)


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


# Experiment -----------------------------------------------------------------


@st.cache_data(max_entries=40, show_spinner=False)
def _outline(
    fingerprint: str,
    task: Task,
    split: SplitSpec,
    encoding: EncodingSpec,
    folds: int,
    _dataset: Dataset,
) -> Outline:
    return outline(_dataset, task, split, encoding, folds)


@st.cache_data(max_entries=10, show_spinner=False)
def _unsealed(
    fingerprint: str, task: Task, split: SplitSpec, folds: int, _dataset: Dataset
) -> Unsealed | None:
    try:
        parts = split_rows(_dataset, task, split, folds)
    except UserError:
        # It is said where the rows are dealt out.
        return None
    rows = np.union1d(parts["training"], parts["validation"])
    return Unsealed(hashlib.sha256(rows.tobytes()).hexdigest(), rows)


def unsealed(found: Dataset, task: Task, draft: Draft) -> Unsealed | None:
    """The rows that are not to be the test part; None while rows cannot be dealt out."""
    folds = count_folds(draft.split, draft.training)
    return _unsealed(found.fingerprint, task, draft.split, folds, found)


def sizes(found: Dataset, task: Task, draft: Draft) -> Outline:
    """Sizes of the parts, input columns and outcome coding of the draft."""
    folds = count_folds(draft.split, draft.training)
    return _outline(found.fingerprint, task, draft.split, draft.encoding, folds, found)


@st.cache_data(max_entries=20, show_spinner=False)
def _rows_kept(fingerprint: str, task: Task, _dataset: Dataset) -> RowsKept:
    return rows_kept(_dataset, task)


def kept(found: Dataset, task: Task) -> RowsKept:
    """How many rows each way of treating missing answers keeps."""
    return _rows_kept(found.fingerprint, task, found)


@st.cache_data(max_entries=40, show_spinner=False)
def _looked_at(fingerprint: str, target: str, _dataset: Dataset) -> str:
    return looked_at(_dataset, target)


@st.cache_data(max_entries=40, show_spinner="Looking through the data …")
def _audit(
    looked_at: str, task: Task, split: SplitSpec, folds: int, _dataset: Dataset
) -> Audit | None:
    try:
        return audit(_dataset, task, split, folds)
    except UserError:
        # It is said where the rows are dealt out.
        return None


def audit_of(found: Dataset, task: Task, draft: Draft) -> Audit | None:
    """What could make the draft's result too good; None while rows cannot be dealt out."""
    folds = count_folds(draft.split, draft.training)
    # A new label of a variable is no reason to look again.
    read = _looked_at(found.fingerprint, task.target, found)
    return _audit(read, task, draft.split, folds, found)


def answers_in_force(found: Dataset, task: Task, draft: Draft) -> tuple[Answer, ...]:
    """What the researcher says to findings that occur."""
    said = draft.answers.get(task.target, ())
    result = audit_of(found, task, draft) if said else None
    return in_force(said, result.findings) if result is not None else ()


@st.cache_data(max_entries=10, show_spinner=False)
def _dated(fingerprint: str, _dataset: Dataset) -> tuple[str, ...]:
    return dated_variables(_dataset)


def dated(found: Dataset) -> tuple[str, ...]:
    """Variables that hold dates or years."""
    return _dated(found.fingerprint, found)


@st.cache_data(max_entries=40, show_spinner=False)
def _weight_cost(fingerprint: str, weight: str, _dataset: Dataset) -> tuple[float, float]:
    values = case_weights(_dataset, weight)
    return design_effect(values), effective_cases(values)


def weight_cost(found: Dataset, weight: str) -> tuple[float, float]:
    """Design effect of a weight and effective number of cases, over all rows."""
    return _weight_cost(found.fingerprint, weight, found)


# Runs -----------------------------------------------------------------------


def session_run(run_id: str | None) -> Run | None:
    """The run that the session is looking at."""
    return None if run_id is None else workspace().run(run_id)


def tried(run: Run) -> Tried:
    """What has been tried on the file and outcome of a run up to now."""
    return workspace().tried(run)


def open_test(run: Run) -> None:
    """Score the sealed part in a worker."""
    compute().open_test(run.id)


def predict(run: Run, frame: pd.DataFrame) -> pd.DataFrame:
    """Predictions of a run's network for raw rows, computed in a worker."""
    return compute().predict(run.id, frame)


class Case(NamedTuple):
    """One raw row, known by its text: a missing answer does not equal itself."""

    frame: pd.DataFrame


@st.cache_data(
    max_entries=100,
    show_spinner="Taking the prediction apart …",
    hash_funcs={Case: lambda case: case.frame.to_json()},
)
def _explained(run_id: str, case: Case) -> pd.DataFrame:
    return compute().explain(run_id, case.frame)


def explanation(run: Run, case: pd.DataFrame) -> pd.DataFrame:
    """What each predictor contributes to the prediction for one raw row."""
    return _explained(run.id, Case(case))


def encoder_of(run: Run) -> Encoder:
    """The encoder of a finished run."""
    return Encoder.load(run.directory)


@st.cache_data(ttl=1.0, show_spinner=False)
def watch() -> None:
    """Let runs whose process is gone say so; at most once a second for all sessions."""
    active = workspace().active_runs()
    if active:
        compute().reconcile(active)


def place_in_queue(run: Run) -> int | None:
    """1 for the run that is next; None once it has begun."""
    return queue_position(run, workspace().active_runs())


@st.cache_data(max_entries=30, show_spinner=False)
def _predictions(run_id: str, opened: bool, _run: Run) -> pd.DataFrame:
    return _run.predictions


def predictions(run: Run) -> pd.DataFrame:
    """Predictions of a finished run; they change only when the test part is opened."""
    return _predictions(run.id, run.test_opened, run)


@st.cache_data(max_entries=12, show_spinner=False)
def _sure_predictions(
    run_id: str, opened: bool, level: int, recalibrated: Recalibrated, _run: Run
) -> pd.DataFrame:
    table = predictions(_run)
    return with_surety(table, _run.facts.coding, _run.surety, level, recalibrated)


def sure_predictions(run: Run, surety: tuple[int | None, Recalibrated]) -> pd.DataFrame:
    """Predictions with intervals or sets, where the run has something to go by."""
    level, recalibrated = surety
    if level is None:
        return predictions(run)
    return _sure_predictions(run.id, run.test_opened, level, recalibrated, run)


@st.cache_resource(max_entries=40, show_spinner=False)
def _coverage(
    known: tuple[str, bool], split: str, level: int, name: str | None, _run: Run
) -> Picture:
    return draw_coverage(RunPart(_run, split, run_dataset(_run)), level, name)


def coverage(run: Run, split: str, level: int, name: str | None) -> Picture:
    """For whom intervals or sets of a level hold, by the groups of a variable."""
    return _coverage((run.id, run.test_opened), split, level, name, run)


def _known(run: Run) -> tuple[str, bool, int]:
    """What is known of a finished run: changes with the opened test part and its appraisal."""
    return run.id, run.test_opened, run.appraisals.version


@st.cache_data(max_entries=30, show_spinner=False)
def _judged(known: tuple[str, bool, int], _run: Run) -> Judgement:
    return Judgement(*run_checks(_run))


def judgement(run: Run) -> Judgement:
    """Verdicts on a finished run."""
    return _judged(_known(run), run)


@st.cache_data(max_entries=30, show_spinner=False)
def _suggested_appraisal(run_id: str, _run: Run) -> AppraisalSpec:
    return suggest(_run)


def suggested_appraisal(run: Run) -> AppraisalSpec:
    """An appraisal that does not take too long."""
    return _suggested_appraisal(run.id, run)


def appraise(run: Run, asked: AppraisalSpec) -> None:
    """Let a worker find out how firm a run is."""
    compute().appraise(run, asked)


@st.cache_data(ttl=1.0, show_spinner=False)
def _watch_appraisal(run_id: str, _run: Run) -> None:
    compute().reconcile_appraisal(_run)


def watch_appraisal(run: Run) -> None:
    """Let an appraisal whose process is gone say so; at most once a second for all sessions."""
    _watch_appraisal(run.id, run)


def rivals_of(run: Run) -> dict[str, str]:
    """Names of the other finished runs on the same data, outcome and split, by their ids."""
    asked = run.experiment
    about = (asked.data, asked.task.target, asked.split)
    return {
        other.id: f"{other.notes.name}: {theirs.network.summary()}"
        for other in workspace().list_runs()
        if other.id != run.id
        and other.status.done
        and ((theirs := other.experiment).data, theirs.task.target, theirs.split) == about
    }


@st.cache_resource(max_entries=24, show_spinner="Drawing the pictures …")
def _drawn(known: tuple[str, bool, int], split: str, section: Section, _run: Run) -> Drawn:
    part = RunPart(_run, split, run_dataset(_run))
    members = [member for member in DIAGNOSTICS if member.section is section]
    obstacles = [(member, member.obstacle(part)) for member in members]
    return Drawn(
        tuple(member.draw(part) for member, reason in obstacles if reason is None),
        tuple((member.title, reason) for member, reason in obstacles if reason is not None),
    )


def pictures(run: Run, split: str, section: Section) -> Drawn:
    """The diagnostics of one section, of one part of a finished run."""
    return _drawn(_known(run), split, section, run)


@st.cache_resource(max_entries=60, show_spinner="Comparing the groups …")
def _group_picture(
    run_id: str, opened: bool, split: str, variables: tuple[str, ...], measure: str, _run: Run
) -> Picture | str:
    part, asked = RunPart(_run, split, run_dataset(_run)), Groups(variables, measure)
    return asked.obstacle(part) or asked.draw(part)


def group_picture(run: Run, split: str, variables: tuple[str, ...], measure: str) -> Picture | str:
    """Groups of one or two variables compared, or why they cannot be."""
    return _group_picture(run.id, run.test_opened, split, variables, measure, run)


@st.cache_resource(max_entries=6, show_spinner="Reading the data of the run …")
def _run_dataset(fingerprint: str, _run: Run) -> Dataset:
    return workspace().dataset_of(_run)


def run_dataset(run: Run) -> Dataset:
    """The data that a run was trained on, as they were then."""
    return _run_dataset(str(run.experiment.data), run)


def has_data(run: Run) -> bool:
    """Whether the data of a run are still in the workspace."""
    return (workspace().datasets / str(run.experiment.data) / "dataset.json").exists()


@st.cache_data(max_entries=6, show_spinner=False)
def _report(known: tuple[str, bool, int], words: str, _run: Run) -> str:
    return write_report(_run, run_dataset(_run))


def report(run: Run) -> str:
    """The report of a finished run as HTML; written anew when more is known or said of it."""
    return _report(_known(run), run.notes.model_dump_json(), run)


def images_of(found: Dataset, rows: np.ndarray) -> np.ndarray:
    """Images of some rows, uint8, shape (rows, height, width)."""
    if found.images is None:
        raise UserError("The data set has no images.", remedy="Choose MNIST or the small digits.")
    return np.asarray(found.images[rows])
