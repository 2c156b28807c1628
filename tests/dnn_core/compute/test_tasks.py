"""What a worker refuses; what it does is tested on a real one in `test_cluster.py`."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from dnn_core.compute.studies import search
from dnn_core.compute.tasks import KILLED, analyse, train
from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.runs.analyses import Stage
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import AnalysisSpec, Experiment, StudySpec, Vary
from dnn_core.tuning.study_store import new_study

pytestmark = pytest.mark.training


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: Dataset, short: Experiment
) -> Run:
    monkeypatch.setenv("DNN_WORKBENCH_HOME", str(tmp_path))
    return Workspace().new_run(dataset, short)


def test_a_run_that_killed_its_worker_is_not_trained_on_the_next_one(run: Run) -> None:
    run.update_status(state=State.RUNNING, worker="tls://127.0.0.1:1 Worker-1")
    before = run.status

    train(run.id)

    assert run.status == before


def test_a_run_that_killed_its_worker_while_data_were_read_has_failed(run: Run) -> None:
    run.update_status(worker="tls://127.0.0.1:1 Worker-1")

    train(run.id)

    assert run.status.state is State.FAILED
    assert run.status.message == KILLED


@pytest.fixture
def broken_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker with a bug that shows when it reads data."""

    def break_off(*_: object) -> Dataset:
        raise ZeroDivisionError("half a table")

    class Here:
        scheduler = SimpleNamespace(address="tls://127.0.0.1:1")
        id = "Worker-1"

    monkeypatch.setattr(Workspace, "dataset_of", break_off)
    monkeypatch.setattr("dnn_core.compute.studies.load_dataset", break_off)
    monkeypatch.setattr("distributed.get_worker", Here)
    monkeypatch.setattr("distributed.secede", lambda: None)


def test_a_bug_before_training_begins_is_recorded_and_raised(run: Run, broken_data: None) -> None:
    with pytest.raises(ZeroDivisionError):
        train(run.id)
    assert run.status.state is State.FAILED
    assert "fault of the program" in run.status.message and "half a table" in run.log


def test_a_bug_before_an_analysis_begins_is_recorded_and_raised(
    run: Run, broken_data: None
) -> None:
    run.analyses.ask(AnalysisSpec())
    with pytest.raises(ZeroDivisionError):
        analyse(run.id)
    progress = run.analyses.progress
    assert progress is not None and progress.stage is Stage.FAILED
    assert "fault of the program" in progress.message and "half a table" in run.log


def test_a_bug_before_a_study_begins_is_recorded_and_raised(
    run: Run, dataset: Dataset, broken_data: None
) -> None:
    # Were it not, the study would be handed over again at every look.
    vary = (Vary(hyperparameter="units", values=(4, 8)),)
    asked = StudySpec(experiment=run.experiment, vary=vary)
    study = new_study(Workspace(), dataset, asked)
    with pytest.raises(ZeroDivisionError):
        search(study.id)
    assert study.status.state is State.FAILED
    assert "fault of the program" in study.status.message
    assert "half a table" in (study.directory / "log.txt").read_text("utf-8")


def test_a_path_is_no_name_of_a_run(run: Run) -> None:
    with pytest.raises(UserError, match="not the name of a run"):
        train(f"../runs/{run.id}")


def test_an_analysis_whose_data_are_gone_says_so(run: Run) -> None:
    run.analyses.ask(AnalysisSpec())
    shutil.rmtree(Workspace().datasets / str(run.experiment.data))

    with pytest.raises(UserError):
        analyse(run.id)

    progress = run.analyses.progress
    assert progress is not None and progress.stage is Stage.FAILED
    assert "no longer in the workspace" in progress.message
