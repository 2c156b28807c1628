from __future__ import annotations

import json

import pandas as pd
import pytest

from dnn_core.diagnostics.learning_curve import LearningCurve, MetricCurve, end_labels, hover_frame
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.records import State
from dnn_core.specs import Kind

FRAME = pd.DataFrame(
    {
        "epoch": [1, 2, 1, 2],
        "series": ["training", "training", "validation", "validation"],
        "line": "mean",
        "value": [0.7, 0.500, 0.8, 0.505],
    }
)


def test_names_at_the_ends_do_not_collide():
    ends = end_labels(FRAME, (0.4, 0.8), 250).set_index("series")["value"]
    # A line of 16 of 200 pixels over a range of 0.4 is 0.032.
    assert ends["validation"] - ends["training"] == pytest.approx(0.032)


def test_the_tooltip_has_both_values_of_an_epoch():
    wide = hover_frame(FRAME).set_index("epoch")
    assert wide.loc[2].to_dict() == {"training": 0.500, "validation": 0.505}


def test_a_run_without_an_epoch_has_no_curve(make_run):
    run = make_run(Kind.BINARY, labels=("no", "yes"), epochs=0, state=State.RUNNING)
    assert LearningCurve().obstacle(RunPart(run)) == "No epoch is complete yet."


def test_the_question_changes_when_training_ends(make_run):
    labels = ("no", "yes")
    live = RunPart(make_run(Kind.BINARY, labels=labels, state=State.RUNNING))
    done = RunPart(make_run(Kind.BINARY, labels=labels))
    assert LearningCurve().question(live) == "Is the error still falling?"
    assert LearningCurve().question(done) == "When did it stop learning?"


def test_a_crashed_run_still_shows_its_epochs(make_run):
    run = make_run(Kind.BINARY, labels=("no", "yes"), epochs=5, state=State.FAILED)
    picture = LearningCurve().draw(RunPart(run))
    assert picture.frame["epoch"].max() == 5
    assert picture.chart.to_dict()


@pytest.mark.parametrize("curve", [LearningCurve(), MetricCurve()])
def test_a_run_that_goes_on_meanwhile_is_drawn_as_it_was_at_one_moment(make_run, curve):
    run = make_run(Kind.BINARY, labels=("no", "yes"), epochs=4, state=State.RUNNING)
    part = RunPart(run)
    assert part.history["epoch"].max() == 4
    lines = (run.directory / "history.jsonl").read_text().splitlines()
    better = json.loads(lines[-1]) | {"epoch": 5, "loss": 0.001, "val_loss": 0.001}
    with (run.directory / "history.jsonl").open("a") as file:
        file.write(json.dumps(better) + "\n")
    picture = curve.draw(part)
    assert picture.frame["epoch"].max() == 4
    assert "5 epochs" not in picture.alt


def test_the_caption_says_that_the_penalty_is_no_part_of_the_loss(make_run):
    run = make_run(Kind.BINARY, labels=("no", "yes"))
    assert run.experiment.network.penalised
    words = "Loss (cross-entropy) without the penalty on large weights, lower is better."
    assert LearningCurve().caption(RunPart(run)).startswith(words)


def test_the_metric_is_named_by_the_task(make_run):
    part = RunPart(make_run(Kind.REGRESSION))
    assert MetricCurve().caption(part) == "R², higher is better; 0 is the mean alone."
