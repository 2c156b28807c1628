"""A description whose every number can be counted in the frame beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.describe.description import describe, suggest_role
from dnn_core.data.levels.guess import guess_level
from dnn_core.data.readers import read_bytes
from dnn_core.errors import UserError


def dataset_of(frame: pd.DataFrame, **variables: dict[str, object]) -> Dataset:
    made = tuple(
        Variable(**{"name": name, "level": guess_level(series), **variables.get(name, {})})
        for name, series in frame.items()
    )
    return Dataset("d", frame, made, Source("d.csv", "0" * 64, 1))


def twelve_rows() -> Dataset:
    frame = pd.DataFrame(
        {
            "id": range(1, 13),
            "age": [20.0, 30, 40, 50, 60, 70, np.nan, -99, 25, 35, 45, 55.5],
            "vote": pd.Series(["yes", "no", "yes", None] * 3, dtype="str"),
            "wave": [1] * 12,
            "gone": [np.nan] * 12,
            "ratio": [np.inf, 1.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0],
            "film": pd.Series(["seen", None, None] * 4, dtype="str"),
        }
    )
    return dataset_of(frame, age={"missing_codes": ("-99",), "label": "Age"})


def test_tiles() -> None:
    about = describe(twelve_rows())
    assert (about.rows, about.variables, about.numeric, about.text) == (12, 7, 5, 2)
    # age 2, vote 3, gone 12, ratio 1, film 8 of 7 x 12 cells.
    assert about.missing_share == pytest.approx(26 / 84)
    assert about.most_missing == ("gone", 1.0)
    assert about.duplicate_rows == 0


def test_table() -> None:
    table = describe(twelve_rows()).table.set_index("variable")
    assert list(table.columns) == ["label", "level", "distribution", "missing", "example"]
    assert table.loc["age", "label"] == "Age"
    assert table.loc["vote", "level"] == "Binary"
    assert table.loc["vote", "distribution"] == [6, 3]
    assert table.loc["vote", "missing"] == 0.25
    assert table.loc["vote", "example"] == "yes"
    assert table.loc["id", "distribution"] == []
    assert table.loc["gone", "example"] == ""
    # 11 values from 1 to 11 in ten bins of width 1; the last bin holds 10 and 11.
    assert table.loc["ratio", "distribution"] == [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]
    assert table.loc["wave", "distribution"] == [12]


def test_bins_agree_with_numpy() -> None:
    values = np.random.default_rng(1).normal(size=500)
    table = describe(dataset_of(pd.DataFrame({"x": values}))).table
    assert table["distribution"][0] == np.histogram(values, bins=10)[0].tolist()


def test_notices() -> None:
    described = {notice.code: notice for notice in describe(twelve_rows()).notices}
    assert set(described) == {"identifier", "constant", "all_missing", "infinite", "one_answer"}
    assert described["identifier"].variables == ("id",)
    assert described["identifier"].title == "id has a different value in every row."
    assert described["constant"].variables == ("wave",)
    assert described["all_missing"].variables == ("gone",)
    assert described["infinite"].variables == ("ratio",)
    assert described["one_answer"].variables == ("film",)


def test_codes_are_pointed_out_until_they_are_declared() -> None:
    frame = pd.DataFrame({f"q{i}": [1, 2, 3, 4, 9] * 4 for i in range(7)})
    (notice,) = describe(dataset_of(frame)).notices
    assert notice.code == "missing_codes"
    assert len(notice.variables) == 7
    assert notice.title == (
        "q0, q1, q2, q3, q4 and 2 more hold 9, which looks like a code for missing answers."
    )
    declared = dataset_of(frame, **{name: {"missing_codes": ("9",)} for name in frame})
    assert describe(declared).notices == ()


def test_many_categories() -> None:
    towns = [f"t{i % 31}" for i in range(200)]
    (notice,) = describe(dataset_of(pd.DataFrame({"town": towns}))).notices
    assert (notice.code, notice.variables) == ("many_categories", ("town",))
    fewer = pd.DataFrame({"town": [f"t{i % 30}" for i in range(200)]})
    assert describe(dataset_of(fewer)).notices == ()


def test_free_text_is_said_to_be_left_out() -> None:
    words = [f"I would rather say number {i} in my own words" for i in range(20)]
    dataset = dataset_of(pd.DataFrame({"why": [*words, words[0]]}))
    (notice,) = describe(dataset).notices
    assert (notice.code, notice.variables) == ("text", ("why",))
    assert notice.title == "why holds free text."
    assert "left out" in notice.detail


def test_what_the_reader_mended_is_said() -> None:
    about = describe(read_bytes(b"a,,c\n1,2,3\n1,2,3\n2,3,5\n", "x.csv"))
    assert [n.title for n in about.notices if n.code == "reading"] == [
        "One column had no name and received one: “v2”."
    ]
    assert about.duplicate_rows == 1
    # It stands before what is said of the variables, as it may change what they mean.
    about = describe(read_bytes(b"a,,c\n1,2,3\n1,2,3\n1,3,5\n", "x.csv"))
    assert [n.code for n in about.notices] == ["reading", "constant"]


def test_duplicates_agree_with_pandas() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "a": rng.integers(0, 3, 300),
            "b": rng.choice([1.5, np.nan], 300),
            "c": pd.Series(rng.choice(["x", "y", None], 300)).astype("str"),
        }
    )
    assert describe(dataset_of(frame)).duplicate_rows == int(frame.duplicated().sum()) > 0


def test_labels_are_shown_as_examples() -> None:
    frame = pd.DataFrame({"vote": [1, 2, 1, 2]})
    table = describe(dataset_of(frame, vote={"value_labels": {"1": "[yes](x)"}})).table
    # What the file says is passed on as it is; escaping is the page's work.
    assert table["example"][0] == "[yes](x)"


def test_long_examples_are_cut() -> None:
    table = describe(dataset_of(pd.DataFrame({"t": ["x" * 500] * 3}))).table
    assert len(table["example"][0]) == 60


def test_images_have_no_column() -> None:
    frame = pd.DataFrame({"digit": [0, 1, 2, 0]})
    variables = (
        Variable(name="digit", level=Level.NOMINAL),
        Variable(name="image", level=Level.IMAGE),
    )
    dataset = Dataset(
        "digits", frame, variables, Source("d", "0" * 64, 1), images=np.zeros((4, 2, 2), np.uint8)
    )
    about = describe(dataset)
    assert (about.rows, about.variables, about.duplicate_rows) == (4, 2, 0)
    assert about.table["variable"].tolist() == ["digit", "image"]
    assert about.table["level"].tolist() == ["Nominal", "Image"]
    assert suggest_role(dataset, "image").role == "feature"


def test_roles() -> None:
    dataset = twelve_rows()
    roles = {name: suggest_role(dataset, name).role for name in dataset.names}
    assert roles == {
        "id": "leave out",
        "age": "feature",
        "vote": "feature",
        "wave": "leave out",
        "gone": "leave out",
        "ratio": "feature",
        "film": "feature",
    }
    assert all(suggest_role(dataset, name).reason for name in dataset.names)
    with pytest.raises(UserError):
        suggest_role(dataset, "nobody")


def test_missing_is_what_answers_says() -> None:
    frame = pd.DataFrame({"x": [1.5, np.inf, -1.8e308, 9e307, np.nan, 2.0, 3.0, 4.0]})
    dataset = dataset_of(frame)
    about = describe(dataset)
    assert about.table["missing"][0] == dataset.answers("x").isna().mean() == 0.5
    assert [notice.code for notice in about.notices] == ["infinite"]


def test_free_text_is_left_out() -> None:
    answers = [f"I did so because of my reason number {i}" for i in range(40)]
    dataset = dataset_of(pd.DataFrame({"why": [*answers, answers[0]]}))
    assert dataset.variable("why").level is Level.TEXT
    assert suggest_role(dataset, "why").role == "leave out"


def test_categories_that_nobody_shares_are_left_out() -> None:
    towns = [f"town {i}" for i in range(20)] + ["town 1"] * 3
    dataset = dataset_of(pd.DataFrame({"town": towns, "place": [*towns[:18], *["town 1"] * 5]}))
    assert dataset.variable("town").level is Level.NOMINAL
    suggestion = suggest_role(dataset, "town")
    assert (suggestion.role, "rare" in suggestion.reason) == ("leave out", True)
    (notice,) = describe(dataset).notices
    assert (notice.code, notice.variables) == ("all_rare", ("town",))
    assert suggest_role(dataset, "place").role == "feature"


def test_ten_thousand_columns() -> None:
    frame = pd.DataFrame(np.random.default_rng(3).normal(size=(20, 10_000)))
    frame.columns = pd.Index([f"c{i}" for i in range(10_000)])
    about = describe(dataset_of(frame))
    assert len(about.table) == 10_000
    assert about.notices == ()
