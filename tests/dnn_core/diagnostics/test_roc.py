from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.diagnostics.marks.one_vs_rest import (
    MOST_LINES,
    MOST_POINTS,
    Ranked,
    curves_frame,
    free_corner,
    ranked,
)
from dnn_core.diagnostics.roc import ONE_SIDED, Roc, roc_points
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind


def line(positive: list[int], score: list[float]) -> Ranked:
    return Ranked("yes", "validation", np.array(positive, dtype=bool), np.array(score))


def test_points_by_hand():
    # From the surest: yes, no, yes, no -> (0, ½), (½, ½), (½, 1), (1, 1).
    x, y = roc_points(line([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]))
    assert list(zip(x, y, strict=True)) == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    # Of the four pairs, (0.7, 0.8) alone is in the wrong order.
    assert line([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]).area == pytest.approx(0.75)


def test_many_cases_make_few_points_and_both_ends_stay():
    rng = np.random.default_rng(1)
    many = line(rng.integers(0, 2, 20_000).tolist(), rng.random(20_000).tolist())
    frame = curves_frame([many], roc_points)
    assert len(frame) <= MOST_POINTS
    assert frame[["x", "y"]].iloc[[0, -1]].to_numpy().tolist() == [[0, 0], [1, 1]]


def test_of_many_categories_the_hardest_are_drawn(make_run):
    labels = tuple("abcdefgh")
    part = RunPart(make_run(Kind.MULTICLASS, labels=labels))
    drawn = ranked(part)
    assert len(drawn) == MOST_LINES
    areas = {
        label: Ranked(label, "ink", part.observed == i, part.probabilities[:, i]).area
        for i, label in enumerate(labels)
    }
    assert {one.label for one in drawn} == set(sorted(areas, key=areas.get)[:MOST_LINES])
    assert len({one.role for one in drawn}) == MOST_LINES


def test_a_category_nobody_belongs_to_is_left_out(make_run):
    part = RunPart(make_run(Kind.MULTICLASS, labels=("a", "b", "c"), absent="b"))
    assert [one.label for one in ranked(part)] == ["a", "c"]


def test_one_category_alone_cannot_be_ranked(make_run):
    part = RunPart(make_run(Kind.BINARY, labels=("no", "yes"), absent="yes"))
    assert Roc().obstacle(part) == ONE_SIDED


def test_the_area_is_written_as_in_the_runs_scores(make_run):
    part = RunPart(make_run(Kind.BINARY, labels=("no", "yes")))
    assert "AUC 0.78 (0.73 to 0.82)" in Roc().alt(part)


@pytest.mark.parametrize(
    ("height", "corner"),
    [
        # Lines along the top leave the lower right free, lines along the bottom the upper right.
        (0.9, (True, False)),
        (0.1, (True, True)),
    ],
)
def test_names_stand_where_the_lines_are_not(height, corner):
    frame = pd.DataFrame({"x": np.linspace(0, 1, 50), "y": height})
    assert free_corner(frame) == corner


def test_names_stand_left_of_lines_that_come_down():
    frame = pd.DataFrame({"x": np.linspace(0, 1, 50)}).assign(y=lambda f: 1 - f["x"] ** 4)
    assert free_corner(frame) == (False, False)
