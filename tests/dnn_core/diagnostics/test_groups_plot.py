"""What is said and drawn of groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.diagnostics.groups_plot import Groups, default_variable, verdict_sentence
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.metrics import metric
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind
from dnn_core.wording import p_value
from tests.dnn_core.diagnostics.test_registry import keep_to_the_rules

LABELS = {Kind.BINARY: ("no", "yes"), Kind.MULTICLASS: ("a", "b", "c"), Kind.REGRESSION: ()}


def people(cases: int = 240) -> Dataset:
    """Two variables beside the outcome; a label that Markdown and Vega would read."""
    sex = np.tile(["f", "m"], cases // 2)
    frame = pd.DataFrame({"sex": sex, "x": np.arange(cases) // 2 % 2.0})
    labels = {"f": "datum['x']", "m": "$men$"}
    variables = (
        Variable(name="sex", label="Sex", level=Level.BINARY, value_labels=labels),
        Variable(name="x", level=Level.INTERVAL),
    )
    return Dataset("made up", frame, variables, Source("made_up.csv", "0" * 64, 1))


@pytest.mark.parametrize("kind", LABELS)
def test_it_is_drawn_for_each_kind(make_run, kind: Kind) -> None:
    part = RunPart(make_run(kind, labels=LABELS[kind]), "validation", people())
    asked = Groups(("sex", "x"), outcome_of(kind).group_metric)
    assert asked.obstacle(part) is None
    picture = asked.draw(part)
    assert picture.question == "Whom does it predict worse, by Sex and x?"
    assert "95% intervals" in picture.caption and "validation part" in picture.caption
    assert picture.frame["cases"].sum() == 120
    keep_to_the_rules(picture.chart.to_dict())


def test_small_groups_are_named_and_not_drawn(make_run) -> None:
    data = people()
    data.frame.loc[:5, "sex"] = None
    part = RunPart(make_run(Kind.BINARY, labels=LABELS[Kind.BINARY]), "validation", data)
    picture = Groups(("sex",), "auc").draw(part)
    assert "Not shown, fewer than 20 cases: “no answer”." in picture.caption
    assert "no answer" not in picture.alt


def test_obstacles(make_run) -> None:
    run = make_run(Kind.BINARY, labels=LABELS[Kind.BINARY])
    assert Groups(("sex",), "auc").obstacle(RunPart(run)) == (
        "The data of the run are not available."
    )
    sealed = RunPart(run, "test", people())
    assert Groups(("sex",), "auc").obstacle(sealed) == "The test part is sealed."
    assert Groups((), "auc").obstacle(RunPart(run, dataset=people())) == "No variable is chosen."
    reduced = make_run(Kind.BINARY, labels=LABELS[Kind.BINARY], cases={"validation": 12})
    reason = Groups(("sex",), "auc").obstacle(RunPart(reduced, dataset=people()))
    assert reason is not None and "20 cases are needed" in reason


def test_the_variable_to_begin_with_is_a_predictor(make_run) -> None:
    part = RunPart(make_run(Kind.REGRESSION), dataset=people())
    # The run's only predictor is x.
    assert default_variable(part, ("sex", "x")) == "x"
    assert default_variable(part, ()) is None


def said(rows: list[tuple], measure: str = "auc") -> str:
    columns = ["group", "value", "rest", "p", "verdict"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["difference"] = frame["value"] - frame["rest"]
    return verdict_sentence(frame, metric(measure))


def test_the_sentence_of_two_groups_names_the_one_that_is_worse() -> None:
    rows = [("women", 0.71, 0.80, 0.01, "worse"), ("men", 0.80, 0.71, 0.01, "better")]
    assert said(rows) == "It predicts “women” worse than the others: AUC 0.71 against 0.80."
    alike = [("women", 0.71, 0.72, 0.8, ""), ("men", 0.72, 0.71, 0.8, "")]
    assert said(alike) == "The two groups are not distinguishable."


def test_of_two_groups_the_figures_are_those_of_the_one_that_is_named() -> None:
    # Differences of two groups are as large, but for what the last digit of a float adds.
    for women, men in ((0.71, 0.8), (0.7100000001, 0.8), (0.71, 0.8000000001)):
        for first in (True, False):
            rows = [("women", women, men, 0.01, "worse"), ("men", men, women, 0.01, "better")]
            assert said(rows if first else rows[::-1]) == (
                "It predicts “women” worse than the others: AUC 0.71 against 0.80."
            )
    # Of an error less is better, so that the group with the larger one is named.
    rows = [("women", 2.0, 3.0, 0.01, "better"), ("men", 3.0, 2.0, 0.01, "worse")]
    assert said(rows, "mae") == (
        "It predicts “men” worse than the others: mean absolute error 3.00 against 2.00."
    )


def test_figures_that_differ_look_different() -> None:
    rows = [("women", 0.7912, 0.7941, 0.01, "worse"), ("men", 0.7941, 0.7912, 0.01, "better")]
    assert said(rows).endswith(": AUC 0.791 against 0.794.")


def test_no_chance_is_said_to_be_none(make_run) -> None:
    part = RunPart(make_run(Kind.BINARY, labels=LABELS[Kind.BINARY]), "validation", people())
    frame = Groups(("sex",), "auc").frame(part)
    assert frame["p_text"].tolist() == [f"{p:.3f}" for p in frame["p"]]
    assert p_value(0.0004) == "< 0.001" and p_value(float("nan")) == ""
    shown = str(Groups(("sex",), "auc").draw(part).chart.to_dict())
    assert "'field': 'p_text'" in shown and "'field': 'p'" not in shown


def test_the_sentence_of_several_groups() -> None:
    rows = [
        ("north", 0.71, 0.80, 0.01, "worse"),
        ("south", 0.79, 0.78, 0.9, ""),
        ("east", 0.85, 0.77, 0.03, "better"),
        ("west", np.nan, np.nan, np.nan, ""),
    ]
    assert said(rows) == (
        "It predicts “north” worse than the others, and “east” better than the others: AUC 0.71 "
        "against 0.80 for “north”; this holds after correcting for 3 groups."
    )
    alike = [(group, 0.7, 0.7, 1.0, "") for group in "abc"]
    assert said(alike) == "None of the 3 groups is distinguishable from the others."
    assert said([("a", 0.7, np.nan, np.nan, "")]).startswith("No group can be compared")
