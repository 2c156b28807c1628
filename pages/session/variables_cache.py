"""What is worked out about the variables of a data set, kept under its fingerprint."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from dnn_core.data.codebook import Fit, check_fit, read_codebook, write_codebook
from dnn_core.data.dataset import Dataset
from dnn_core.data.describe.description import (
    Description,
    count_duplicates,
    describe,
    look_at_columns,
)
from dnn_core.data.describe.lookup import Lookup, look_up
from dnn_core.data.describe.notices import ColumnFacts
from dnn_core.data.edits import Change, Edit, plan_edit
from dnn_core.diagnostics.outcome_plot import split_bar, variable_distribution
from dnn_core.specs import Part


@st.cache_resource(max_entries=6, show_spinner=False)
def _known_columns(sha256: str, reading: str) -> dict[str, ColumnFacts]:
    """The last facts on the columns of a file; filled by `columns`."""
    return {}


def columns(dataset: Dataset) -> dict[str, ColumnFacts]:
    """What is in each column; after an edit only its variables are looked at again."""
    known = _known_columns(*_reading_of(dataset))
    now = look_at_columns(dataset, known)
    known.update(now)
    return now


def _reading_of(dataset: Dataset) -> tuple[str, str]:
    """The file and how it was read: what the frame depends on, but no edit."""
    options = json.dumps(dataset.source.options, sort_keys=True, ensure_ascii=False)
    return dataset.source.sha256, options


@st.cache_data(max_entries=10, show_spinner="Looking for duplicate rows …")
def _duplicates(sha256: str, reading: str, _dataset: Dataset) -> int:
    return count_duplicates(_dataset)


@st.cache_data(max_entries=10, show_spinner="Describing the variables …")
def _describe(fingerprint: str, _dataset: Dataset) -> Description:
    return describe(_dataset, columns(_dataset), _duplicates(*_reading_of(_dataset), _dataset))


def description(dataset: Dataset) -> Description:
    """Tiles, table and notices of a data set."""
    return _describe(dataset.fingerprint, dataset)


@st.cache_data(max_entries=100, show_spinner=False)
def _looked_up(fingerprint: str, name: str, weight: str | None, _dataset: Dataset) -> Lookup:
    return look_up(_dataset, name, weight)


def looked_up(dataset: Dataset, name: str, weight: str | None) -> Lookup:
    """One variable with its values and their counts."""
    return _looked_up(dataset.fingerprint, name, weight, dataset)


@st.cache_resource(max_entries=100, show_spinner=False)
def _variable_chart(fingerprint: str, name: str, _dataset: Dataset) -> Any:
    return variable_distribution(_dataset, name)


def variable_chart(dataset: Dataset, name: str) -> Any:
    """The distribution of one variable; None where there is nothing to draw."""
    return _variable_chart(dataset.fingerprint, name, dataset)


@st.cache_resource(max_entries=40, show_spinner=False)
def split_chart(counts: dict[Part, int]) -> Any:
    """How many rows each part has, as one bar."""
    return split_bar(counts)


@st.cache_resource(max_entries=20, show_spinner=False)
def _planned(
    fingerprint: str, names: tuple[str, ...], edit: Edit, _dataset: Dataset
) -> tuple[Change, ...]:
    return plan_edit(_dataset, names, edit)


def planned(dataset: Dataset, names: tuple[str, ...], edit: Edit) -> tuple[Change, ...]:
    """What an edit of many variables would change."""
    return _planned(dataset.fingerprint, names, edit, dataset)


@st.cache_data(max_entries=6, show_spinner="Comparing the codebook with the data …")
def _fit(fingerprint: str, content: bytes, _dataset: Dataset) -> Fit:
    return check_fit(_dataset, read_codebook(content))


@st.cache_data(max_entries=3, show_spinner=False)
def _codebook_text(fingerprint: str, _dataset: Dataset) -> str:
    return write_codebook(_dataset)


def codebook_text(dataset: Dataset) -> str:
    """The codebook of the data with all edits, as JSON."""
    return _codebook_text(dataset.fingerprint, dataset)


def codebook_fit(dataset: Dataset, content: bytes) -> Fit:
    """How a codebook, given by its bytes, fits the data."""
    return _fit(dataset.fingerprint, content, dataset)
