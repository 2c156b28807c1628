"""Lines of errors, intervals, gathered categories and recalibrated probabilities by hand."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dnn_core.evaluation.calibration.prediction_sets import (
    above_each,
    add_intervals,
    along,
    gathered_before,
    intervals,
    recalibrated,
    set_words,
    sizes_of_errors,
    tempered,
    typical_error,
)
from dnn_core.outcome.losses import SMALLEST_AMOUNT
from dnn_core.outcome.row import Errors

FLAT = (1.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("errors", "predicted", "place"),
    [
        (Errors.LINE, [-2.0, 0.0, 3.0], [-2.0, 0.0, 3.0]),
        (Errors.ROOT, [-4.0, 0.0, 0.25, 9.0], [0.0, 0.0, 0.5, 3.0]),
        (Errors.RATIO, [0.0, 1.0, np.e], [np.log(SMALLEST_AMOUNT), 0.0, 1.0]),
    ],
)
def test_what_the_line_runs_along(errors: Errors, predicted: list, place: list) -> None:
    assert along(np.array(predicted), errors) == pytest.approx(place)


def test_the_line_stays_between_its_ends() -> None:
    scale = (1.0, 2.0, 0.5, 6.0)
    assert typical_error(np.array([-1.0, 0.0, 2.0, 9.0]), scale, Errors.LINE).tolist() == [
        0.5,
        1.0,
        5.0,
        6.0,
    ]
    # Along the root: 1 + 2 * 2.
    assert typical_error(np.array([4.0]), scale, Errors.ROOT).item() == 5.0


@pytest.mark.parametrize(
    ("errors", "size"), [(Errors.LINE, 6.0), (Errors.ROOT, 6.0), (Errors.RATIO, np.log(4))]
)
def test_sizes_of_errors(errors: Errors, size: float) -> None:
    high, low = np.array([8.0]), np.array([2.0])
    assert sizes_of_errors(high, low, errors) == pytest.approx([size])
    assert sizes_of_errors(low, high, errors) == pytest.approx([size])


def test_intervals_of_quantities_and_amounts() -> None:
    scale = (1.0, 0.5, 0.0, 100.0)
    low, high = intervals(np.array([4.0]), scale, 2.0, Errors.LINE)
    assert (low.item(), high.item()) == (-2.0, 10.0)
    low, high = intervals(np.array([100.0]), FLAT, np.log(2.0), Errors.RATIO)
    assert (low.item(), high.item()) == pytest.approx((50.0, 200.0))
    low, high = intervals(np.array([5]), FLAT, np.inf, Errors.RATIO)
    assert (low.item(), high.item()) == (0.0, np.inf)


def test_rounding_of_counts_forgives_a_hairs_breadth_at_both_ends() -> None:
    # All of these ends are whole numbers but for arithmetic, which goes astray in some of them.
    astray = {0: 0, 1: 0}
    for whole, tenths, size in itertools.product(range(2, 9), range(1, 10), range(1, 10)):
        threshold, scale = tenths / 10, (size / 10, 0.0, 0.0, 1.0)
        for end, sign in ((0, 1), (1, -1)):
            predicted = (100 * whole + sign * tenths * size) / 100
            ends = intervals(np.array([predicted]), scale, threshold, Errors.ROOT)
            assert ends[end].item() == whole
            astray[end] += sign * (predicted - sign * threshold * scale[0] - whole) > 0
    assert astray[0] and astray[1]


def test_of_equally_likely_neighbours_the_lower_one_comes_first() -> None:
    gathered = gathered_before(np.array([[0.2, 0.4, 0.2, 0.2]]), ordered=True)
    assert gathered == pytest.approx(np.array([[0.4, 0.0, 0.6, 0.8]]))
    plain = gathered_before(np.array([[0.2, 0.4, 0.2, 0.2]]), ordered=False)
    assert plain == pytest.approx(np.array([[0.4, 0.0, 0.6, 0.8]]))


def test_categories_that_are_impossible_come_last_in_their_direction() -> None:
    given = np.array([[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    gathered = gathered_before(given, ordered=True)
    assert gathered.tolist() == [[1, 1, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0]]


@pytest.mark.parametrize("ordered", [False, True])
def test_the_likeliest_is_gathered_before_anything(ordered: bool) -> None:
    given = np.random.default_rng(1).dirichlet(np.ones(5), 200)
    gathered = gathered_before(given, ordered=ordered)
    assert (gathered[np.arange(200), given.argmax(axis=1)] == 0).all()
    # The last one to come is gathered after all others.
    last = gathered.argmax(axis=1)
    assert gathered.max(axis=1) == pytest.approx(1 - given[np.arange(200), last])


def test_words_of_sets() -> None:
    inside = np.array([[1, 1, 0], [1, 1, 1], [0, 0, 1]], dtype=bool)
    assert set_words(("a", "b", "c"), inside, ordered=True).tolist() == ["a or b", "a to c", "c"]
    assert set_words(("a", "b", "c"), inside, ordered=False).tolist() == [
        "a or b",
        "a or b or c",
        "c",
    ]


def test_tempered_by_hand() -> None:
    given = np.array([[0.5, 0.3, 0.2]])
    roots = np.sqrt(given)
    assert tempered(given, 2.0) == pytest.approx(roots / roots.sum())
    assert tempered(given, 0.5) == pytest.approx(given**2 / (given**2).sum())
    # Each case by itself.
    two = tempered(np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]), 0.5)
    assert two[1] == pytest.approx([1 / 66, 1 / 66, 64 / 66])
    assert two[0] == pytest.approx(given[0] ** 2 / (given**2).sum())
    # Nothing is taken to be impossible: 0 is 1e-7.
    floor = np.sqrt(1e-7)
    assert tempered(np.array([[0.0, 1.0]]), 2.0) == pytest.approx(
        np.array([[floor, 1.0]]) / (1 + floor)
    )
    # At the coldest and the hottest that are looked at, too.
    sure = np.full((1, 50), 1e-7)
    sure[0, 3] = 1.0
    for temperature in (0.05, 20.0):
        shares = tempered(sure, temperature)
        assert np.isfinite(shares).all() and shares.sum() == pytest.approx(1.0)


def test_above_each_is_never_negative() -> None:
    assert above_each(np.array([[0.2, 0.3, 0.5]])) == pytest.approx(np.array([[0.8, 0.5]]))
    # As probabilities of single precision may add up to.
    assert above_each(np.array([[0.6, 0.4 + 1e-8, 0.0]])).tolist() == [[0.4, 0.0]]


IDENTITY = {"given": [0.0, 1.0], "becomes": [0.0, 1.0]}


def stepped(kind: str, steps: list[dict[str, Any]], given: list[float], least: float = 0.01):
    maps = {"kind": kind, "isotonic": steps, "least": least, "temperature": 1.0}
    return recalibrated("isotonic", maps, np.array([given]))[0]


def test_isotonic_maps_by_hand() -> None:
    rising = {"given": [0.2, 0.8], "becomes": [0.3, 0.6]}
    # Halfway between the points, and level beyond them.
    assert stepped("binary", [rising], [0.5, 0.5]) == pytest.approx([0.55, 0.45])
    assert stepped("binary", [rising], [0.9, 0.1]) == pytest.approx([0.7, 0.3])
    # 0.2, 0.3 and half of 0.5, made to sum to 1.
    half = {"given": [0.0, 1.0], "becomes": [0.0, 0.5]}
    assert stepped("multiclass", [IDENTITY, IDENTITY, half], [0.2, 0.3, 0.5]) == pytest.approx(
        np.array([0.2, 0.3, 0.25]) / 0.75
    )


def test_isotonic_maps_of_ordered_categories_by_hand() -> None:
    assert stepped("ordinal", [IDENTITY, IDENTITY], [0.2, 0.3, 0.5]) == pytest.approx(
        [0.2, 0.3, 0.5]
    )
    # The second line has passed the first: nothing is left between, which becomes the least.
    flat = [{"given": [0.0, 1.0], "becomes": [level] * 2} for level in (0.4, 0.6)]
    assert stepped("ordinal", flat, [0.2, 0.3, 0.5], least=0.1) == pytest.approx(
        np.array([0.6, 0.1, 0.4]) / 1.1
    )


def test_as_learnt_nothing_changes() -> None:
    given = np.array([[0.2, 0.8]], dtype="float32")
    maps = {"kind": "binary", "temperature": 3.0, "isotonic": [IDENTITY], "least": 0.1}
    assert recalibrated("learnt", maps, given).tolist() == given.astype("float64").tolist()
    by_hand = np.cbrt(given) / np.cbrt(given).sum()
    assert recalibrated("temperature", maps, given) == pytest.approx(by_hand)


def two_cases() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": [0, 1, 2],
            "predicted": ["no", "yes", "no"],
            "probability_no": [0.6, 0.1, 0.9],
            "probability_yes": [0.4, 0.9, 0.1],
        }
    )


LABELS = ("no", "yes")
CONFORMAL = {"kind": "binary", "thresholds": {"80": 0.7}}
MAPS = {
    "kind": "binary",
    "temperature": 2.0,
    "least": 0.01,
    # 0.1 stays, 0.4 becomes 0.7 and 0.9 becomes 0.5, which is not yet the second category.
    "isotonic": [{"given": [0.1, 0.4, 0.9], "becomes": [0.1, 0.7, 0.5]}],
}


def test_recalibrated_probabilities_are_shown_and_sets_stay() -> None:
    table = add_intervals(two_cases(), LABELS, CONFORMAL, MAPS, level=80, choice="isotonic")
    assert table["probability_yes"].tolist() == pytest.approx([0.7, 0.5, 0.1])
    assert table["probability_no"].tolist() == pytest.approx([0.3, 0.5, 0.9])
    assert table["predicted"].tolist() == ["yes", "no", "no"]
    # Of what was learnt: 0.6 is below the threshold of 0.7, 0.9 is not.
    assert table["set_80"].tolist() == ["no or yes", "yes", "no"]
    assert list(table) == ["row", "predicted", "set_80", "probability_no", "probability_yes"]


@pytest.mark.parametrize(
    ("maps", "choice"), [(MAPS, "learnt"), (None, "isotonic"), (None, "learnt")]
)
def test_without_maps_or_a_choice_probabilities_stay(maps: dict | None, choice: str) -> None:
    table = add_intervals(two_cases(), LABELS, CONFORMAL, maps, level=80, choice=choice)
    pd.testing.assert_frame_equal(table.drop(columns="set_80"), two_cases())
