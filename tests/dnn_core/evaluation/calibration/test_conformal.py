"""Thresholds and sets by hand, and what they promise by simulation."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks.validity_conformal import KINDS, SHORT, measure
from dnn_core.evaluation.calibration.conformal import (
    DEFAULT_LEVEL,
    LEVELS,
    Conformal,
    covered_when_left_out,
    fit_conformal,
    fit_scale,
    nonconformity,
    threshold,
)
from dnn_core.evaluation.calibration.prediction_sets import (
    add_intervals,
    gathered_before,
    intervals,
    set_words,
    typical_error,
)
from dnn_core.outcome.row import Errors
from dnn_core.specs import Kind

FLAT = (1.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("cases", "level", "rank"),
    # ⌈level (n + 1)⌉ by hand: 0.9 * 20 = 18, 0.9 * 10 = 9, 0.8 * 11 = 8.8, 0.5 * 4 = 2.
    [(19, 0.9, 18), (9, 0.9, 9), (10, 0.8, 9), (3, 0.5, 2)],
)
def test_with_equal_weights_it_is_the_usual_rank(cases, level, rank):
    scores = np.random.default_rng(1).permutation(np.arange(1.0, cases + 1))
    assert threshold(scores, level, np.ones(cases)) == rank
    # The scale of weights does not matter.
    assert threshold(scores, level, np.full(cases, 0.3)) == rank


@pytest.mark.parametrize("scale", [1e-9, 0.1, 1.0, 0.7, 1e9])
@pytest.mark.parametrize("percent", [50, 80, 90])
def test_the_rank_is_exact_whatever_the_scale_of_weights(percent, scale):
    for cases in range(9, 300):
        # ⌈level (n + 1)⌉ in whole numbers.
        rank = -(-percent * (cases + 1) // 100)
        assert threshold(np.arange(1.0, cases + 1), percent / 100, np.full(cases, scale)) == rank


def test_every_level_is_the_share_of_a_thousand_that_its_threshold_holds():
    y = np.random.default_rng(1).permutation(np.arange(1.0, 1000))
    fitted = fit_conformal(Kind.REGRESSION, y, np.zeros(999))
    assert tuple(fitted.thresholds) == LEVELS
    assert DEFAULT_LEVEL in LEVELS
    for level in LEVELS:
        low, high = fitted.intervals(np.zeros(1), level)
        # ⌈level 1,000⌉ of the 999, by their size.
        assert high.item() == pytest.approx(10 * level)
        assert low.item() == -high.item()


def test_a_case_without_others_is_within_every_threshold():
    # Of no other case a threshold is infinite.
    assert covered_when_left_out(np.array([3.0]), 0.9, np.ones(1)).tolist() == [True]
    assert covered_when_left_out(np.array([3.0, 1.0]), 0.5, np.array([1.0, 0.0])).all()


@pytest.mark.parametrize("scale", [1e-9, 0.1, 1.0, 1e9])
def test_leaving_each_out_is_exact_whatever_the_scale_of_weights(scale):
    for cases in range(2, 120):
        scores, weight = np.arange(1.0, cases + 1), np.full(cases, scale)
        # Of the n - 1 others the k-th is the threshold, k = ⌈0.8 n⌉; without one it is infinite.
        rank = -(-8 * cases // 10)
        expected = [rank > cases - 1 or i + 1 <= rank for i in range(cases)]
        assert covered_when_left_out(scores, 0.8, weight).tolist() == expected


def test_predictions_that_are_all_the_same_have_a_flat_line():
    y = np.array([1.0, 2.0, 6.0])
    assert fit_scale(Kind.REGRESSION, y, np.full(3, 3.0), np.ones(3)) == pytest.approx(
        (2.0, 0.0, 0.5, 8.0)
    )


def test_scores_of_categories_are_probabilities_as_they_are():
    rng = np.random.default_rng(1)
    p, weight = rng.dirichlet([1, 1, 1], 50), rng.gamma(2.0, size=50)
    y = rng.integers(0, 3, 50)
    fitted = fit_conformal(Kind.MULTICLASS, y, p, weight)
    intercept, slope, least, most = fitted.scale
    assert (intercept, slope) == (least, 0) == (most, 0)
    assert fitted.cases == 50
    assert fitted.effective_cases == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    gathered = [sum(q for q in row if q > row[k]) for row, k in zip(p.tolist(), y, strict=True)]
    scores = nonconformity(Kind.MULTICLASS, y, p, fitted.scale)
    assert scores == pytest.approx(gathered)
    assert fitted.thresholds[80] == threshold(scores, 0.8, weight)


def test_a_network_that_is_always_right_has_errors_as_they_are():
    fitted = fit_conformal(Kind.REGRESSION, np.arange(30.0), np.arange(30.0))
    assert typical_error(np.array([-9.0, 0.0, 9.0]), fitted.scale, Errors.LINE).tolist() == [
        1,
        1,
        1,
    ]
    assert fitted.scale[:2] == (1.0, 0.0)
    assert fitted.thresholds[50] == 0.0


def test_too_few_cases_give_no_threshold():
    # 0.9 * 9 = 8.1 > 8.
    assert threshold(np.arange(8.0), 0.9, np.ones(8)) == np.inf


def test_weights_by_hand():
    # Weights 1, 1, 2 sum to 4, squares to 6: a share of 0.5 (4 + 6/4) = 2.75 is needed,
    # which scores 1, 2, 3 reach at 3 with 4.
    scores, weight = np.array([3.0, 1.0, 2.0]), np.array([2.0, 1.0, 1.0])
    assert threshold(scores, 0.5, weight) == 3.0
    # With the weight at the smallest score 2 are there at 1, 3 at 2.
    assert threshold(scores, 0.5, np.array([1.0, 2.0, 1.0])) == 2.0
    # A case of weight 0 is not there: 1 and 2 alone, 0.5 * 3 = 1.5, the second.
    assert threshold(scores, 0.5, np.array([0.0, 1.0, 1.0])) == 2.0


@pytest.mark.parametrize("weighted", [False, True])
def test_leaving_each_out_agrees_with_doing_so(weighted):
    rng = np.random.default_rng(4)
    scores = np.round(rng.gamma(2.0, size=60), 1)
    weight = rng.gamma(2.0, size=60) if weighted else np.ones(60)
    expected = [
        scores[i] <= threshold(np.delete(scores, i), 0.8, np.delete(weight, i)) for i in range(60)
    ]
    assert covered_when_left_out(scores, 0.8, weight).tolist() == expected


def test_categories_are_gathered_likeliest_first():
    gathered = gathered_before(np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]), ordered=False)
    assert gathered == pytest.approx(np.array([[0.8, 0.0, 0.5], [0.8, 0.9, 0.0]]))


def test_ordered_categories_are_gathered_outwards():
    # From the third (0.4) to the fourth (0.2 against 0.1), then the second, then the first,
    # though it is more probable than the second; the last has only one way to go.
    gathered = gathered_before(np.array([[0.3, 0.1, 0.4, 0.2], [0.1, 0.1, 0.2, 0.6]]), ordered=True)
    assert gathered == pytest.approx(np.array([[0.7, 0.6, 0.0, 0.4], [0.9, 0.8, 0.6, 0.0]]))


def test_sets_of_ordered_categories_have_no_gaps_and_are_never_empty():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.full(6, 0.5), 500)
    y = rng.integers(0, 6, 500)
    sets = fit_conformal(Kind.ORDINAL, y, p).sets(p, 80)
    assert sets[np.arange(500), p.argmax(axis=1)].all()
    assert (np.abs(np.diff(sets.astype(int), axis=1)).sum(axis=1) <= 2).all()
    inner = sets[:, 1:-1] | ~(sets[:, :-2] & sets[:, 2:])
    assert inner.all()


def test_of_two_categories_the_second_joins_where_the_first_is_not_sure_enough():
    conformal = Conformal(Kind.BINARY, 100, 100.0, {90: 0.8})
    sets = conformal.sets(np.array([[0.85, 0.15], [0.3, 0.7], [0.8, 0.2]]), 90)
    assert sets.tolist() == [[True, False], [True, True], [True, True]]


def test_the_line_of_typical_errors_is_least_squares_within_bounds():
    rng = np.random.default_rng(1)
    predicted, weight = rng.uniform(1, 10, 300), rng.gamma(2.0, size=300)
    y = predicted + 0.3 * predicted * rng.normal(size=300)
    errors = np.abs(y - predicted)
    slope, intercept = np.polyfit(predicted, errors, 1, w=np.sqrt(weight))
    fitted = fit_scale(Kind.REGRESSION, y, predicted, weight)
    mean = np.average(errors, weights=weight)
    assert fitted == pytest.approx((intercept, slope, mean / 4, mean * 4))
    assert typical_error(np.array([-50.0, 5.0, 900.0]), fitted, Errors.LINE) == pytest.approx(
        [mean / 4, intercept + 5 * slope, mean * 4]
    )


def test_counts_have_whole_numbers_from_zero():
    low, high = intervals(np.array([0.6, 4.0, 9.5]), FLAT, 2.2, Errors.ROOT)
    # -1.6 to 2.8, 1.8 to 6.2, 7.3 to 11.7.
    assert low.tolist() == [0, 2, 8]
    assert high.tolist() == [2, 6, 11]


def test_rounding_inwards_loses_no_observed_count():
    rng = np.random.default_rng(1)
    predicted = rng.gamma(2.0, 2.0, 2000)
    y = rng.poisson(predicted)
    conformal = fit_conformal(Kind.COUNT, y, predicted)
    low, high = conformal.intervals(predicted, 90)
    inside = (low <= y) & (y <= high)
    scores = nonconformity(Kind.COUNT, y, predicted, conformal.scale)
    assert np.array_equal(inside, scores <= conformal.thresholds[90])


def test_a_quantity_that_is_always_right_has_no_room():
    conformal = fit_conformal(Kind.REGRESSION, np.arange(50.0), np.arange(50.0))
    low, high = conformal.intervals(np.array([3.0]), 90)
    assert (low.item(), high.item()) == (3.0, 3.0)


@pytest.mark.parametrize("kind", [Kind.REGRESSION, Kind.MULTICLASS])
def test_survives_json_where_cases_do_not_suffice(kind):
    rng = np.random.default_rng(1)
    p = rng.dirichlet([1, 1, 1], 30) if not kind.numeric else rng.normal(size=30)
    y = rng.integers(0, 3, 30) if not kind.numeric else rng.normal(size=30)
    conformal = fit_conformal(kind, y, p)
    assert conformal.usable(90)
    assert not conformal.usable(99)
    assert (
        Conformal.from_dict(json.loads(json.dumps(conformal.to_dict(), allow_nan=False)))
        == conformal
    )


@pytest.mark.simulation
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_promised_holds_in_the_population(kind):
    result = {name.split()[1]: share for name, share in measure(SHORT, (kind,)).items()}
    # 40 simulations of 250 cases scatter by 0.004 around a coverage of 0.90.
    for scheme in ("equal", "weighted", "unequal", "leftout"):
        assert 0.88 <= result[scheme] <= 0.92, scheme
    # Who is hard to predict was selected a fourth as often: without weights it fails.
    assert result["unequal_ignored"] < result["unequal"] - 0.015
    assert result["unequal_ignored"] < 0.88


@pytest.mark.parametrize("order", ["C", "F"])
def test_sets_in_words(order):
    inside = np.array([[1, 0, 1, 0], [0, 1, 1, 1], [0, 0, 1, 0], [0, 1, 1, 1]], dtype=bool)
    words = set_words(("a", "b", "c", "d"), np.array(inside, order=order), ordered=False)
    assert words.tolist() == ["a or c", "b or c or d", "c", "b or c or d"]
    spans = set_words(("a", "b", "c", "d"), np.array(inside, order=order)[1:], ordered=True)
    assert spans.tolist() == ["b to d", "c", "b to d"]


def test_more_categories_than_a_byte_holds():
    labels = tuple(f"k{i}" for i in range(20))
    inside = np.eye(20, dtype=bool) | np.eye(20, k=10, dtype=bool)
    words = set_words(labels, inside, ordered=False).tolist()
    assert words == [f"k{i} or k{i + 10}" if i < 10 else f"k{i}" for i in range(20)]


def test_a_table_gets_its_columns_behind_the_prediction():
    table = pd.DataFrame({"row": [0, 1], "predicted": [2.0, 8.0], "weight": [1.0, 1.0]})
    conformal = {"kind": "count", "scale": FLAT, "thresholds": {"90": 2.5, "99": None}}
    result = add_intervals(table, (), conformal, level=90)
    assert list(result) == ["row", "predicted", "low_90", "high_90", "weight"]
    assert result[["low_90", "high_90"]].to_numpy().tolist() == [[0, 4], [6, 10]]
    assert add_intervals(table, (), conformal, level=99)["high_99"].tolist() == [np.inf, np.inf]
    assert list(table) == ["row", "predicted", "weight"]


@pytest.mark.parametrize(("kind", "words"), [("multiclass", "a or c"), ("ordinal", "a to c")])
def test_sets_of_ordered_categories_have_no_gaps(kind: str, words: str) -> None:
    # Beside a, which comes first, c is the next likeliest; the way to it leads over b.
    shares = {"a": 0.4, "b": 0.05, "c": 0.35, "d": 0.2}
    table = pd.DataFrame(
        {"predicted": ["a"], **{f"probability_{k}": [v] for k, v in shares.items()}}
    )
    conformal = {"kind": kind, "thresholds": {"90": 0.7}}
    result = add_intervals(table, tuple(shares), conformal, level=90)
    assert result.columns[:2].tolist() == ["predicted", "set_90"]
    assert result["set_90"].tolist() == [words]


@pytest.mark.parametrize(("kind", "ends"), [("regression", (2.5, 5.5)), ("count", (3.0, 5.0))])
def test_intervals_of_counts_end_at_whole_numbers(kind: str, ends: tuple[float, float]) -> None:
    conformal = {"kind": kind, "scale": (1.0, 0.0, 1.0, 1.0), "thresholds": {"90": 1.5}}
    result = add_intervals(pd.DataFrame({"predicted": [4.0]}), (), conformal, level=90)
    assert (result["low_90"].item(), result["high_90"].item()) == ends
