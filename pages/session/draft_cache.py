"""What follows from a draft before it is trained; cached like the data in `data_cache`."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from dnn_core.audit import Audit, audit, looked_at
from dnn_core.audit.answers import in_force
from dnn_core.audit.evidence import dated_variables
from dnn_core.data.dataset import Dataset
from dnn_core.data.encoding.rows_kept import RowsKept, rows_kept
from dnn_core.data.prepare import Outline, outline
from dnn_core.data.sample_design import case_weights
from dnn_core.data.split.row_split import split_rows
from dnn_core.diagnostics.outcome_plot import outcome_distribution
from dnn_core.errors import UserError
from dnn_core.evaluation.inference.design_effect import design_effect, effective_cases
from dnn_core.specs import Answer, EncodingSpec, Kind, Part, SplitSpec, Task, count_folds
from pages.session.state import Draft


class RowsOutsideTest(NamedTuple):
    """Rows that may be looked at, with what they are known by."""

    digest: str
    rows: np.ndarray


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
def _rows_outside_test(
    fingerprint: str, task: Task, split: SplitSpec, folds: int, _dataset: Dataset
) -> RowsOutsideTest | None:
    try:
        parts = split_rows(_dataset, task, split, folds)
    except UserError:
        # The page shows the error where the rows are split.
        return None
    rows = np.union1d(parts[Part.TRAINING], parts[Part.VALIDATION])
    return RowsOutsideTest(hashlib.sha256(rows.tobytes()).hexdigest(), rows)


def rows_outside_test(dataset: Dataset, task: Task, draft: Draft) -> RowsOutsideTest | None:
    """The rows that are not to be the test part; None while rows cannot be split."""
    folds = count_folds(draft.split, draft.training)
    return _rows_outside_test(dataset.fingerprint, task, draft.split, folds, dataset)


def sizes(dataset: Dataset, task: Task, draft: Draft) -> Outline:
    """Sizes of the parts, input columns and outcome coding of the draft."""
    folds = count_folds(draft.split, draft.training)
    return _outline(dataset.fingerprint, task, draft.split, draft.encoding, folds, dataset)


@st.cache_data(max_entries=20, show_spinner=False)
def _rows_kept(fingerprint: str, task: Task, _dataset: Dataset) -> RowsKept:
    return rows_kept(_dataset, task)


def kept(dataset: Dataset, task: Task) -> RowsKept:
    """How many rows each way of treating missing answers keeps."""
    return _rows_kept(dataset.fingerprint, task, dataset)


@st.cache_data(max_entries=40, show_spinner=False)
def _looked_at(fingerprint: str, target: str, _dataset: Dataset) -> str:
    return looked_at(_dataset, target)


@st.cache_data(max_entries=40, show_spinner="Checking the data …")
def _audit(
    looked_at: str, task: Task, split: SplitSpec, folds: int, _dataset: Dataset
) -> Audit | None:
    try:
        return audit(_dataset, task, split, folds)
    except UserError:
        # The page shows the error where the rows are split.
        return None


def audit_of(dataset: Dataset, task: Task, draft: Draft) -> Audit | None:
    """The findings of the leakage checks on the draft; None while rows cannot be split."""
    folds = count_folds(draft.split, draft.training)
    # A new label of a variable is no reason to look again.
    read = _looked_at(dataset.fingerprint, task.target, dataset)
    return _audit(read, task, draft.split, folds, dataset)


def answers_in_force(dataset: Dataset, task: Task, draft: Draft) -> tuple[Answer, ...]:
    """The researcher's answers to current findings."""
    said = draft.answers.get(task.target, ())
    result = audit_of(dataset, task, draft) if said else None
    return in_force(said, result.findings) if result is not None else ()


@st.cache_data(max_entries=10, show_spinner=False)
def _dated(fingerprint: str, _dataset: Dataset) -> tuple[str, ...]:
    return dated_variables(_dataset)


def dated(dataset: Dataset) -> tuple[str, ...]:
    """Variables that hold dates or years."""
    return _dated(dataset.fingerprint, dataset)


@st.cache_data(max_entries=40, show_spinner=False)
def _weight_cost(fingerprint: str, weight: str, _dataset: Dataset) -> tuple[float, float]:
    values = case_weights(_dataset, weight)
    return design_effect(values), effective_cases(values)


def weight_cost(dataset: Dataset, weight: str) -> tuple[float, float]:
    """Design effect of a weight and effective number of cases, over all rows."""
    return _weight_cost(dataset.fingerprint, weight, dataset)


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


def outcome_chart(dataset: Dataset, task: Task, rows: RowsOutsideTest | None) -> Any:
    """The distribution of the outcome in some rows, by default in all."""
    digest, chosen = rows or ("", None)
    return _outcome_chart(dataset.fingerprint, task.target, task.kind, digest, chosen, dataset)
