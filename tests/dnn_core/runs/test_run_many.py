"""Many runs at once: each as if alone, in as few batched trainings as possible."""

import numpy as np
import pandas as pd
import pytest

import dnn_core
from dnn_core.errors import UserError
from dnn_core.runs.create import create_run
from dnn_core.runs.execution.checkpoint import continue_run
from dnn_core.runs.execution.execute import execute, run_experiment, run_many
from dnn_core.runs.records import State
from dnn_core.specs import (
    EncodingSpec,
    HiddenLayer,
    Holdout,
    Kind,
    NetworkSpec,
    Optimizer,
    Scaling,
    SplitSpec,
    TrainingSpec,
)
from dnn_core.training.batched_training import BatchedTraining

pytestmark = pytest.mark.training

TRAINING = TrainingSpec(epochs=4, batch_size=16, learning_rate=0.02)
FIGURES = ["epoch", "member", "loss", "val_loss", "metric", "val_metric", "learning_rate"]


def network(units=8, dropout=0.0):
    return NetworkSpec(hidden=(HiddenLayer(units=units, dropout=dropout),))


@pytest.fixture
def batches_of_members(monkeypatch):
    """How many members each batched training has that is made during a test."""
    sizes = []
    begin = BatchedTraining.__init__

    def count(self, cases, members, **options):
        sizes.append(len(members))
        begin(self, cases, members, **options)

    monkeypatch.setattr(BatchedTraining, "__init__", count)
    return sizes


def require_same(run, alone):
    """A run is what it would have been alone, up to the rounding of other matrix products."""
    table, expected = run.predictions, alone.predictions
    figures = expected.select_dtypes("number").columns
    pd.testing.assert_frame_equal(table.drop(columns=figures), expected.drop(columns=figures))
    scale = expected[figures].abs().to_numpy().max(axis=0).clip(1)
    assert np.abs((table[figures] - expected[figures]) / scale).to_numpy().max() < 1e-5
    np.testing.assert_allclose(run.history[FIGURES], alone.history[FIGURES], rtol=1e-4)
    assert run.status.state is alone.status.state is State.FINISHED
    assert run.facts == alone.facts
    pd.testing.assert_frame_equal(run.scores, alone.scores, rtol=1e-4)
    pd.testing.assert_frame_equal(run.gains, alone.gains, rtol=1e-3, atol=1e-5)


def test_alike_experiments_trained_together_come_out_as_if_alone(
    survey, make, tmp_path, batches_of_members
):
    experiments = [
        make.experiment(Kind.BINARY, members=2, network=network(), training=TRAINING),
        make.experiment(
            Kind.BINARY, seed=7, network=network(dropout=0.3), training=TRAINING.but(epochs=6)
        ),
        make.experiment(Kind.BINARY, network=network(units=5), training=TRAINING),
        make.experiment(
            Kind.BINARY,
            members=3,
            network=network(dropout=0.1),
            training=TRAINING.but(learning_rate=0.005),
        ),
    ]
    runs = run_many(survey, experiments, tmp_path / "many")
    # The third has another shape.
    assert sorted(batches_of_members) == [1, 6]
    assert [run.directory.name for run in runs] == ["1", "2", "3", "4"]
    for number, (run, experiment) in enumerate(zip(runs, experiments, strict=True)):
        assert run.experiment.network == experiment.network
        assert run.experiment.training == experiment.training
        assert sorted(run.history["member"].unique()) == list(
            range(1, experiment.training.members + 1)
        )
        require_same(run, run_experiment(survey, experiment, tmp_path / "alone" / str(number)))
    assert dnn_core.write_package(runs[3], f"{tmp_path}/run.zip").exists()


def test_tables_of_other_rows_are_trained_together(survey, make, tmp_path, batches_of_members):
    """Splits of their own, and quantities that are standardised by means of their own."""
    experiments = [
        make.experiment(
            Kind.REGRESSION, split=SplitSpec(seed=seed, holdout=holdout), members=2, seed=seed
        )
        for seed, holdout in ((1, Holdout.PART), (2, Holdout.FOLDS))
    ]
    runs = run_many(survey, experiments, tmp_path / "many")
    assert batches_of_members == [4]
    for run, experiment in zip(runs, experiments, strict=True):
        require_same(run, run_experiment(survey, experiment, tmp_path / "alone" / run.id))


def test_other_places_of_dropout_and_other_optimizers_train_apart(
    survey, make, tmp_path, batches_of_members
):
    """Two networks that drop other units draw other random numbers."""
    two = [
        NetworkSpec(hidden=(HiddenLayer(units=4, dropout=a), HiddenLayer(units=4, dropout=b)))
        for a, b in ((0.2, 0.0), (0.2, 0.2), (0.0, 0.0))
    ]
    once = TRAINING.but(epochs=1)
    trainings = [once, once, once, once.but(optimizer=Optimizer.SGD), once.but(batch_size=8)]
    experiments = [
        make.experiment(Kind.BINARY, network=shape, training=training)
        for shape, training in zip([*two, two[2], two[2]], trainings, strict=True)
    ]
    runs = run_many(survey, experiments, tmp_path / "many")
    assert sorted(batches_of_members) == [1, 1, 1, 2]
    require_same(runs[1], run_experiment(survey, experiments[1], tmp_path / "alone"))


