"""Training taken up again: after a crash, and for more epochs."""

import numpy as np
import pandas as pd
import pytest

from dnn_core.errors import UserError
from dnn_core.runs.execution.checkpoint import can_resume, continue_run, resume
from dnn_core.runs.execution.execute import _Reporter, execute
from dnn_core.runs.records import State
from dnn_core.specs import Kind, Schedule, TrainingSpec

pytestmark = pytest.mark.training

TRAINING = TrainingSpec(epochs=6, batch_size=16, learning_rate=0.01, early_stopping=False)


class Crash(Exception):
    pass


def weights(run):
    return run.predictor()._model.get_weights()


def finished(workspace, survey, make, training, **changes):
    run = workspace.new_run(survey, make.experiment(Kind.BINARY, training=training, **changes))
    execute(run, survey)
    return run


@pytest.fixture
def crashed(workspace, survey, make, monkeypatch):
    """A run whose worker died after the third epoch, one epoch after a checkpoint."""
    monkeypatch.setattr("dnn_core.runs.execution.execute.SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    monkeypatch.setattr("dnn_core.runs.execution.execute.SECONDS_BETWEEN_STATUS", 0.0)
    experiment = make.experiment(Kind.BINARY, members=2, training=TRAINING)
    run = workspace.new_run(survey, experiment)
    original = _Reporter.on_snapshot

    def crash_in_the_third(self, take):
        if self._epoch == 3:
            raise Crash
        original(self, take)

    with monkeypatch.context() as patch:
        patch.setattr(_Reporter, "on_snapshot", crash_in_the_third)
        with pytest.raises(Crash):
            execute(run, survey)
    return run


def test_a_run_that_broke_off_is_taken_up_where_it_was(crashed, workspace, survey, make):
    assert crashed.status.state is State.FAILED
    assert crashed.history["epoch"].max() == 3
    assert can_resume(crashed)
    resume(crashed)
    assert crashed.status.state is State.QUEUED
    assert crashed.status.message == "" and crashed.status.worker == ""
    execute(crashed, survey)
    assert crashed.status.state is State.FINISHED
    whole = finished(workspace, survey, make, TRAINING, members=2)
    figures = ["epoch", "member", "loss", "val_loss", "metric", "val_metric"]
    pd.testing.assert_frame_equal(crashed.history[figures], whole.history[figures], rtol=0, atol=0)
    assert crashed.history["elapsed_seconds"].is_monotonic_increasing
    for here, there in zip(weights(crashed), weights(whole), strict=True):
        assert np.array_equal(here, there)


def test_what_never_got_to_a_checkpoint_cannot_be_resumed(workspace, survey, make):
    run = workspace.new_run(survey, make.experiment())
    run.update_status(state=State.FAILED)
    assert not can_resume(run)
    with pytest.raises(UserError, match="cannot be resumed"):
        resume(run)


def test_a_finished_run_cannot_be_resumed(workspace, survey, make):
    run = finished(workspace, survey, make, TRAINING.but(epochs=1))
    assert not can_resume(run)
    with pytest.raises(UserError, match="cannot be resumed"):
        resume(run)


@pytest.mark.parametrize("members", [1, 3])
def test_more_epochs_make_the_run_that_would_have_been(workspace, survey, make, members):
    short = finished(workspace, survey, make, TRAINING.but(epochs=2), members=members)
    follower = continue_run(workspace, short, 4)
    assert follower.id != short.id
    assert follower.experiment.training.epochs == 6
    assert "Run 1" in follower.notes.note
    execute(follower, survey)
    whole = finished(workspace, survey, make, TRAINING, members=members)
    figures = ["epoch", "member", "loss", "val_loss", "metric", "val_metric"]
    assert follower.history[figures].equals(whole.history[figures])
    for here, there in zip(weights(follower), weights(whole), strict=True):
        assert np.array_equal(here, there)
    assert follower.metrics.equals(whole.metrics)
    # The first run is as it was.
    assert short.history["epoch"].max() == 2
    assert short.status.state is State.FINISHED


def test_a_network_that_stopped_early_gains_nothing_from_more_epochs(workspace, survey, make):
    impatient = TrainingSpec(epochs=60, batch_size=16, learning_rate=0.3, patience=1)
    run = finished(workspace, survey, make, impatient)
    assert run.history["epoch"].max() < 60
    with pytest.raises(UserError, match="stopped early"):
        continue_run(workspace, run, 10)


def test_a_cosine_that_has_come_to_its_end_is_not_continued(workspace, survey, make):
    run = finished(workspace, survey, make, TRAINING.but(schedule=Schedule.COSINE, epochs=2))
    with pytest.raises(UserError, match="cosine"):
        continue_run(workspace, run, 10)


def test_a_run_without_a_network_is_not_continued(workspace, survey, make):
    run = workspace.new_run(survey, make.experiment())
    with pytest.raises(UserError, match="no state from which"):
        continue_run(workspace, run, 10)
