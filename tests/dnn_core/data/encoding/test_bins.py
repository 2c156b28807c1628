"""Bins carry every piecewise-linear function, and no column is too odd for them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import SplineTransformer

from dnn_core.data.encoding.bins import (
    bin_edges,
    bin_names,
    bin_transformer,
    step_edges,
    step_names,
)

RNG = np.random.default_rng(3)


def encode(x: np.ndarray, *edges: np.ndarray) -> np.ndarray:
    return bin_transformer(list(edges)).fit_transform(x)


def edges_of(answers: object, bins: int) -> np.ndarray:
    edges = bin_edges(np.asarray(answers, dtype=float), bins)
    assert edges is not None
    return edges


def test_every_function_that_bends_at_the_edges_is_a_sum_of_bins() -> None:
    first = edges_of(RNG.lognormal(10, 1, 500), 8)
    second = np.array([-2.0, 0.0, 0.5, 70.0])
    x = np.column_stack([RNG.uniform(-1e5, 3e5, 400), RNG.uniform(-10, 90, 400)])
    encoded = encode(x, first, second)
    assert encoded.shape == (400, 8 + 3)
    for column, edges, bins in ((0, first, encoded[:, :8]), (1, second, encoded[:, 8:])):
        heights = RNG.normal(size=len(edges))
        # numpy.interp is constant beyond the ends, too.
        expected = np.interp(x[:, column], edges, heights)
        np.testing.assert_allclose(heights[0] + bins @ np.diff(heights), expected, atol=1e-9)


def test_they_span_what_linear_splines_span() -> None:
    edges = np.array([0.0, 1.0, 3.0, 10.0])
    x = np.linspace(-5, 20, 101)[:, np.newaxis]
    splines = SplineTransformer(
        degree=1, knots=edges[:, np.newaxis], extrapolation="constant"
    ).fit_transform(x)
    columns = np.column_stack([np.ones(101), encode(x, edges)])
    both = np.column_stack([columns, splines])
    ranks = {np.linalg.matrix_rank(matrix) for matrix in (columns, splines, both)}
    assert ranks == {len(edges)}


def test_rows_that_are_encoded_have_no_say() -> None:
    edges = np.array([0.0, 2.0])
    assert encode(np.array([[-9.0], [1.0], [9.0]]), edges).ravel().tolist() == [0, 0.5, 1]


def test_bins_hold_equally_many_answers() -> None:
    answers = RNG.permutation(np.arange(1.0, 101.0))
    assert edges_of(answers, 4).tolist() == [1, 25, 50, 75, 100]


@pytest.mark.parametrize("answers", [[], [7.0] * 9, [0.0, 1.0] * 9])
@pytest.mark.parametrize("bins", [1, 8])
def test_fewer_than_three_values_get_no_bins(answers: list[float], bins: int) -> None:
    assert bin_edges(np.array(answers), bins) is None


def test_three_values_are_enough() -> None:
    assert edges_of([2.0, 0.0, 1.0], 1).tolist() == [0, 2]
    assert edges_of([2.0, 0.0, 1.0], 2).tolist() == [0, 1, 2]


def test_ties_make_fewer_bins() -> None:
    # Nine in ten answer 0: of the edges at eighths only the last is another.
    assert edges_of([0.0] * 90 + [1.0] * 5 + [9.0] * 5, 8).tolist() == [0, 9]
    # A scale of five with the middle chosen by half.
    scale = np.repeat([1.0, 2, 3, 4, 5], [10, 15, 50, 15, 10])
    assert edges_of(scale, 4).tolist() == [1, 2, 3, 5]


def test_with_many_rows_half_of_the_edges_follow_the_distinct_values() -> None:
    rows = 10_000
    answers = np.zeros(rows)
    answers[:99] = np.arange(1.0, 100.0)
    # Up to 10,000 answers rows decide, and nearly all of them are 0.
    assert edges_of(answers, 4).tolist() == [0, 99]
    # Beyond, two bins' edges come from rows and three bins' from the values 0 to 99, a third
    # of which are up to 33.
    assert edges_of([0.0, *answers], 4).tolist() == [0, 33, 66, 99]
    # Without ties there are exactly as many bins as were asked for.
    assert len(edges_of(RNG.normal(size=rows + 1), 16)) == 17


def test_names_can_be_read() -> None:
    assert bin_names("age", np.array([18.0, 40.5, 1234567.0])) == [
        "age, bin 1: 18 to 40.5",
        "age, bin 2: 40.5 to 1234567",
    ]


def test_of_an_odd_number_of_bins_rows_and_values_share_the_edges_within(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dnn_core.data.encoding.bins.ROWS_FOR_DISTINCT", 19)
    # Of the 20 answers the tenth is 2; of the 13 different ones the seventh is 6.
    answers = [0.0] * 8 + list(range(1, 13))
    assert edges_of(answers, 3).tolist() == [0, 2, 6, 12]
    # With one answer less there are few enough for rows alone, the thirds of which end at 0 and 5.
    assert edges_of(answers[:-1], 3).tolist() == [0, 5, 11]


@pytest.mark.parametrize(
    ("answers", "rare", "edges"),
    [
        # As many cases as asked for are enough; one fewer is rare.
        ([4, 1, 1, 2, 3, 3, 3], 1, [1, 2, 3, 4]),
        ([4, 1, 1, 2, 3, 3, 3], 2, [1, 3]),
        # One step needs two categories.
        ([4, 1, 1, 2, 3, 3, 3], 3, None),
        ([4, 1, 1, 2, 3, 3, 3], 4, None),
        ([], 1, None),
    ],
)
def test_steps_are_between_frequent_categories(
    answers: list[int], rare: int, edges: list[int] | None
) -> None:
    found = step_edges(np.array(answers, dtype=float), rare)
    assert (None if found is None else found.tolist()) == edges


def test_every_category_but_the_lowest_has_a_step() -> None:
    assert step_names("educ", np.array([1.0, 2.5, 4.0])) == ["educ >= 2.5", "educ >= 4"]
