from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.diagnostics.marks.epochs import (
    FEWEST_POINTS,
    MOST_POINTS,
    curve_frame,
    growing_end,
    read_landmarks,
    value_domain,
)
from dnn_core.diagnostics.registry import diagnostic
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.records import State
from dnn_core.specs import Kind
from dnn_core.training.history import EpochRecord, history_frame


def record(epoch: int, loss: float, val_loss: float, member: int = 1) -> EpochRecord:
    return EpochRecord(epoch, member, loss, val_loss, 0.0, 0.6, 0.5, 1e-3, 1.0)


def test_lines_of_one_member_are_its_own_values():
    frame = curve_frame(history_frame([record(1, 0.7, 0.8), record(2, 0.5, 0.6)]), "loss", 2)
    assert frame["line"].unique().tolist() == ["mean"]
    rows = set(frame[["epoch", "series", "value"]].itertuples(index=False, name=None))
    assert rows == {
        (1, "training", 0.7),
        (1, "validation", 0.8),
        (2, "training", 0.5),
        (2, "validation", 0.6),
    }


def test_the_metric_has_lines_of_its_own():
    frame = curve_frame(history_frame([record(1, 0.7, 0.8)]), "metric", 1)
    assert frame.set_index("series")["value"].to_dict() == {"training": 0.6, "validation": 0.5}


def test_members_have_a_line_each_and_a_mean():
    history = history_frame([record(1, 0.7, 0.8, 1), record(1, 0.5, 0.6, 2)])
    frame = curve_frame(history, "loss", 1)
    validation = frame[frame["series"] == "validation"].set_index("line")["value"]
    # Half of 0.8 and half of 0.6 are 0.7.
    assert validation.to_dict() == pytest.approx({"mean": 0.7, "member 1": 0.8, "member 2": 0.6})


def test_what_is_no_finite_number_is_left_out():
    history = history_frame([record(1, 0.7, 0.8), record(2, float("inf"), float("nan"))])
    assert curve_frame(history, "loss", 1)["epoch"].tolist() == [1, 1]


@pytest.mark.parametrize("members", [1, 10])
def test_few_points_are_drawn_of_many_epochs_among_them_the_best_and_the_last(members):
    history = history_frame(
        [record(e, 1 / e, 1 / e, m) for e in range(1, 2001) for m in range(1, members + 1)]
    )
    frame = curve_frame(history, "loss", 1237)
    lines = 2 * (members + 1 if members > 1 else 1)
    # Best and last epoch may come on top, in each line.
    assert len(frame) <= max(MOST_POINTS, lines * FEWEST_POINTS) + 2 * lines
    assert {1, 1237, 2000} <= set(frame["epoch"])


def test_one_early_spike_does_not_set_the_axis():
    calm = np.linspace(0.7, 0.5, 40)
    low, high = value_domain(pd.Series([90.0, *calm]), low_is_good=True)
    # 90th centile of the 41 values is close to 0.68: 0.5 + 3 * 0.18 = 1.05, rounded up.
    assert low <= 0.5 and 0.7 <= high <= 1.2


def test_a_metric_is_cut_at_the_bottom():
    values = pd.Series([-40.0, *np.linspace(0.1, 0.5, 40)])
    low, high = value_domain(values, low_is_good=False)
    assert low >= -1.5 and high >= 0.5


def test_the_axis_of_a_metric_ends_at_the_best_that_is_possible():
    # A tenth of 1 is covered: 0.9 to 1 and not 0.94 to 1.04.
    assert value_domain(pd.Series([0.98, 0.99, 1.0]), low_is_good=False) == (0.9, 1.0)


def test_an_ordinary_curve_is_shown_whole():
    values = pd.Series(np.linspace(0.67, 0.41, 28))
    assert value_domain(values, low_is_good=True) == (0.4, 0.7)


def test_a_loss_that_does_not_move_looks_like_one():
    low, high = value_domain(pd.Series([0.6931, 0.6930]), low_is_good=True)
    # At least a tenth of 0.69 is covered.
    assert high - low >= 0.069


def test_no_values_still_make_an_axis():
    assert value_domain(pd.Series([], dtype="float64"), low_is_good=True) == (0.0, 1.0)


def test_epochs_after_the_best_are_named_by_what_happened(make_run):
    labels = ("no", "yes")
    risen = read_landmarks(RunPart(make_run(Kind.BINARY, labels=labels, epochs=40)))
    assert risen.after_best == "over-fitting" and risen.end == risen.last == 40
    flat = make_run(Kind.BINARY, labels=labels, epochs=40, turns=False, seed=3)
    level = read_landmarks(RunPart(flat))
    assert level.after_best == "no better since" and level.best.last < 40


def test_a_live_curve_has_room_to_grow_and_never_says_over_fitting(make_run):
    labels = ("no", "yes")
    run = make_run(Kind.BINARY, labels=labels, epochs=40, planned=3000, state=State.RUNNING)
    landmarks = read_landmarks(RunPart(run))
    assert (landmarks.end, landmarks.last) == (40, 40)
    assert landmarks.after_best == "no better since"


@pytest.mark.parametrize(
    ("last", "planned", "end"),
    [
        (1, 3000, 10),
        (10, 3000, 10),
        (11, 3000, 20),
        (161, 3000, 320),
        (2900, 3000, 3000),
        (3, 5, 5),
    ],
)
def test_the_axis_of_a_live_curve_doubles_and_ends_with_what_was_planned(last, planned, end):
    assert growing_end(last, planned) == end


def test_of_several_networks_the_shade_begins_after_the_last_best_epoch(make_run):
    run = make_run(Kind.BINARY, labels=("no", "yes"), epochs=40, members=3)
    landmarks = read_landmarks(RunPart(run))
    rows = run.history.groupby("member")["val_loss"].idxmin()
    best = run.history.loc[rows, "epoch"].tolist()
    assert landmarks.best.epochs == tuple(sorted(best)) and len(set(best)) > 1
    spec = str(diagnostic("learning_curve").draw(RunPart(run)).chart.to_dict())
    assert f"'text': '{run.best_epochs.words}'" in spec
    assert f"'epoch': {max(best)}, 'last': 40" in spec
