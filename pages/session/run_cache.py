"""Results of runs, and requests to the training process; cached until they change."""

from __future__ import annotations

import math
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dnn_core.analyses.time_estimate import suggest
from dnn_core.checks import Finding, run_checks
from dnn_core.compute.cluster import queue_position
from dnn_core.data.encoding.encoder import Encoder
from dnn_core.diagnostics.coverage import draw_coverage
from dnn_core.diagnostics.diagnostic import Picture, Section
from dnn_core.diagnostics.groups_plot import Groups
from dnn_core.diagnostics.importance_plot import worth_of_predictors
from dnn_core.diagnostics.marks.paired_difference import no_pairing, paired_difference
from dnn_core.diagnostics.registry import DIAGNOSTICS
from dnn_core.evaluation.calibration.prediction_intervals import with_intervals
from dnn_core.evaluation.calibration.recalibration import Recalibrated
from dnn_core.report.report import write_report
from dnn_core.runs.damage import Damage
from dnn_core.runs.held_out import Tried
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.records import DONE
from dnn_core.runs.run import Run
from dnn_core.runs.table import evaluated_on
from dnn_core.specs import AnalysisSpec, Part
from pages.session import data_cache

MOST_LOOKED_AT = 12
"""Runs whose every file is looked at when they are ticked; as many as can be compared."""


class Verdicts(NamedTuple):
    """The result of `run_checks` on a run."""

    findings: list[Finding]
    not_applicable: list[tuple[str, str]]


class Drawn(NamedTuple):
    """The diagnostics that apply, and title and reason of those that do not."""

    pictures: tuple[Picture, ...]
    not_applicable: tuple[tuple[str, str], ...]


def session_run(run_id: str | None) -> Run | None:
    """The run that the session is looking at.

    Raises
    ------
    UserError
        If it is not there, or a file without which no page can speak of it is damaged.
    """
    if run_id is None:
        return None
    run = data_cache.workspace().run(run_id)
    run.require_readable()
    return run


def damaged() -> list[Damage]:
    """Runs that cannot be listed, and what is wrong with them."""
    return data_cache.workspace().damaged_runs()


def without_damage(runs: list[Run]) -> tuple[list[Run], list[Damage]]:
    """Runs that are whole, and what is wrong with the others.

    Of more than a person compares only the list itself is believed: looking at every file of
    thousands takes minutes.
    """
    if len(runs) > MOST_LOOKED_AT:
        return runs, []
    damages = {run.id: data_cache.workspace().damage_of(run) for run in runs}
    damaged = [damage for damage in damages.values() if damage is not None]
    return [run for run in runs if damages[run.id] is None], damaged


def tried(run: Run) -> Tried:
    """What has been tried on the file and outcome of a run up to now."""
    return data_cache.workspace().tried(run)


def open_test(run: Run) -> None:
    """Score the sealed part in a worker."""
    data_cache.compute().open_test(run.id)


def predict(run: Run, frame: pd.DataFrame) -> pd.DataFrame:
    """Predictions of a run's network for raw rows, computed in a worker."""
    return data_cache.compute().predict(run.id, frame)


class Case(NamedTuple):
    """One raw row, known by its text: a missing answer does not equal itself."""

    frame: pd.DataFrame


@st.cache_data(
    max_entries=100,
    show_spinner="Computing contributions …",
    hash_funcs={Case: lambda case: case.frame.to_json()},
)
def _explained(run_id: str, case: Case) -> pd.DataFrame:
    return data_cache.compute().explain(run_id, case.frame)


def explanation(run: Run, case: pd.DataFrame) -> pd.DataFrame:
    """What each predictor contributes to the prediction for one raw row."""
    return _explained(run.id, Case(case))


def encoder_of(run: Run) -> Encoder:
    """The encoder of a finished run."""
    return Encoder.load(run.directory)


@st.cache_data(ttl=1.0, show_spinner=False)
def watch() -> None:
    """Let runs whose process is gone say so; at most once a second for all sessions."""
    active = data_cache.workspace().active_runs()
    if active:
        data_cache.compute().reconcile(active)


def place_in_queue(run: Run) -> int | None:
    """1 for the run that is next; None once it has begun."""
    return queue_position(run, data_cache.workspace().active_runs())


@st.cache_data(max_entries=30, show_spinner=False)
def _predictions(run_id: str, opened: bool, _run: Run) -> pd.DataFrame:
    return _run.predictions


def predictions(run: Run) -> pd.DataFrame:
    """Predictions of a finished run; they change only when the test part is opened."""
    return _predictions(run.id, run.test_opened, run)


@st.cache_data(max_entries=12, show_spinner=False)
def _predictions_with_intervals(
    run_id: str, opened: bool, level: int, recalibrated: Recalibrated, _run: Run
) -> pd.DataFrame:
    table = predictions(_run)
    return with_intervals(table, _run.facts.coding, _run.intervals, level, recalibrated)


def predictions_with_intervals(
    run: Run, intervals: tuple[int | None, Recalibrated]
) -> pd.DataFrame:
    """Predictions with intervals or sets, where the run has something to go by."""
    level, recalibrated = intervals
    if level is None:
        return predictions(run)
    return _predictions_with_intervals(run.id, run.test_opened, level, recalibrated, run)


