"""The best of many, corrected for having been picked: by plain loops, and on noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score

from dnn_core.evaluation.inference.intervals import expanded_percentiles
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.outcome.metrics import metric
from dnn_core.specs import Kind
from dnn_core.tuning import selection_bias
from dnn_core.tuning.selection_bias import assess, estimate_selection_bias, simplest

CASES = 300


def probabilities(logit: np.ndarray) -> np.ndarray:
    """Of two categories, for one seed or several."""
    positive = expit(np.atleast_2d(logit))
    return np.stack([1 - positive, positive], axis=-1).astype("float32")


def by_hand(name, y, predicted, weight):
    """A figure by scikit-learn, mean over seeds; NaN where a category has no case."""
    taken = weight > 0
    if len(set(y[taken])) < 2:
        return float("nan")
    score = {"log_loss": log_loss, "auc": roc_auc_score}[name]
    values = [
        score(y[taken], one[taken, 1].astype("float64"), sample_weight=weight[taken])
        for one in predicted
    ]
    return float(np.mean(values))


@pytest.mark.parametrize("name", ["log_loss", "auc"])
@pytest.mark.parametrize("design", ["plain", "weighted", "clustered"])
def test_it_is_what_a_plain_loop_gives(monkeypatch, name, design):
    monkeypatch.setattr(selection_bias, "RESAMPLES", 40)
    monkeypatch.setattr(selection_bias, "FEWEST_RESAMPLES", 40)
    rng = np.random.default_rng(3)
    cases = 60
    y = rng.integers(0, 2, cases)
    signal = [0.8 * (y - 0.5) + rng.normal(size=(2, cases)) for _ in range(5)]
    predictions = [probabilities(logit) for logit in signal]
    known = {"y": y}
    if design != "plain":
        known["weight"] = rng.uniform(0.2, 3, cases).astype("float32")
    if design == "clustered":
        known["cluster"] = np.arange(cases) // 4
    measure = metric(name)
    bias = estimate_selection_bias(
        Kind.BINARY, known, predictions, measure, training_mean=None, seed=7
    )

    weight = known.get("weight", np.ones(cases)).astype("float64")
    weightings = Design(weight, known.get("cluster")).weightings(40, 7)
    sign = 1 if measure.higher_is_better else -1
    inside = np.full((5, 40), np.nan)
    picked, corrected, corrected_main = [], [], []
    for column, drawn in enumerate(np.concatenate(list(weightings), axis=1).T):
        for trial in range(5):
            inside[trial, column] = by_hand(name, y, predictions[trial], drawn)
        best = int(np.argmax(sign * inside[:, column]))
        left_out = np.where(drawn == 0, weight, 0.0)
        assert 0 < np.count_nonzero(left_out) < cases
        picked.append(best)
        corrected.append(by_hand(name, y, predictions[best], left_out))
        corrected_main.append(by_hand("auc", y, predictions[best], left_out))
    whole = [by_hand(name, y, one, weight) for one in predictions]
    assert bias.best == int(np.argmax(sign * np.array(whole)))
    table = bias.trials
    assert list(table["value"]) == pytest.approx(whole, abs=1e-6)
    assert list(table["error"]) == pytest.approx(inside.std(axis=1, ddof=1), abs=1e-6)
    assert list(table["share"]) == [picked.count(trial) / 40 for trial in range(5)]
    main = [by_hand("auc", y, one, weight) for one in predictions]
    assert list(table["main"]) == pytest.approx(main, abs=1e-6)
    for key, values in (("value", corrected), ("main", corrected_main)):
        value, low, high = bias.corrected[key]
        assert value == pytest.approx(np.mean(values), abs=1e-6)
        assert min(values) <= low < value < high <= max(values)
    assert (table["low"] < table["value"]).all()
    assert (table["value"] < table["high"]).all()
    # More than one trial was ever the best, or nothing would have been tested.
    assert len(set(picked)) > 1


@pytest.mark.simulation
@pytest.mark.parametrize("name", ["auc", "log_loss"])
def test_on_noise_the_best_of_a_hundred_is_no_better_than_chance(name):
    # Hanley and McNeil (1982): under no association, with n and m cases of the two categories.
    error = np.sqrt((CASES + 1) / (12 * (CASES / 2) ** 2))
    apparent, corrected = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        y = rng.permutation(CASES) % 2
        predictions = [probabilities(0.3 * rng.normal(size=CASES)) for _ in range(100)]
        bias = estimate_selection_bias(
            Kind.BINARY, {"y": y}, predictions, metric(name), training_mean=None, seed=seed
        )
        apparent.append(bias.trials["main"].iloc[bias.best])
        value, low, high = bias.corrected["main"]
        corrected.append(value)
        assert low < 0.5 < high
        assert abs(value - 0.5) < 2 * error
    assert min(apparent) - 0.5 > 2 * error
    # Not only within reach of chance: most of what the best seems to have is gone.
    assert np.mean(corrected) - 0.5 < 0.3 * (np.mean(apparent) - 0.5)


def test_the_correction_is_nothing_where_one_is_far_ahead():
    rng = np.random.default_rng(1)
    y = rng.permutation(1000) % 2
    good = probabilities(2.0 * (2 * y - 1) + rng.normal(size=1000))
    others = [probabilities(0.1 * rng.normal(size=1000)) for _ in range(20)]
    bias = estimate_selection_bias(
        Kind.BINARY, {"y": y}, [*others, good], metric("log_loss"), training_mean=None, seed=1
    )
    assert bias.best == 20
    assert bias.trials["share"].iloc[20] == 1
    assert bias.trials["share"].iloc[:20].sum() == 0
    for key in ("value", "main"):
        apparent, error = bias.trials[key].iloc[20], bias.trials["error"].iloc[20]
        assert abs(bias.corrected[key][0] - apparent) < 0.2 * error


def test_a_quantity_is_judged_against_the_training_mean():
    rng = np.random.default_rng(2)
    y = rng.normal(5, 2, 200)
    predictions = [(y + rng.normal(0, spread, (1, 200))).astype("float32") for spread in (1, 1.1)]
    bias = estimate_selection_bias(
        Kind.REGRESSION, {"y": y}, predictions, metric("rmse"), training_mean=4.0, seed=1
    )
    error = [np.sqrt(np.mean((y - one[0]) ** 2)) for one in predictions]
    r2 = [1 - e**2 / np.mean((y - 4.0) ** 2) for e in error]
    assert list(bias.trials["value"]) == pytest.approx(error, rel=1e-5)
    assert list(bias.trials["main"]) == pytest.approx(r2, rel=1e-5)


@pytest.mark.parametrize(("kind", "loss"), [(Kind.ORDINAL, "rps"), (Kind.MULTICLASS, "log_loss")])
def test_several_categories_have_figures_too(kind, loss):
    rng = np.random.default_rng(4)
    y = rng.integers(0, 3, 150)
    predictions = [rng.dirichlet(1 + 2 * np.eye(3)[y].mean(axis=0), (1, 150)) for _ in range(3)]
    bias = estimate_selection_bias(
        kind, {"y": y}, predictions, metric(loss), training_mean=None, seed=1
    )
    assert np.isfinite(bias.trials.to_numpy()).all()
    assert np.isfinite([*bias.corrected["value"], *bias.corrected["main"]]).all()


def test_a_single_trial_needs_no_correction():
    rng = np.random.default_rng(5)
    y = rng.permutation(CASES) % 2
    only = [probabilities(y + rng.normal(size=CASES))]
    bias = estimate_selection_bias(
        Kind.BINARY, {"y": y}, only, metric("auc"), training_mean=None, seed=1
    )
    value, error = bias.trials["value"].iloc[0], bias.trials["error"].iloc[0]
    assert bias.trials["share"].iloc[0] == 1
    assert bias.corrected["value"][0] == pytest.approx(value, abs=0.2 * error)


TABLE = pd.DataFrame({"value": [0.80, 0.78, 0.79, 0.75, 0.79], "error": [0.02, 9, 9, 9, 9]})


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        # 0.78 and more is within 0.02 of 0.80; the one with 0.75, though the smallest, is not.
        ([50, 20, 30, 1, 40], 1),
        ([50, 31, 30, 1, 30], 2),
        ([5, 20, 30, 1, 40], 0),
    ],
)
def test_the_simplest_within_a_standard_error_is_offered(sizes, expected):
    table = TABLE.assign(value=TABLE["value"].round(2))
    table.loc[1, "value"] += 1e-9  # 0.80 - 0.02 is no exact number
    assert simplest(table, 0, sizes, higher_is_better=True) == expected
    lower = table.assign(value=1 - table["value"])
    lower.loc[1, "value"] -= 1e-9
    assert simplest(lower, 0, sizes, higher_is_better=False) == expected


def test_of_two_of_a_size_the_better_one_is_the_simplest():
    table = pd.DataFrame({"value": [0.5, 0.52, 0.51], "error": [0.1] * 3})
    assert simplest(table, 0, [9, 5, 5], higher_is_better=False) == 2


def test_the_gain_over_the_experiment_is_measured_on_the_same_cases(monkeypatch):
    monkeypatch.setattr(selection_bias, "RESAMPLES", 30)
    monkeypatch.setattr(selection_bias, "FEWEST_RESAMPLES", 30)
    rng = np.random.default_rng(6)
    y = rng.permutation(80) % 2
    good, weak = (probabilities(slope * (y - 0.5) + rng.normal(size=80)) for slope in (3, 0.5))
    for name, sign in (("auc", 1), ("log_loss", -1)):
        bias = estimate_selection_bias(
            *(Kind.BINARY, {"y": y}, [good], metric(name)),
            training_mean=None,
            seed=2,
            current=weak,
        )
        weightings = np.concatenate(list(Design(np.ones(80)).weightings(30, 2)), axis=1)
        for key, of in (("value", name), ("main", "auc")):
            direction = sign if key == "value" else 1
            gains = [
                direction * (by_hand(of, y, good, 1.0 * out) - by_hand(of, y, weak, 1.0 * out))
                for out in (weightings == 0).T
            ]
            assert bias.gains[key][0] == pytest.approx(np.mean(gains), abs=1e-6)
            # Better is positive, whichever way the metric goes.
            assert bias.gains[key][1] > 0
    none = estimate_selection_bias(
        Kind.BINARY, {"y": y}, [good], metric("auc"), training_mean=None, seed=2
    )
    assert none.gains == {}


def test_predictions_that_nobody_chose_are_assessed_as_they_are():
    rng = np.random.default_rng(7)
    y = rng.permutation(200) % 2
    weight = rng.uniform(0.5, 2, 200)
    said, weak = (probabilities(s * (y - 0.5) + rng.normal(size=(2, 200))) for s in (3, 0.5))
    for name, sign in (("log_loss", -1), ("auc", 1)):
        known = {"y": y, "weight": weight}
        figures, gains = assess(
            *(Kind.BINARY, known, said, metric(name)), training_mean=None, seed=3, current=weak
        )
        for key, of in (("value", name), ("main", "auc")):
            direction = sign if key == "value" else 1
            mine, its = (by_hand(of, y, one, weight) for one in (said, weak))
            assert figures[key][0] == pytest.approx(mine, abs=1e-6)
            assert gains[key][0] == pytest.approx(direction * (mine - its), abs=1e-6)
            assert figures[key][1] < mine < figures[key][2]
            assert 0 < gains[key][1] < gains[key][0] < gains[key][2]
        alone, nothing = assess(
            *(Kind.BINARY, known, said, metric(name)), training_mean=None, seed=3
        )
        assert alone == figures and nothing == {}


@pytest.mark.parametrize(
    ("quality", "best"),
    [
        # Of two as good the first; -1 where none has a figure.
        ([[1, 5, 2], [3, 5, 1]], [1, 0, 0]),
        ([[np.nan, 1, np.nan], [2, np.nan, np.nan]], [1, 0, -1]),
        ([[-np.inf, np.inf, -5], [np.nan, 0, -6]], [-1, 1, 0]),
    ],
)
def test_the_best_of_each_resample(quality, best):
    assert selection_bias._best(np.array(quality, dtype=float)).tolist() == best


@pytest.mark.parametrize(
    ("sizes", "resamples"),
    [
        # Numbers that are predicted times resamples are 1,000 at most, between 4 and 20.
        ([10, 30], 20),
        ([50], 20),
        ([30, 70], 10),
        ([250], 4),
        ([900], 4),
        ([], 20),
        ([0], 20),
    ],
)
def test_how_many_resamples_there_is_time_for(monkeypatch, sizes, resamples):
    for name, value in (("WORK", 1000.0), ("FEWEST_RESAMPLES", 4), ("RESAMPLES", 20)):
        monkeypatch.setattr(selection_bias, name, value)
    assert selection_bias._resamples([np.zeros(size) for size in sizes]) == resamples


def test_resamples_on_which_nobody_has_a_figure_do_not_count(monkeypatch):
    monkeypatch.setattr(selection_bias, "RESAMPLES", 200)
    monkeypatch.setattr(selection_bias, "FEWEST_RESAMPLES", 200)
    # One case alone is positive: where it is not drawn there is no area.
    y = np.arange(12) == 0
    said = [probabilities(np.linspace(3, -3, 12)), probabilities(np.zeros(12))]
    bias = estimate_selection_bias(
        Kind.BINARY, {"y": y.astype(int)}, said, metric("auc"), training_mean=None, seed=1
    )
    weightings = np.concatenate(list(Design(np.ones(12)).weightings(200, 1)), axis=1)
    known = (weightings[0] > 0).sum()
    assert 80 < known < 180
    # The first one is always right, and the shares are those of the resamples that tell.
    assert bias.trials["share"].tolist() == [1, 0]
    assert bias.trials["value"].tolist() == pytest.approx([1, 0.5])
    assert bias.trials["error"].tolist() == pytest.approx([0, 0], abs=1e-12)
    # Whoever it is that was drawn, is not left out: no area there.
    assert np.isnan(bias.corrected["value"][0])


def test_one_standard_error_is_within_and_more_is_not():
    table = pd.DataFrame({"value": [0.75, 0.5, 0.4375], "error": [0.25, 9, 9]})
    assert simplest(table, 0, [9, 3, 1], higher_is_better=True) == 1
    assert simplest(table.assign(value=-table["value"]), 0, [9, 3, 1], higher_is_better=False) == 1
    assert simplest(table, 0, [1, 3, 9], higher_is_better=True) == 0


def test_intervals_of_nothing_are_missing():
    found = selection_bias._intervals(np.zeros((2, 0)), 10)
    assert all(np.isnan(found[name]).all() for name in ("value", "main"))
    found = selection_bias._intervals(np.array([[1.0, np.nan, 3.0], [5.0, 5.0, 5.0]]), 10)
    assert found["value"][0] == 2 and found["main"] == (5, 5, 5)


def test_intervals_are_percentiles_of_the_resampled_figures(monkeypatch):
    monkeypatch.setattr(selection_bias, "RESAMPLES", 25)
    rng = np.random.default_rng(8)
    y = rng.permutation(60) % 2
    said = probabilities(y - 0.5 + rng.normal(size=60))
    figures, _ = assess(
        *(Kind.BINARY, {"y": y}, said, metric("log_loss")), training_mean=None, seed=4
    )
    design = Design(np.ones(60))
    drawn = np.concatenate(list(design.weightings(25, 4)), axis=1).T
    for key, name in (("value", "log_loss"), ("main", "auc")):
        resampled = np.array([by_hand(name, y, said, weight) for weight in drawn])
        expected = expanded_percentiles(resampled, 0.95, design.degrees)
        assert figures[key][1:] == pytest.approx(expected, abs=1e-6)
