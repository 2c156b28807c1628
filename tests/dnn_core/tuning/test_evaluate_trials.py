"""Trials that are really trained: their figures, and those that fail alone."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from dnn_core.data import prepare as preparing
from dnn_core.data.prepare import prepare
from dnn_core.data.split.row_split import fold_parts, outer_folds, split_rows
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.predictor import raw_to_predictions
from dnn_core.runs.records import State
from dnn_core.specs import HiddenLayer, NetworkSpec, Vary, configure
from dnn_core.training.fit import build_members, fit
from dnn_core.tuning.batches import Halted, Work
from dnn_core.tuning.evaluate_trials import evaluate_trials
from dnn_core.tuning.folds import ResamplingPlan
from dnn_core.tuning.search import run_study
from dnn_core.tuning.study import create_study
from dnn_core.tuning.study_result import read_study
from dnn_core.tuning.trial import TrialState

pytestmark = pytest.mark.training

NOISE_CASES = 300


def plain_loop(survey, asked, values):
    """Figures by one fit after the other, and plain Keras for the evaluated rows.

    Returns those of each fold and seed, and that of all predictions together, seed by seed.
    """
    experiment = configure(asked.experiment, values)
    experiment = experiment.but(training=experiment.training.but(members=1))
    parts = split_rows(survey, experiment.task, experiment.split)
    pool = np.union1d(parts["training"], parts["validation"])
    dealt = experiment.split.but(seed=experiment.split.seed + 1 + asked.seed)
    folds = outer_folds(survey, experiment.task, dealt, pool, asked.folds)
    each, together = {}, []
    for seed in range(asked.seeds):
        seen = []
        for number, (learnt, evaluated) in enumerate(folds):
            prepared = prepare(
                survey, experiment, fold_parts(survey, experiment, learnt, evaluated)
            )
            fitted = fit(
                prepared, experiment.network, experiment.training, seed=experiment.seed + seed
            )
            (model,) = build_members(
                prepared, experiment.network, fitted.members, seed=experiment.seed + seed
            )
            part, training = prepared.parts["test"], prepared.parts["training"]
            output = model.predict(part.x, verbose=0)
            if prepared.target.kind.numeric:
                output = output * prepared.target.scale + prepared.target.mean
            predicted = raw_to_predictions(prepared.target, output)
            mean = float(np.average(training.y, weights=training.weight))
            seen.append((part.y, predicted, part.weight, mean))
            kind = prepared.target.kind
            each[number, seed] = evaluate(kind, part.y, predicted, part.weight, training_mean=mean)
        y, predicted = (np.concatenate([one[i] for one in seen]) for i in (0, 1))
        weight = None if seen[0][2] is None else np.concatenate([one[2] for one in seen])
        mean = float(np.mean([one[3] for one in seen]))
        together.append(evaluate(kind, y, predicted, weight, training_mean=mean))
    return each, together


@pytest.mark.parametrize(
    ("target", "measure", "main", "roles"),
    [("vote", "log_loss", "auc", {}), ("income", "rmse", "r2", {"weight": "weight"})],
)
def test_figures_are_those_of_a_plain_loop(survey, new_study, make, target, measure, main, roles):
    vary = (
        Vary(hyperparameter="units", values=(3, 4)),
        Vary(hyperparameter="dropout", values=(0.0, 0.3)),
        Vary(hyperparameter="learning_rate", low=1e-3, high=1e-1),
    )
    asked = make.asked(make.experiment(target, roles), vary=vary, trials=4, folds=2, seeds=2)
    asked = asked.but(sampler="quasi_random")
    study = run_study(new_study(asked), survey)
    assert study.status.state is State.FINISHED
    assert {trial.values["units"] for trial in study.trials} == {3, 4}
    for trial in study.trials:
        each, together = plain_loop(survey, asked, trial.values)
        for result in trial.rounds:
            assert result.value == pytest.approx(each[result.fold, result.seed][measure], abs=1e-5)
        assert len(trial.rounds) == 4
        assert trial.value == pytest.approx(np.mean([f[measure] for f in together]), abs=1e-5)
        assert trial.main == pytest.approx(np.mean([f[main] for f in together]), abs=1e-5)
        # Weights of three inputs, biases, and the output layer.
        units = trial.values["units"]
        assert trial.parameters == units * 3 + units + units + 1


def test_with_a_single_fold_the_validation_part_is_judged(survey, new_study, make):
    asked = make.asked(folds=1, trials=1)
    study = run_study(new_study(asked), survey)
    (trial,) = study.trials
    experiment = configure(asked.experiment, trial.values)
    experiment = experiment.but(training=experiment.training.but(members=1))
    prepared = prepare(survey, experiment)
    fitted = fit(prepared, experiment.network, experiment.training, seed=experiment.seed)
    part = prepared.parts["validation"]
    positive = fitted.outputs[0, len(prepared.parts["training"]) :, 0].astype("float64")
    loss = -np.mean(np.log(np.where(part.y == 1, positive, 1 - positive)))
    assert trial.value == pytest.approx(loss, abs=1e-6)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_one_that_is_to_end_early_is_the_experiment_with_fewer_epochs(survey, make, schedule):
    """Its schedule, too, goes its whole way within them."""
    experiment = make.experiment()
    training = experiment.training.but(schedule=schedule, epochs=9)
    asked = make.asked(experiment.but(training=training), folds=1)
    plan = ResamplingPlan.of(survey, asked)
    work = Work(((1, {"units": 3}), (2, {"units": 3})), ((0, 0),), epochs=2)
    findings = evaluate_trials(plan, work, "log_loss", lambda: False)
    tried = configure(plan.experiment, {"units": 3})
    reduced = fit(
        plan.prepared(tried, 0), tried.network, tried.training.but(epochs=2), seed=tried.seed
    )
    learnt = len(plan.prepared(tried, 0).parts["training"])
    for one in findings:
        assert one.rounds[0].epochs == reduced.best_epoch
        predicted = one.predictions[0, 0][:, 1]
        np.testing.assert_allclose(predicted, reduced.outputs[0, learnt:, 0], atol=1e-6)
    # A limit beyond what was asked for changes nothing.
    (whole,) = evaluate_trials(
        plan, Work(((1, {"units": 3}),), ((0, 0),)), "log_loss", lambda: False
    )
    far = Work(((1, {"units": 3}),), ((0, 0),), epochs=99)
    (same,) = evaluate_trials(plan, far, "log_loss", lambda: False)
    np.testing.assert_array_equal(same.predictions[0, 0], whole.predictions[0, 0])
    assert not np.allclose(whole.predictions[0, 0], findings[0].predictions[0, 0])


def test_the_better_ones_are_trained_to_the_end(survey, new_study):
    """With halving over epochs, who goes the whole way has the figure it has without."""
    asked = {"folds": 1, "trials": 9}
    halved, whole = (run_study(new_study(**asked, halving=on), survey) for on in (True, False))
    values = {trial.number: trial.value for trial in whole.trials}
    complete = [trial for trial in halved.trials if trial.complete]
    assert 0 < len(complete) < 9
    for trial in complete:
        assert trial.value == pytest.approx(values[trial.number], abs=1e-5)
    assert read_study(halved).facts["given_up"] == 9 - len(complete)


def test_a_trial_whose_training_diverges_fails_alone(survey, new_study, make):
    experiment = make.experiment("income")
    training = experiment.training.but(optimizer="sgd", batch_size=1)
    vary = (Vary(hyperparameter="learning_rate", values=(1e-3, 1e-2, 10.0)),)
    asked = make.asked(
        experiment.but(training=training), vary=vary, sampler="grid", trials=3, folds=2
    )
    study = run_study(new_study(asked), survey)
    assert study.status.state is State.FINISHED
    state = {trial.values["learning_rate"]: trial.state for trial in study.trials}
    complete = TrialState.COMPLETE
    assert state == {1e-3: complete, 1e-2: complete, 10.0: TrialState.FAILED}
    (failed,) = [trial for trial in study.trials if not trial.complete]
    assert failed.message == "Training diverged in epoch 1."
    assert failed.value is None
    assert read_study(study).facts["trials"] == 2


def test_a_trial_that_the_data_cannot_carry_fails_alone(survey, new_study, make, monkeypatch):
    # Three columns for three predictors are allowed, thirty are not.
    monkeypatch.setattr(preparing, "MOST_ENCODED_CELLS", 12 * len(survey))
    vary = (Vary(hyperparameter="bins", values=(0, 10)),)
    study = run_study(new_study(vary=vary, sampler="grid", trials=2, folds=2), survey)
    assert study.status.state is State.FINISHED
    trials = {trial.values["bins"]: trial for trial in study.trials}
    assert trials[0].state is TrialState.COMPLETE
    assert trials[10].state is TrialState.FAILED
    assert "columns" in trials[10].message
    assert trials[10].rounds == ()


def test_where_the_data_carry_no_study_at_all_it_says_so(survey, new_study, make):
    study = new_study(make.asked(make.experiment("income").but(split={"method": "grouped"})))
    with pytest.raises(Exception, match="cluster"):
        run_study(study, survey)
    assert study.status.state is State.FAILED
    assert "cluster" in study.status.message


def test_it_stops_within_an_epoch_when_asked_to(survey, make):
    plan = ResamplingPlan.of(survey, make.asked())
    asked = iter([False, False, True])
    work = Work(((1, {"units": 2, "learning_rate": 0.01}),), ((0, 0), (1, 0)))
    with pytest.raises(Halted):
        evaluate_trials(plan, work, "log_loss", lambda: next(asked))


@pytest.mark.simulation
def test_on_noise_the_corrected_figure_of_the_best_is_that_of_chance(make, tmp_path):
    """A hundred real networks on outcomes that are noise.

    They are alike, being evaluated on the same folds, so that they promise less than a hundred
    guesses would; three surveys together show it beyond doubt.
    """
    experiment = make.experiment(network=NetworkSpec(hidden=(HiddenLayer(units=16),)))
    training = experiment.training.but(batch_size=64, early_stopping=False, epochs=5)
    asked = make.asked(
        experiment.but(training=training),
        vary=(
            Vary(hyperparameter="bins", values=(0, 2, 4, 8, 16)),
            Vary(hyperparameter="learning_rate", low=3e-3, high=1e-1),
            Vary(hyperparameter="input_dropout", values=(0.1, 0.4)),
        ),
        trials=100,
        measure="main",
    )
    result, errors = [], []
    for seed in (1, 2, 3):
        survey = make.survey(rows=NOISE_CASES * 5 // 4, noise=True, seed=seed)
        study = run_study(create_study(survey, asked, tmp_path / f"{seed}"), survey)
        facts, y = read_study(study).facts, study.cases["y"]
        assert (facts["trials"], len(y)) == (100, NOISE_CASES)
        result.append((facts["apparent"], facts["corrected"]))
        # Hanley and McNeil (1982), under no association.
        errors.append(np.sqrt((len(y) + 1) / (12 * y.sum() * (len(y) - y.sum()))))
        assert abs(facts["corrected"] - 0.5) < 2 * errors[-1]
    apparent, corrected = np.mean(result, axis=0)
    error = np.sqrt(np.sum(np.square(errors))) / len(errors)
    assert apparent - 0.5 > 2 * error
    assert abs(corrected - 0.5) < 2 * error


def test_the_time_of_a_cohort_is_shared_among_its_networks(survey, make, monkeypatch):
    ticks = itertools.count(100, 6)
    clock = SimpleNamespace(monotonic=lambda: float(next(ticks)))
    monkeypatch.setattr("dnn_core.tuning.evaluate_trials.time", clock)
    plan = ResamplingPlan.of(survey, make.asked(folds=2))
    trials = ((1, {"units": 3}), (2, {"units": 3}), (3, {"units": 4}))
    work = Work(trials, ((0, 0), (1, 0)), epochs=1)
    first, second, other = evaluate_trials(plan, work, "log_loss", lambda: False)
    # Six seconds for four networks, and six for two; each trial has two.
    assert (first.seconds, second.seconds, other.seconds) == pytest.approx((3, 3, 6))
