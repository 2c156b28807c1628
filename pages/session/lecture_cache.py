"""Cases and paths of the small networks of the lecture."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.samples import read_sample
from dnn_core.learn.descent_path import Path, Setting, follow
from dnn_core.learn.teaching_cases import TaughtCases, read_teaching_cases
from dnn_core.specs import Task


@st.cache_resource(max_entries=2, show_spinner=False)
def sample(name: str) -> Dataset:
    """A sample, for a session that has no data."""
    return read_sample(name)


@st.cache_data(max_entries=20, show_spinner="Encoding the answers …")
def _taught(fingerprint: str, task: Task, seed: int, _dataset: Dataset) -> TaughtCases:
    return read_teaching_cases(_dataset, task, seed)


def taught(dataset: Dataset, task: Task, seed: int = 1) -> TaughtCases:
    """Training and validation cases of a task.

    Raises
    ------
    UserError
        If there are too many columns to draw, or the rows cannot be split.
    """
    return _taught(dataset.fingerprint, task, seed, dataset)


@st.cache_data(max_entries=50, show_spinner=False)
def _path(fingerprint: str, task: Task, setting: Setting, steps: int, _taught: TaughtCases) -> Path:
    return follow(_taught, setting, steps)


def path(dataset: Dataset, task: Task, taught: TaughtCases, setting: Setting, steps: int) -> Path:
    """A small network after some steps."""
    return _path(dataset.fingerprint, task, setting, steps, taught)