@st.cache_resource(max_entries=40, show_spinner=False)
def _coverage(
    known: tuple[str, bool], part: Part, level: int, name: str | None, _run: Run
) -> Picture:
    return draw_coverage(RunPart(_run, part, data_cache.run_dataset(_run)), level, name)


def coverage(run: Run, part: Part, level: int, name: str | None) -> Picture:
    """For whom intervals or sets of a level hold, by the groups of a variable."""
    return _coverage((run.id, run.test_opened), part, level, name, run)


def _known(run: Run) -> tuple[str, bool, int]:
    """What is known of a finished run: changes with the opened test part and its analysis."""
    return run.id, run.test_opened, run.analyses.version


@st.cache_data(max_entries=30, show_spinner=False)
def _evaluated(known: tuple[str, bool, int], _run: Run) -> Verdicts:
    return Verdicts(*run_checks(_run))


def verdicts(run: Run) -> Verdicts:
    """Verdicts on a finished run."""
    return _evaluated(_known(run), run)


@st.cache_data(max_entries=30, show_spinner=False)
def _by_importance(known: tuple[str, bool, int], _run: Run) -> list[str]:
    features = list(_run.experiment.task.features)
    important = _run.analysis("importance")
    if important is None or "importance" not in important.tables:
        return features
    worth = worth_of_predictors(important)
    # Those of which it is not known keep their order, after the others.
    known_worth = [name for name in features if math.isfinite(worth.get(name, math.nan))]
    known_worth.sort(key=lambda name: -worth[name])
    return [*known_worth, *(name for name in features if name not in known_worth)]


def by_importance(run: Run) -> list[str]:
    """The predictors, those first that matter most; as in the file where that is not known."""
    return _by_importance(_known(run), run)


@st.cache_data(max_entries=30, show_spinner=False)
def _suggested_analysis(run_id: str, _run: Run) -> AnalysisSpec:
    return suggest(_run)


def suggested_analysis(run: Run) -> AnalysisSpec:
    """An analysis that does not take too long."""
    return _suggested_analysis(run.id, run)


def analyse(run: Run, asked: AnalysisSpec) -> None:
    """Have a worker analyse how robust a run is."""
    data_cache.compute().analyse(run, asked)


@st.cache_data(ttl=1.0, show_spinner=False)
def _watch_analysis(run_id: str, _run: Run) -> None:
    data_cache.compute().reconcile_analysis(_run)


def watch_analysis(run: Run) -> None:
    """Let an analysis whose process is gone say so; at most once a second for all sessions."""
    _watch_analysis(run.id, run)


def rivals_of(run: Run) -> dict[str, str]:
    """Names of the other finished runs on the same data, outcome and split, by their ids."""
    table = data_cache.workspace().runs_table()
    rivals = table[
        (table["evaluated_on"] == evaluated_on(run.experiment))
        & table["state"].isin([state.label for state in DONE])
        & ~table["archived"]
        & (table["id"] != run.id)
    ]
    said = rivals["name"] + ": " + rivals["network"]
    return dict(zip(rivals["id"], said, strict=True))


@st.cache_data(max_entries=60, show_spinner="Comparing case by case …")
def _paired(ids: tuple[str, str], _runs: tuple[Run, Run]) -> pd.DataFrame | str:
    first, second = (RunPart(run, Part.VALIDATION, data_cache.run_dataset(run)) for run in _runs)
    return no_pairing(first, second) or paired_difference(first, second)


def paired(first: Run, second: Run) -> pd.DataFrame | str:
    """Metrics of the second run less those of the first, or why there is no difference."""
    gone = [run for run in (first, second) if not data_cache.has_data(run)]
    if gone:
        return "The data are no longer in the workspace."
    return _paired((first.id, second.id), (first, second))


@st.cache_resource(max_entries=24, show_spinner="Drawing the plots …")
def _drawn(known: tuple[str, bool, int], part: Part, section: Section, _run: Run) -> Drawn:
    seen = RunPart(_run, part, data_cache.run_dataset(_run))
    members = [member for member in DIAGNOSTICS if member.section is section]
    obstacles = [(member, member.obstacle(seen)) for member in members]
    return Drawn(
        tuple(member.draw(seen) for member, reason in obstacles if reason is None),
        tuple((member.title, reason) for member, reason in obstacles if reason is not None),
    )


def pictures(run: Run, part: Part, section: Section) -> Drawn:
    """The diagnostics of one section, of one part of a finished run."""
    return _drawn(_known(run), part, section, run)


@st.cache_resource(max_entries=60, show_spinner="Comparing the groups …")
def _group_picture(
    run_id: str, opened: bool, part: Part, variables: tuple[str, ...], measure: str, _run: Run
) -> Picture | str:
    seen, asked = RunPart(_run, part, data_cache.run_dataset(_run)), Groups(variables, measure)
    return asked.obstacle(seen) or asked.draw(seen)


def group_picture(run: Run, part: Part, variables: tuple[str, ...], measure: str) -> Picture | str:
    """Groups of one or two variables compared, or why they cannot be."""
    return _group_picture(run.id, run.test_opened, part, variables, measure, run)


@st.cache_data(max_entries=6, show_spinner=False)
def _report(known: tuple[str, bool, int], words: str, _run: Run) -> str:
    return write_report(_run, data_cache.run_dataset(_run))


def report(run: Run) -> str:
    """The report of a finished run as HTML; written anew when more is known or said of it."""
    return _report(_known(run), run.notes.model_dump_json(), run)
