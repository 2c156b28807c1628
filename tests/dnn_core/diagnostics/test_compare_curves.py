from __future__ import annotations

import pytest

from dnn_core.diagnostics.compare_curves import compare_curves, compare_frame, name_frame
from dnn_core.diagnostics.marks.epochs import MOST_POINTS
from dnn_core.runs.records import State
from dnn_core.specs import Kind

LABELS = ("no", "yes")


def test_each_run_has_its_line_with_one_best_epoch(make_run):
    runs = [make_run(Kind.BINARY, labels=LABELS, epochs=e, seed=e) for e in (10, 30)]
    frame = compare_frame(runs)
    best = frame[frame["best"]].set_index("run")["epoch"].to_dict()
    assert best == {run.id: run.best_epochs.middle for run in runs}
    assert frame.groupby("run")["epoch"].max().tolist() == [10, 30]


def test_the_first_five_have_a_colour_of_their_own(make_run):
    runs = [make_run(Kind.BINARY, labels=LABELS, epochs=3) for _ in range(7)]
    roles = compare_frame(runs).groupby("run", sort=False)["role"].first().tolist()
    assert len(set(roles[:5])) == 5 and roles[5:] == ["reference", "reference"]


def test_names_do_not_collide(make_run):
    runs = [make_run(Kind.BINARY, labels=LABELS, epochs=5) for _ in range(3)]
    names = name_frame(compare_frame(runs), (0.0, 1.0)).sort_values("value")
    # A line of 16 of 230 pixels over a range of 1.
    assert names["value"].diff().dropna().min() == pytest.approx(16 / 230)


def test_runs_without_an_epoch_leave_an_empty_picture(make_run):
    run = make_run(Kind.BINARY, labels=LABELS, epochs=0, state=State.RUNNING)
    assert compare_frame([run]).empty
    assert compare_curves([run]).to_dict()


def test_long_runs_are_thinned(make_run):
    runs = [make_run(Kind.BINARY, labels=LABELS, epochs=400, planned=400) for _ in range(2)]
    assert len(compare_frame(runs)) <= MOST_POINTS + 4
