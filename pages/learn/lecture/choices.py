"""What a chapter is about: the data, a few predictors, a small network, one respondent."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from dnn_core.data.dataset import QUANTITIES, Dataset, Level
from dnn_core.learn.descent import Descent
from dnn_core.learn.descent_path import Path, Setting
from dnn_core.learn.teaching_cases import MOST_INPUTS, TaughtCases
from dnn_core.specs import Activation, Task
from dnn_core.wording import plural
from pages.components.text import escape
from pages.session import data_cache, lecture_cache, state
from pages.session.task import task_of

CHAPTERS = ("A neuron", "Forward pass", "Back-propagation")

SAMPLE = "anes96"
SAMPLE_PREDICTORS = ("PID", "selfLR", "ClinLR", "age")
"""For a session without a table and a task of its own."""

FIRST_PREDICTORS = 4

SIZES = {"3": (3,), "4": (4,), "4-3": (4, 3), "8-4": (8, 4)}
RATES = (0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 3.0)
BATCHES = {"1 case": 1, "32 cases": 32, "all cases": 0}


class Topic(NamedTuple):
    """The data and the task that are looked at."""

    dataset: Dataset
    task: Task
    taught: TaughtCases

    def path(self, setting: Setting, steps: int) -> Path:
        """A small network after some steps on these cases."""
        return lecture_cache.path(self.dataset, self.task, self.taught, setting, steps)


def data_of_session() -> tuple[Dataset, Task]:
    """The session's table and task; the sample of the lecture where there are none."""
    draft = state.draft()
    dataset = data_cache.dataset(draft)
    task = None if dataset is None else task_of(draft, dataset)
    if dataset is not None and task is not None and dataset.images is None:
        return dataset, task
    sample = next(s for s in data_cache.samples() if s.name == SAMPLE)
    task = Task(target=sample.target, features=SAMPLE_PREDICTORS, kind=sample.kind)
    return lecture_cache.sample(SAMPLE), task


def choose(dataset: Dataset, task: Task) -> tuple[str, Topic, Setting, int]:
    """One row: the chapters, behind a button predictors, network and training, and who it is.

    The last is the position of a respondent among the training cases.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        chapter = _choose_chapter()
        with st.popover("Predictors and network", icon=":material/tune:"):
            features = _choose_predictors(dataset, task)
            setting = _choose_setting()
        st.caption("Respondent", width="content")
        place = st.container(width="content")
    plain = Task.of(target=task.target, features=features, kind=task.kind)
    topic = Topic(dataset, plain, lecture_cache.taught(dataset, plain))
    if setting.batch_size == 0:
        setting = replace(setting, batch_size=len(topic.taught.y))
    with place:
        case = _choose_case(topic.taught)
    some = f"{len(features)} of {plural(len(task.features), 'predictor')}"
    st.caption(f"With {some}, on {_cases(topic.taught)}.")
    return chapter, topic, setting, case


def _choose_chapter() -> str:
    chosen = st.segmented_control(
        "Chapter",
        CHAPTERS,
        default=state.recall("chapter", CHAPTERS[0]),
        required=True,
        label_visibility="collapsed",
        key=state.key("chapter"),
    )
    state.remember("chapter", chosen)
    return str(chosen)


def _choose_predictors(dataset: Dataset, task: Task) -> tuple[str, ...]:
    """A few of the session's predictors; at first those with one column each."""
    chosen: list[str] = st.multiselect(
        "Predictors",
        task.features,
        default=_first(dataset, task),
        max_selections=MOST_INPUTS,
        format_func=lambda name: escape(dataset.variable(name).title),
        placeholder="Choose at least one",
        key=state.key("lecture-predictors"),
    )
    return tuple(chosen) or _first(dataset, task)


def _first(dataset: Dataset, task: Task) -> tuple[str, ...]:
    """The first predictors that are one number each, or the first one of all."""
    numbers = (*QUANTITIES, Level.ORDINAL, Level.BINARY)
    single = [name for name in task.features if dataset.variable(name).level in numbers]
    return tuple(single[:FIRST_PREDICTORS]) or task.features[:1]


def _choose_setting() -> Setting:
    left, right = st.columns(2)
    activations, ways = tuple(Activation), tuple(Descent)
    with left:
        size = st.selectbox("Hidden units", list(SIZES), index=0, key=state.key("lecture-size"))
        rate = st.selectbox(
            "Learning rate", RATES, index=RATES.index(0.5), key=state.key("lecture-rate")
        )
        batch = st.selectbox("Mini-batch", list(BATCHES), index=1, key=state.key("lecture-batch"))
    with right:
        activation = st.selectbox(
            "Activation",
            activations,
            index=0,
            format_func=lambda chosen: chosen.label,
            key=state.key("lecture-activation"),
        )
        way = st.selectbox("Steps by", ways, index=0, key=state.key("lecture-way"))
        seed = st.number_input("Seed", 1, 1000, key=state.key("lecture-seed"))
    return Setting(SIZES[size], activation, way, rate, BATCHES[batch], int(seed))


def _choose_case(taught: TaughtCases) -> int:
    number = st.number_input(
        "Respondent",
        1,
        len(taught.y),
        width=150,
        key=state.key("lecture-case"),
        help="One of the training cases, in the order of the file.",
        label_visibility="collapsed",
    )
    return int(number) - 1


def _cases(taught: TaughtCases) -> str:
    """How many training cases there are, and whether they are a sample."""
    shown = plural(len(taught.y), "training case")
    if taught.available == len(taught.y):
        return shown
    return f"{shown}, a random sample of {taught.available:,}"
