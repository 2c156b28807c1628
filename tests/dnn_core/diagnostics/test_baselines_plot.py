from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.diagnostics.baselines_plot import Baselines, baseline_chart, baseline_frame
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind

SCORES = pd.DataFrame(
    [
        ("network", "auc", 0.776, 0.729, 0.820),
        ("network", "accuracy", 0.9, 0.8, 1.0),
        ("linear", "auc", 0.762, 0.712, 0.808),
        ("trivial", "auc", 0.5, 0.5, 0.5),
        ("broken", "auc", None, None, None),
    ],
    columns=["model", "metric", "value", "low", "high"],
)
TITLES = {"trivial": "Most frequent", "broken": "Broken", "linear": "Logistic regression"}


def test_rows_are_in_order_and_the_network_is_last():
    frame = baseline_frame(SCORES, "auc", TITLES, "validation")
    assert frame["model"].tolist() == ["trivial", "linear", "network"]
    assert frame["role"].tolist() == ["reference", "reference", "validation"]


def test_an_interval_of_no_width_is_not_written():
    texts = baseline_frame(SCORES, "auc", TITLES, "test").set_index("model")["text"]
    assert texts["trivial"] == "0.50"
    assert texts["network"] == "0.78 (0.73 to 0.82)"


def test_one_row_alone_can_be_drawn():
    assert baseline_chart(baseline_frame(SCORES, "auc", {}, "validation")).to_dict()


def test_a_baseline_that_fails_altogether_does_not_set_the_axis():
    scores = SCORES.assign(metric="r2")
    scores.loc[scores["model"] == "linear", ["value", "low", "high"]] = [-40.0, -90.0, -8.0]
    frame = baseline_frame(scores[scores["model"] != "broken"], "r2", TITLES, "validation")
    assert frame.set_index("model").at["linear", "text"] == "−40.00 (−90.00 to −8.00)"
    spec = baseline_chart(frame).to_dict()
    start, end = spec["layer"][3]["encoding"]["x"]["scale"]["domain"]
    assert -1.2 < start < -0.9 and end > 0.82


def test_the_caption_says_what_was_left_out(make_run):
    run = make_run(Kind.BINARY, labels=("no", "yes"))
    left_out = {"Gradient boosting": "is left out: on pixels it would take long"}
    facts = run.facts.model_copy(update={"baselines_left_out": left_out})
    run.write("facts.json", facts.model_dump_json())
    assert "Gradient boosting is left out: on pixels it would take long." in Baselines().caption(
        RunPart(run)
    )


def test_the_caption_names_metric_part_and_cases(make_run):
    part = RunPart(make_run(Kind.BINARY, labels=("no", "yes")))
    caption = Baselines().caption(part)
    assert caption == ("AUC on the validation part, 120 cases, with 95% intervals. 0.5 is chance.")


@pytest.mark.parametrize(
    ("kind", "name", "title", "chance"),
    [
        (Kind.BINARY, "majority", "Most frequent category", "0.5 is chance."),
        (Kind.REGRESSION, "mean", "Mean of the outcome", "0 is the mean alone."),
    ],
)
def test_the_caption_says_that_the_constant_has_seen_its_rows(make_run, kind, name, title, chance):
    run = make_run(kind, labels=("no", "yes") if kind is Kind.BINARY else (), members=5)
    facts = run.facts.model_copy(update={"baselines": {name: title}})
    run.write("facts.json", facts.model_dump_json())
    words = (
        f" {chance} “{title}” gives one prediction for all these rows, which it was fitted to; "
        "the other models were not fitted to the rows that they predict."
    )
    assert Baselines().caption(RunPart(run)).endswith(words)
    # All models have seen the training rows.
    assert Baselines().caption(RunPart(run, "training")).endswith(chance)


def test_a_narrow_interval_is_an_interval_all_the_same():
    # On ten thousand pictures both ends are 0.98 to two digits.
    rows = [
        ("network", "accuracy", 0.9801, 0.9775, 0.9826),
        ("majority", "accuracy", 0.5, 0.5, 0.5),
    ]
    scores = pd.DataFrame(rows, columns=["model", "metric", "value", "low", "high"])
    frame = baseline_frame(scores, "accuracy", {"majority": "Most frequent category"}, "validation")
    assert frame["text"].tolist() == ["0.50", "0.980 (0.978 to 0.983)"]
