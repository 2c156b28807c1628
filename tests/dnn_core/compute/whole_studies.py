"""A study of twelve pieces, and what must hold of it whatever came between."""

from __future__ import annotations

from dnn_core.compute.cluster import Compute
from dnn_core.data.dataset import Dataset
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import StudySpec
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_result import read_study
from dnn_core.tuning.study_store import new_study

TRIALS = 12


def begin(workspace: Workspace, compute: Compute, dataset: Dataset, asked: StudySpec) -> Study:
    study = new_study(workspace, dataset, asked)
    compute.search(study)
    return study


def assert_whole(study: Study) -> None:
    """Every trial once, with the rows that it was evaluated on."""
    assert study.status.state is State.FINISHED, study.status.message
    lines = (study.directory / "trials.jsonl").read_text().splitlines()
    # The experiment as it is comes first, under the number 0.
    assert len(lines) == TRIALS + 1
    assert [trial.number for trial in study.trials] == list(range(1, TRIALS + 1))
    assert {trial.values["units"] for trial in study.trials} == set(range(2, 2 + TRIALS))
    for trial in study.trials:
        assert trial.complete, trial.message
        assert study.predictions(trial.number).shape == (1, len(study.cases["rows"]))
    traces = (study.directory / "traces.jsonl").read_text().splitlines()
    assert len(traces) == TRIALS + 1
    reading = read_study(study)
    assert reading is not None and reading.facts["trials"] == TRIALS
