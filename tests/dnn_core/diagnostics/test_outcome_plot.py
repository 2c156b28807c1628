from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.diagnostics.outcome_plot import (
    LABEL_SHARES,
    MOST_BARS,
    category_frame,
    outcome_distribution,
    split_bar,
    split_frame,
    variable_distribution,
)
from dnn_core.specs import Kind


def dataset(values: object, **variable: object) -> Dataset:
    frame = pd.DataFrame({"y.a[b]": values})
    variables = (Variable(name="y.a[b]", **{"level": Level.NOMINAL, **variable}),)
    return Dataset("made up", frame, variables, Source("made_up.csv", "0" * 64, 1))


def test_categories_have_their_labels_counts_and_shares():
    votes = [1.0, 1.0, 1.0, 2.0, 9.0, np.nan]
    data = dataset(votes, value_labels={"1": "voted", "2": "not"}, missing_codes=("9",))
    frame = category_frame(data, "y.a[b]")
    assert frame["label"].tolist() == ["voted", "not"]
    assert frame["text"].tolist() == ["3 (75%)", "1 (25%)"]


def test_two_categories_with_one_label_stay_two():
    data = dataset([1.0, 2.0], value_labels={"1": "other", "2": "other"})
    assert category_frame(data, "y.a[b]")["label"].tolist() == ["other (1)", "other (2)"]


def test_the_rarest_of_many_categories_are_pooled():
    values = pd.Series([f"c{i:02d}" for i in range(30) for _ in range(30 - i)], dtype="str")
    frame = category_frame(dataset(values), "y.a[b]")
    assert len(frame) == MOST_BARS
    assert frame["label"].iloc[-1] == f"{30 - MOST_BARS + 1} other categories"
    assert frame["count"].sum() == len(values)


@pytest.mark.parametrize(
    ("values", "level", "kind"),
    [
        ([1.0, 2.0, 2.0], Level.BINARY, None),
        (np.linspace(0, 1, 50), Level.INTERVAL, Kind.REGRESSION),
        (np.full(5, 3.0), Level.INTERVAL, Kind.REGRESSION),
        (pd.Series(["=cmd", "a.b[c]", "$x$"], dtype="str"), Level.NOMINAL, None),
        (pd.Series([None, None], dtype="str"), Level.NOMINAL, Kind.MULTICLASS),
        (np.array([np.nan, np.nan]), Level.INTERVAL, Kind.REGRESSION),
    ],
)
def test_every_outcome_can_be_drawn(values, level, kind):
    assert outcome_distribution(dataset(values, level=level), "y.a[b]", kind).to_dict()


def test_parts_lie_end_to_end():
    frame = split_frame({"training": 60, "validation": 20, "test": 20})
    assert frame["start"].tolist() == pytest.approx([0, 0.6, 0.8])
    assert frame["end"].tolist() == pytest.approx([0.6, 0.8, 1.0])


@pytest.mark.parametrize("counts", [(900, 50, 50), (10, 10, 980), (10, 980, 10), (1, 1, 1)])
def test_names_below_narrow_parts_do_not_collide(counts):
    frame = split_frame(dict(zip(("training", "validation", "test"), counts, strict=True)))
    ends = frame["label"] + np.array(LABEL_SHARES)
    assert (frame["label"].to_numpy()[1:] >= ends.to_numpy()[:-1] - 1e-9).all()
    assert ends.iloc[-1] <= 1 + 1e-9 and frame["label"].iloc[0] >= -1e-9


def test_the_bar_can_be_drawn():
    assert split_bar({"training": 60, "validation": 20, "test": 20}).to_dict()


# Any variable -----------------------------------------------------------------------


def bars_of(chart):
    """Rows of the data behind the first chart that has any."""
    return next(iter(chart.to_dict()["datasets"].values()))


def test_a_quantity_is_drawn_as_a_histogram_and_a_scale_by_category():
    values = [1.0, 1.0, 2.0, 5.0, 99.0]
    as_quantity = variable_distribution(
        dataset(values, level=Level.INTERVAL, missing_codes=("99",)), "y.a[b]"
    )
    # A bar for each whole number from 1 to 5, without the code.
    assert [bar["count"] for bar in bars_of(as_quantity)] == [2, 1, 0, 0, 1]
    by_category = variable_distribution(dataset(values, level=Level.ORDINAL), "y.a[b]")
    assert [bar["text"] for bar in bars_of(by_category)] == [
        "2 (40%)",
        "1 (20%)",
        "1 (20%)",
        "1 (20%)",
    ]


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ([1.0, 2.0, 3.0], Level.IDENTIFIER),
        (pd.Series(["a", "b"], dtype="str"), Level.TEXT),
        ([np.nan, np.nan], Level.INTERVAL),
        ([], Level.NOMINAL),
    ],
)
def test_what_has_no_distribution_is_not_drawn(values, level):
    assert variable_distribution(dataset(values, level=level), "y.a[b]") is None


def test_rows_that_are_sealed_are_not_drawn():
    result = dataset(["a", "a", "b", "b", "b"])
    frame = category_frame(result, "y.a[b]", np.array([0, 2, 3]))
    assert dict(zip(frame["label"], frame["count"], strict=True)) == {"a": 1, "b": 2}
    numbers = dataset([1.0, 2.0, 50.0, 3.0], level=Level.INTERVAL)
    drawn = outcome_distribution(numbers, "y.a[b]", Kind.REGRESSION, np.array([0, 1, 3])).to_dict()
    rows = [row for data in drawn["datasets"].values() for row in data]
    assert sum(row.get("count", 0) for row in rows) == 3
