"""Results of studies, and requests to the training process about them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import Outline
from dnn_core.diagnostics.diagnostic import Picture
from dnn_core.diagnostics.study import table
from dnn_core.diagnostics.study.history import draw_history
from dnn_core.diagnostics.study.hyperparameter_importance_plot import draw_hyperparameters
from dnn_core.diagnostics.study.parallel import draw_parallel
from dnn_core.outcome.metrics import main_metric, metric
from dnn_core.outcome.output import output_for
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.damage import Damage
from dnn_core.specs import Part, StudySpec
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_result import read_study
from dnn_core.tuning.study_store import damage_of as find_damage
from dnn_core.tuning.study_store import damaged_studies, list_studies, new_study, open_study
from dnn_core.tuning.study_time_estimate import estimate_seconds
from dnn_core.tuning.trial import Trial
from pages.session import data_cache

NEW = "new"
"""Stands among studies for one that is to be made."""


def studies() -> list[Study]:
    """All studies of the workspace, newest first."""
    return list_studies(data_cache.workspace())


def damaged() -> list[Damage]:
    """Studies that cannot be listed, and what is wrong with them."""
    return damaged_studies(data_cache.workspace())


@st.cache_data(max_entries=20, show_spinner=False)
def _damage_of(files: tuple[tuple[str, int, int], ...], _study: Study) -> Damage | None:
    return find_damage(_study)


def damage_of(study: Study) -> Damage | None:
    """What is wrong with a study, in any file that a page reads; None where nothing is."""
    seen = sorted((str(path), path.stat()) for path in study.directory.glob("*.json*"))
    return _damage_of(tuple((name, s.st_mtime_ns, s.st_size) for name, s in seen), study)


@st.cache_data(ttl=1.0, show_spinner=False)
def _active() -> list[str]:
    return [study.id for study in studies() if study.status.active]


def active() -> list[Study]:
    """Studies that wait or are under way; looked for at most once a second."""
    return [open_study(data_cache.workspace(), study_id) for study_id in _active()]


def start(dataset: Dataset, asked: StudySpec) -> Study:
    """Make a study and hand it to the training process."""
    study = new_study(data_cache.workspace(), dataset, asked)
    data_cache.compute().search(study)
    return study


def go_on(study: Study) -> None:
    """Let a study that has ended go on where it was."""
    study.wait_again()
    data_cache.compute().search(study)


def stop(study: Study) -> None:
    """Ask a study to stop."""
    data_cache.compute().stop_study(study)


@st.cache_data(ttl=1.0, show_spinner=False)
def _watch(study_id: str, _study: Study) -> None:
    data_cache.compute().reconcile_study(_study)


def watch(study: Study) -> None:
    """Let a study go on whose process is gone; at most once a second for all sessions."""
    _watch(study.id, study)


def _version(study: Study) -> tuple[str, int]:
    """Changes with every trial, and when it ends."""
    sizes = [
        path.stat().st_mtime_ns
        for name in ("trials.jsonl", "reading.json")
        if (path := study.directory / name).exists()
    ]
    return study.id, max(sizes, default=0)


@st.cache_data(max_entries=20, show_spinner=False)
def _trials(version: tuple[str, int], _study: Study) -> list[Trial]:
    return _study.evaluations


def trials(study: Study) -> list[Trial]:
    """Trials that have ended."""
    return [trial for trial in _trials(_version(study), study) if trial.number > 0]


def current(study: Study) -> Trial | None:
    """The current experiment, as the study evaluated it."""
    trials = _trials(_version(study), study)
    return next((trial for trial in trials if trial.number == 0), None)


@st.cache_data(max_entries=20, show_spinner=False)
def _reading(version: tuple[str, int], _study: Study) -> AnalysisResult | None:
    return read_study(_study)


def reading(study: Study) -> AnalysisResult | None:
    """What was worked out when it ended; None while it goes on."""
    return None if study.status.active else _reading(_version(study), study)


@st.cache_resource(max_entries=20, show_spinner=False)
def _pictures(version: tuple[str, int], _study: Study) -> tuple[Picture | None, Picture | None]:
    asked, measure, evaluated = _study.asked, _study.measure, current(_study)
    value = evaluated.value if evaluated is not None else None
    searched = trials(_study)
    return draw_parallel(asked, searched, measure), draw_history(searched, measure, value)


def pictures(study: Study) -> tuple[Picture | None, Picture | None]:
    """Settings of the configurations, and the course of the search."""
    return _pictures(_version(study), study)


@st.cache_data(max_entries=20, show_spinner=False)
def _leaderboard(
    version: tuple[str, int], ended: bool, _study: Study, _result: AnalysisResult | None
) -> pd.DataFrame:
    main = metric(main_metric(_study.kind).name)
    vary = _study.asked.vary
    return table.leaderboard(vary, trials(_study), _study.measure, main, _result)


def leaderboard(study: Study, result: AnalysisResult | None) -> pd.DataFrame:
    """Configurations, the best first; with intervals once the study has ended."""
    # The result is written a moment before the study ends.
    return _leaderboard(_version(study), result is not None, study, result)


@st.cache_data(max_entries=20, show_spinner=False)
def _winners(version: tuple[str, int], _study: Study, _result: AnalysisResult) -> pd.DataFrame:
    folds = range(_study.asked.folds)
    won = [best for fold in folds if (best := _study.winner_without(fold)) is not None]
    return table.winners_table(_study.asked.vary, won, _result)


def winners(study: Study, result: AnalysisResult) -> pd.DataFrame:
    """The winners without each fold of a nested study."""
    return _winners(_version(study), study, result)


@st.cache_resource(max_entries=20, show_spinner=False)
def _hyperparameters(version: tuple[str, int], _result: AnalysisResult) -> Picture | str:
    return draw_hyperparameters(_result)


def hyperparameters_picture(study: Study, result: AnalysisResult) -> Picture | str:
    """Which settings mattered, or why this is not shown."""
    return _hyperparameters(_version(study), result)


@st.cache_data(max_entries=40, show_spinner=False)
def _seconds(asked: StudySpec, cases: int, inputs: int, _sizes: Outline) -> float:
    return estimate_seconds(
        asked, training_rows=cases, inputs=inputs, output=output_for(_sizes.target)
    )


def estimate(asked: StudySpec, sizes: Outline) -> float:
    """About how many seconds a study takes."""
    cases = sizes.cases[Part.TRAINING]
    return _seconds(asked, cases, sizes.inputs, sizes)
