"""How many rows each way of treating missing answers keeps, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.encoding.rows_kept import rows_kept
from dnn_core.specs import Task

FRAME = pd.DataFrame(
    {
        "y": [0, 1, 0, 1, 0, -9],
        "income": [10.0, -9.0, -8.0, np.nan, 20.0, -9.0],
        "party": pd.Series(["a", "b", None, "a", "-9", "a"], dtype="str"),
        "age": [30, 40, 50, 60, 70, 80],
    }
)
LEVELS = {
    "y": Level.BINARY,
    "income": Level.INTERVAL,
    "party": Level.NOMINAL,
    "age": Level.INTERVAL,
}


def dataset() -> Dataset:
    labels = {"-9": "Refused", "-8": "Don't know"}
    variables = tuple(
        Variable(name=name, level=level, value_labels=labels, missing_codes=("-9", "-8"))
        for name, level in LEVELS.items()
    )
    return Dataset("d", FRAME, variables, Source("d.csv", "0" * 64, 1))


def test_by_hand() -> None:
    kept = rows_kept(dataset(), Task(target="y", features=("age", "party", "income")))
    # The last row has no outcome; of the other five only the first is complete.
    assert (kept.in_file, kept.with_outcome, kept.complete) == (6, 5, 1)
    result = kept.missing.set_index("variable")
    assert result.index.tolist() == ["income", "party"]
    assert result["missing"].tolist() == [3, 2]
    assert result["reasons"]["income"] == {"": 1, "Refused": 1, "Don't know": 1}
    assert result["reasons"]["party"] == {"": 1, "Refused": 1}
    # Without income, rows 1, 2 and 4 are complete; without party, rows 1 and 5.
    assert result["complete_without"].tolist() == [3, 2]


def test_as_many_rows_as_pandas_keeps() -> None:
    rng = np.random.default_rng(2)
    x = pd.DataFrame(rng.normal(size=(500, 4)), columns=list("abcd"))
    x = x.mask(rng.random(x.shape) < 0.2)
    variables = tuple(Variable(name=n, level=Level.INTERVAL) for n in x)
    data = Dataset("d", x, variables, Source("d.csv", "0" * 64, 1))
    kept = rows_kept(data, Task(target="a", features=("b", "c", "d")))
    answered = x.dropna(subset="a")
    assert kept.with_outcome == len(answered)
    assert kept.complete == len(answered.dropna())
    for name, rows in kept.missing.set_index("variable")["complete_without"].items():
        assert rows == len(answered.drop(columns=str(name)).dropna())


def test_nothing_missing() -> None:
    kept = rows_kept(dataset(), Task(target="y", features=("age",)))
    assert kept.complete == kept.with_outcome == 5
    assert kept.missing.empty


def test_predictors_that_lose_as_many_rows_stand_in_their_own_order() -> None:
    x = pd.DataFrame(
        {
            "y": [1.0] * 6,
            "a": [np.nan, 1, 1, 1, 1, 1],
            "b": [np.nan, np.nan, 1, 1, 1, 1],
            "c": [1, 1, np.nan, 1, 1, 1],
            "d": [1, 1, 1, np.nan, np.nan, 1],
        }
    )
    variables = tuple(Variable(name=n, level=Level.INTERVAL) for n in x)
    data = Dataset("d", x, variables, Source("d.csv", "0" * 64, 1))
    kept = rows_kept(data, Task(target="y", features=("a", "b", "c", "d")))
    assert (kept.in_file, kept.with_outcome, kept.complete) == (6, 6, 1)
    result = kept.missing.set_index("variable")
    assert result["missing"].to_dict() == {"b": 2, "d": 2, "a": 1, "c": 1}
    assert result.index.tolist() == ["b", "d", "a", "c"]
    # The first row has two gaps: nothing is won there by leaving out one of them.
    assert result["complete_without"].to_dict() == {"b": 2, "d": 3, "a": 1, "c": 2}
    assert result["reasons"]["b"] == {"": 2}