def test_one_that_fails_does_not_take_the_others_along(survey, make, tmp_path, batches_of_members):
    raw = EncodingSpec(scaling=Scaling.NONE)
    sgd = TRAINING.but(optimizer=Optimizer.SGD, batch_size=8)
    good = make.experiment(Kind.REGRESSION, encoding=raw, training=sgd.but(learning_rate=1e-7))
    diverging = good.but(training=sgd.but(learning_rate=10, members=1))
    constant = good.but(task=good.task.but(target="predicted", kind=Kind.BINARY))
    runs = run_many(survey, [diverging, constant, good], tmp_path / "many")
    assert batches_of_members == [2]
    assert [run.status.state for run in runs] == [State.FAILED, State.FAILED, State.FINISHED]
    assert "diverged" in runs[0].status.message and runs[0].log == ""
    assert runs[0].history["member"].tolist() == [1]
    assert "“predicted” has only one category" in runs[1].status.message
    require_same(runs[2], run_experiment(survey, good, tmp_path / "alone"))


def test_a_run_goes_on_from_its_share_of_the_checkpoint(workspace, survey, make, tmp_path):
    endless = TRAINING.but(early_stopping=False)
    experiments = [
        make.experiment(Kind.BINARY, training=endless),
        make.experiment(Kind.BINARY, members=2, seed=3, training=endless),
    ]
    _, run = run_many(survey, experiments, tmp_path / "many")
    workspace.keep_dataset(survey)
    follower = continue_run(workspace, run, 3)
    execute(follower, survey)
    longer = experiments[1].but(training=endless.but(epochs=7, members=2))
    require_same(follower, run_experiment(survey, longer, tmp_path / "alone"))


def test_runs_stop_together_when_all_are_asked_to(survey, make, tmp_path, monkeypatch):
    monkeypatch.setattr("dnn_core.training.batched_training.SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr("dnn_core.runs.execution.execute.SECONDS_BETWEEN_STATUS", 0.0)
    long = make.experiment(Kind.BINARY, training=TRAINING.but(epochs=300, early_stopping=False))
    short = long.but(training=long.training.but(epochs=2))

    def ask(name):
        (tmp_path / "many" / name / "stop").touch()

    write = type(create_run(survey, long, tmp_path / "other", name="other")).append

    def ask_in_turn(self, name, line):
        write(self, name, line)
        if name == "history.jsonl" and '"epoch": 5' in line:
            ask("1")
        if name == "history.jsonl" and '"epoch": 9,' in line:
            ask("3")

    monkeypatch.setattr("dnn_core.runs.run.Run.append", ask_in_turn)
    first, ended, last = run_many(survey, [long, short, long.but(seed=2)], tmp_path / "many")
    assert first.status.state is last.status.state is State.STOPPED
    assert ended.status.state is State.FINISHED and ended.history["epoch"].max() == 2
    assert 9 <= first.history["epoch"].max() == last.history["epoch"].max() < 300
    assert len(first.predictions) == 120


def test_a_bug_surfaces_and_no_run_is_left_running(survey, make, tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("half a network")

    monkeypatch.setattr("dnn_core.runs.execution.execute.fit_many", broken)
    with pytest.raises(ZeroDivisionError):
        run_many(survey, [make.experiment(), make.experiment(seed=2)], tmp_path / "many")
    for number in ("1", "2"):
        run = dnn_core.load_run(tmp_path / "many" / number)
        assert run.status.state is State.FAILED
        assert "half a network" in run.status.message and "Traceback" in run.log


def test_an_outcome_that_is_not_there_is_refused_before_anything_is_written(survey, make, tmp_path):
    good = make.experiment()
    missing = good.but(task=good.task.but(target="votes"))
    with pytest.raises(UserError, match="votes"):
        run_many(survey, [good, missing], tmp_path / "many")
    assert not (tmp_path / "many").exists()


def test_directories_sort_by_number(survey, make, tmp_path):
    # None gets as far as training: the outcome is constant.
    bad = make.experiment()
    bad = bad.but(task=bad.task.but(target="predicted", kind=Kind.BINARY))
    runs = dnn_core.run_many(survey, [bad] * 10, tmp_path / "many")
    names = [run.directory.name for run in runs]
    assert names == sorted(names) == [f"{number:02}" for number in range(1, 11)]
    assert dnn_core.run_many(survey, [], tmp_path / "none") == []
