"""A study's directory: what was asked, how far it is, and what it found."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from dnn_core.errors import Damaged, UserError
from dnn_core.runs.records import State, now
from dnn_core.specs import Kind, Vary
from dnn_core.tuning.search import execute, run_study
from dnn_core.tuning.study import Study, create_study
from dnn_core.tuning.study_result import read_study
from dnn_core.tuning.trial import Round, Trial, TrialState


def by_number(number, *_):
    return float(number)


def test_a_study_says_all_that_was_left_to_a_guess(new_study, survey):
    study = new_study()
    assert (study.kind, study.asked.experiment.data) == (Kind.BINARY, survey.fingerprint)
    assert study.about["sha256"] == "0" * 64
    assert (study.measure.name, study.status.state) == ("log_loss", State.QUEUED)
    assert new_study(measure="main").measure.name == "auc"
    assert (study.trials, study.has_cases, read_study(study)) == ([], False, None)


@pytest.mark.parametrize(("target", "loss", "main"), [("income", "rmse", "r2")])
def test_a_quantity_is_ranked_by_its_own_measures(new_study, make, target, loss, main):
    experiment = make.experiment(target)
    assert new_study(make.asked(experiment)).measure.name == loss
    assert new_study(make.asked(experiment, measure="main")).measure.name == main


def test_a_directory_holds_one_study(new_study, survey, make, tmp_path):
    study = new_study()
    with pytest.raises(UserError, match="already holds a study"):
        create_study(survey, make.asked(), study.directory)
    with pytest.raises(UserError, match="no such study"):
        Study(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        (Vary(hyperparameter="dropout", values=(0.1, 0.95)), "“Dropout” does not allow"),
        (Vary(hyperparameter="dropout", low=0.1, high=0.95), "“Dropout” does not allow"),
        (Vary(hyperparameter="activation", values=("relu", "bent")), "“Activation” does not allow"),
        (Vary(hyperparameter="dropout 2", values=(0.1, 0.2)), "no hidden layer 2"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(new_study, vary, words):
    with pytest.raises(UserError, match=words):
        new_study(vary=(vary,))


def test_a_layer_that_some_configurations_have_may_vary(new_study):
    study = new_study(
        vary=(
            Vary(hyperparameter="layers", values=(1, 2)),
            Vary(hyperparameter="l2 2", values=(0.1,)),
        )
    )
    trial = Trial(number=1, values={"layers": 1, "l2 2": 0.1}, state=TrialState.COMPLETE)
    assert len(study.experiment(trial).network.hidden) == 1


def test_a_layer_that_only_some_have_is_looked_at_all_the_same(new_study):
    layers = Vary(hyperparameter="layers", values=(1, 2))
    with pytest.raises(UserError, match="“Dropout” does not allow"):
        new_study(vary=(layers, Vary(hyperparameter="dropout 2", values=(0.1, 0.95))))


def test_trials_are_read_as_they_were_written(new_study, make):
    study = new_study()
    rounds = (Round(fold=0, seed=0, value=None, epochs=3), Round(fold=1, seed=0, value=2, epochs=4))
    values = {"units": 2, "learning_rate": 0.01}
    second = make.trial(2, 0.5, values, main=0.25, rounds=rounds, seconds=1.5)
    first = Trial(number=1, values=values, state=TrialState.FAILED, message="Zu groß – „so“.\n")
    study.record([second, first])
    assert study.trials == [first, second]
    assert type(study.trials[1].values["units"]) is int
    assert second.epochs == 3.5
    assert (second.mean, first.mean, first.epochs) == (None, None, None)
    # One that was written twice counts once.
    study.record([second])
    assert study.trials == [first, second]


def test_a_configuration_keeps_the_number_of_networks(new_study, make):
    study = new_study()
    trial = make.trial(1, 0.5, {"units": 2, "learning_rate": 0.05})
    adopted = study.experiment(trial)
    assert adopted.training.members == 2
    assert adopted.training.learning_rate == 0.05
    assert [layer.units for layer in adopted.network.hidden] == [2]


def test_time_of_all_sittings_is_added_up(new_study):
    study = new_study()
    study.update(state=State.RUNNING, started_at=now() - timedelta(seconds=60))
    assert study.status.elapsed_seconds == pytest.approx(60, abs=5)
    with pytest.raises(UserError, match="under way"):
        study.wait_again()
    study.request_stop()
    study.end(State.STOPPED, "So.")
    assert study.status.busy_seconds == pytest.approx(60, abs=5)
    study.wait_again()
    assert not study.stop_requested
    status = study.status
    assert (status.state, status.message, status.started_at) == (State.QUEUED, "", None)
    study.update(state=State.RUNNING, started_at=now() - timedelta(seconds=30))
    study.end(State.FINISHED)
    assert study.status.busy_seconds == pytest.approx(90, abs=5)


def test_a_study_that_is_under_way_is_not_carried_out_by_another(new_study, survey):
    study = new_study()
    study.update(state=State.RUNNING, started_at=now())
    with pytest.raises(UserError, match="under way"):
        run_study(study, survey)
    assert study.trials == []


def test_what_was_found_is_kept(new_study, survey, make):
    study = new_study(trials=24)
    execute(study, survey, evaluator=make.evaluates_by(by_number))
    result = read_study(study)
    facts, table = result.facts, result.tables["trials"]
    values = {trial.number: trial.value for trial in study.trials}
    best = min(values, key=values.get)
    assert facts["best"] == best
    assert facts["apparent"] == pytest.approx(values[best])
    assert list(table["number"]) == list(range(1, 25))
    assert list(table["value"]) == pytest.approx(list(values.values()))
    assert list(table["main"]) == pytest.approx([trial.main for trial in study.trials])
    # The judges gave out parameters in the order of numbers.
    near = [n for n, value in values.items() if value <= values[best] + facts["error"]]
    assert facts["simplest"] == min(near)
    assert (facts["near"], facts["trials"], facts["cases"]) == (len(near), 24, 160)
    assert facts["low"] < facts["corrected"] < facts["high"]
    assert (facts["measure"], facts["main"], facts["dead"]) == ("log_loss", "auc", {})
    assert facts["share"] == pytest.approx(table["share"][best - 1])
    assert set(result.tables["hyperparameters"]["hyperparameter"]) == {"units", "learning_rate"}
    assert np.isfinite(result.tables["hyperparameters"][["importance", "chance"]].to_numpy()).all()


def test_arrays_that_could_run_code_are_neither_written_nor_read(new_study):
    study = new_study()
    dangerous = np.array([{"not": "a number"}], dtype=object)
    with pytest.raises(ValueError, match="pickle"):
        study.keep_cases({"y": dangerous})
    assert not study.has_cases
    study.keep_cases({"y": np.arange(3)})
    assert study.cases["y"].tolist() == [0, 1, 2]
    np.savez(study.directory / "cases.npz", y=dangerous)
    study.keep_predictions(1, np.zeros((1, 3)))
    assert study.predictions(1).dtype == np.float32
    np.save(study.directory / "predictions" / "00001.npy", dangerous, allow_pickle=True)
    for read in (lambda: study.cases, lambda: study.predictions(1)):
        with pytest.raises(Damaged):
            read()


def test_the_experiment_as_it_is_stands_beside_the_trials(new_study, make):
    study = new_study()
    assert study.current is None
    tried = [make.trial(number, 0.5, {"units": 2}) for number in (2, 1, 0)]
    study.record(tried[:1])
    assert study.current is None
    study.record(tried[1:])
    assert study.current == tried[2]
    assert [trial.number for trial in study.trials] == [1, 2]
    assert [trial.number for trial in study.evaluations] == [0, 1, 2]
    assert study.trials_without(0) == [] and study.winner_without(0) is None
    study.record_without(0, [tried[0], make.trial(3, 0.25, {"units": 3})])
    assert study.winner_without(0).number == 3
    assert study.nested_predictions is None
