"""Nested studies: the search without each fold, and the winner evaluated on that fold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from dnn_core.errors import UserError
from dnn_core.outcome.metrics import metric
from dnn_core.runs.records import State
from dnn_core.specs import Kind, Sampler, Vary
from dnn_core.tuning import search
from dnn_core.tuning.batches import Halted, TrialEvaluation
from dnn_core.tuning.search import UNTOLD, execute
from dnn_core.tuning.selection_bias import assess
from dnn_core.tuning.study_result import read_study
from dnn_core.tuning.trial import Round

pytestmark = pytest.mark.training

UNITS = (2, 3, 4, 5)


class Killed(BaseException):
    """What ends a process."""


def scripted(loss, asked_for=None, after=None):
    """Judges for whom a configuration is as good as `loss(units, without, fold)` says.

    Everybody is given the same probability for what happened, so that the loss is exact.
    """
    asked_for = [] if asked_for is None else asked_for

    def evaluator(plan, works, metric, halt):
        for work in works:
            result = []
            for number, values in work.trials:
                one = TrialEvaluation(number, parameters=values.get("units", 1))
                for fold, seed in work.rounds:
                    asked_for.append((work.without, number, fold, seed, values.get("units")))
                    value = loss(values.get("units"), work.without, fold)
                    if value is None:
                        one.message = "Training diverged."
                        continue
                    prepared = plan.prepared(plan.experiment, fold).parts["test"]
                    right = np.full(len(prepared), np.exp(-value))
                    positive = np.where(prepared.y == 1, right, 1 - right)
                    one.predictions[fold, seed] = np.column_stack([1 - positive, positive])
                    one.rounds.append(Round(fold=fold, seed=seed, value=value, epochs=1))
                result.append(one)
            yield result
            if after is not None:
                after(len(asked_for))

    return evaluator


@pytest.fixture
def nested(new_study):
    def make_one(**changes):
        vary = (Vary(hyperparameter="units", values=UNITS),)
        settings = {"sampler": Sampler.GRID, "folds": 3, "nested": True, **changes}
        return new_study(vary=vary, trials=len(UNITS), **settings)

    return make_one


def best_without(units, without, fold):
    """Without a fold, two units and the number of the fold win; on the whole, five."""
    if without is None:
        # Evaluated on all folds, a fold's own winner has a loss that shows which one it was.
        return 0.5 if units is None else 0.60 - 0.05 * units
    return 0.2 if units == UNITS[without] else 0.4


def test_each_fold_is_predicted_by_what_won_without_it(nested, survey):
    study, asked_for = nested(), []
    execute(study, survey, evaluator=scripted(best_without, asked_for))
    assert (study.status.state, study.status.message) == (State.FINISHED, "")
    assert [study.winner_without(fold).values["units"] for fold in range(3)] == [2, 3, 4]
    # The winners are evaluated last, each on its own fold of the study.
    assert asked_for[-3:] == [
        (None, 0, 0, 0, 2),
        (None, 1, 1, 0, 3),
        (None, 2, 2, 0, 4),
    ]
    y, fold = study.cases["y"], study.cases["fold"]
    (predicted,) = study.nested_predictions
    losses = -np.log(predicted[np.arange(len(y)), y])
    for number, expected in enumerate((0.50, 0.45, 0.40)):
        assert losses[fold == number] == pytest.approx(expected, abs=1e-6)


def test_each_search_is_whole_and_is_counted(nested, survey):
    study, asked_for = nested(seeds=2), []
    execute(study, survey, evaluator=scripted(best_without, asked_for))
    assert study.asked.total == 4 * len(UNITS)
    assert (study.status.trials, study.status.share) == (4 * len(UNITS), 1)
    for without in range(3):
        there = [entry[1:4] for entry in asked_for if entry[0] == without]
        every = [(n, f, s) for n in range(1, 5) for f in range(3) for s in range(2)]
        assert sorted(there) == every
    assert [trial.number for trial in study.trials] == [1, 2, 3, 4]
    assert study.nested_predictions.shape[0] == 2
    # What a nested search tries is never offered, and so leaves no trace.
    lines = (study.directory / "traces.jsonl").read_text().splitlines()
    assert len(lines) == 1 + len(UNITS)


def test_the_reading_says_what_the_search_is_worth(nested, survey):
    study = nested()
    execute(study, survey, evaluator=scripted(best_without))
    result = read_study(study)
    y, current = study.cases["y"], study.predictions(0)[0]
    predicted = study.nested_predictions[0].astype("float64")
    facts = result.facts
    assert facts["nested"] == pytest.approx(log_loss(y, predicted), abs=1e-6)
    assert facts["main_nested"] == pytest.approx(roc_auc_score(y, predicted[:, 1]), abs=1e-6)
    gain = log_loss(y, current.astype("float64")) - log_loss(y, predicted)
    assert facts["nested_gain"] == pytest.approx(gain, abs=1e-6)
    assert facts["nested_gain_low"] < facts["nested_gain"] < facts["nested_gain_high"]
    # The best of the whole looks better than what choosing is worth.
    assert facts["apparent"] < facts["nested"]
    winners = result.tables["winners"]
    assert winners["fold"].tolist() == [0, 1, 2]
    assert winners["inside"].tolist() == pytest.approx([0.2] * 3, abs=1e-6)
    assert winners["outside"].tolist() == pytest.approx([0.50, 0.45, 0.40], abs=1e-6)


def test_a_plain_study_says_nothing_of_it(new_study, survey, make):
    study = new_study()
    execute(study, survey, evaluator=make.evaluates_by(lambda number, *_: float(number)))
    result = read_study(study)
    assert "nested" not in result.facts
    assert "winners" not in result.tables


@pytest.mark.parametrize("networks", [9, 16, 27, 40, 50, 52])
def test_a_killed_one_goes_on_where_it_was(nested, survey, networks):
    def kill(evaluated):
        if evaluated >= networks:
            raise Killed

    whole, killed = nested(), nested()
    every, first, second = [], [], []
    execute(whole, survey, evaluator=scripted(best_without, every))
    assert len(every) == 3 + 4 * 3 * len(UNITS) + 3
    with pytest.raises(Killed):
        execute(killed, survey, evaluator=scripted(best_without, first, kill))
    killed.wait_again()
    execute(killed, survey, evaluator=scripted(best_without, second))
    assert killed.status.trials == whole.status.trials
    assert (killed.nested_predictions == whole.nested_predictions).all()
    assert read_study(killed).facts == read_study(whole).facts
    # Of the judges' work only the winners' is done again.
    again = len(first) + len(second) - len(every)
    assert 0 <= again <= 3


def test_a_stop_keeps_the_search_and_leaves_the_figure_open(nested, survey, monkeypatch):
    monkeypatch.setattr(search, "SECONDS_BETWEEN_LOOKS", -1)
    study = nested()
    inner = scripted(best_without)

    def evaluator(plan, works, metric, halt):
        for part in inner(plan, works, metric, halt):
            if halt():
                raise Halted
            yield part
            if works[0].without == 1:
                study.request_stop()

    execute(study, survey, evaluator=evaluator)
    assert study.status.state is State.STOPPED
    assert 2 * len(UNITS) < study.status.trials < 4 * len(UNITS)
    assert study.status.share < 1
    facts = read_study(study).facts
    assert facts["trials"] == len(UNITS)
    assert "nested" not in facts


def test_where_nothing_can_win_it_says_so(nested, survey):
    study = nested()
    execute(
        study,
        survey,
        evaluator=scripted(
            lambda u, without, f: None if without == 1 else best_without(u, without, f)
        ),
    )
    assert (study.status.state, study.status.message) == (State.FINISHED, UNTOLD)
    assert study.nested_predictions is None
    assert read_study(study).facts["trials"] == len(UNITS)


def test_it_needs_folds(make):
    with pytest.raises(UserError, match="at least two folds"):
        make.asked(folds=1, nested=True)


# The figures, on predictions with a known answer ------------------------------------------


def probabilities(logit):
    positive = expit(np.atleast_2d(logit))
    return np.stack([1 - positive, positive], axis=-1).astype("float32")


@pytest.mark.simulation
def test_intervals_hold_what_they_promise():
    """Of 60 samples with an AUC of .76 the interval misses it in about three."""
    # Two normal distributions a standard deviation apart: AUC is Phi(1 / sqrt 2).
    truth, missed, rng = 0.7602, 0, np.random.default_rng(4)
    for seed in range(60):
        y = rng.integers(0, 2, 200)
        predicted = probabilities(y + rng.normal(size=200))
        figures, gains = assess(
            Kind.BINARY, {"y": y}, predicted, metric("log_loss"), training_mean=None, seed=seed
        )
        value, low, high = figures["main"]
        assert value == pytest.approx(roc_auc_score(y, predicted[0, :, 1]), abs=1e-6)
        assert gains == {}
        missed += not low < truth < high
    assert missed <= 9


def test_weights_and_seeds_enter():
    rng = np.random.default_rng(2)
    y, weight = rng.integers(0, 2, 150), rng.uniform(0.3, 3, 150)
    predicted, current = (
        probabilities(signal * (y - 0.5) + rng.normal(size=(2, 150))) for signal in (1.5, 0.5)
    )
    figures, gains = assess(
        Kind.BINARY,
        {"y": y, "weight": weight},
        predicted,
        metric("log_loss"),
        training_mean=None,
        seed=1,
        current=current,
    )

    def mean_loss(probability):
        each = [log_loss(y, one.astype("float64"), sample_weight=weight) for one in probability]
        return np.mean(each)

    assert figures["value"][0] == pytest.approx(mean_loss(predicted), abs=1e-6)
    gain, low, high = gains["value"]
    assert gain == pytest.approx(mean_loss(current) - mean_loss(predicted), abs=1e-6)
    assert low < gain < high
