"""A large table is held in less memory and gives the same answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset
from dnn_core.data.describe.description import describe, look_at_columns
from dnn_core.data.prepare import prepare
from dnn_core.data.readers import columns, read_bytes
from dnn_core.data.readers.compact import compact, join
from dnn_core.specs import Experiment, Task


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([1, 5, -3], "int8"),
        ([0, 127], "int8"),
        ([0, 128], "int16"),
        ([-128, 2020], "int16"),
        ([-70_000, 3], "int32"),
        ([0, 2**40], "int64"),
        ([1.0, np.nan, 2.0**24], "float32"),
        # Not exact in four bytes.
        ([1.0, np.nan, 2.0**24 + 1], "float64"),
        ([1.0, np.nan, np.inf], "float64"),
        ([0.1, 1.0], "float64"),
        ([np.nan, np.nan], "float32"),
        (["a", "b", "a", "a"], "category"),
        (["a", "b", "c"], "str"),
    ],
)
def test_no_answer_changes(answers: list[object], kind: str) -> None:
    series = pd.Series(answers)
    result = compact(series)
    assert str(result.dtype) == kind
    pd.testing.assert_series_equal(result.astype(series.dtype), series)


def test_pieces_take_the_type_that_holds_all_of_them() -> None:
    def joined(*pieces: list[object]) -> pd.Series | None:
        return join([compact(pd.Series(piece)) for piece in pieces])

    result = joined([1, 2], [300, -300], [np.nan, 5.0])
    assert result is not None and result[:5].tolist() == [
        1,
        2,
        300,
        -300,
        pytest.approx(np.nan, nan_ok=True),
    ]
    words = joined(["a", "a", "b", "b"], [np.nan] * 4, ["c", "c", "a", "a"])
    assert words is not None and words.dtype == "category"
    assert words.dropna().tolist() == ["a", "a", "b", "b", "c", "c", "a", "a"]
    # Free text after few words, and words after numbers.
    text = joined(["a", "a", "a", "a"], ["b", "c", "d", "e"])
    assert text is not None and text.dtype == "str" and text[5] == "c"
    assert joined([1, 2], ["a", "b"]) is None


def survey(monkeypatch: pytest.MonkeyPatch, rows: int) -> Dataset:
    """A survey read in pieces of so many rows."""
    monkeypatch.setattr(columns, "PIECE_CELLS", 1)
    monkeypatch.setattr(columns, "PIECE_ROWS", rows)
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "vote": rng.choice(["yes", "no"], 600),
            "party": rng.choice(["left", "right", "centre", "refused", ""], 600),
            "trust": rng.integers(0, 11, 600),
            "age": np.where(rng.random(600) < 0.1, np.nan, rng.integers(18, 90, 600)),
            "income": rng.normal(2000, 500, 600).round(2),
        }
    )
    table.loc[570:, "party"] = "late"
    read = read_bytes(table.to_csv(index=False).encode(), "s.csv")
    codes = {"party": ("refused",), "trust": ("9 to 10",)}
    edited = [v.model_copy(update={"missing_codes": codes.get(v.name, ())}) for v in read.variables]
    return read.with_variables(tuple(edited))


def test_what_follows_does_not_depend_on_the_size_of_the_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, large = survey(monkeypatch, 1000), survey(monkeypatch, 50)
    assert str(large.frame["party"].dtype) == "category"
    assert str(large.frame["trust"].dtype) == "int8"
    assert large.fingerprint == whole.fingerprint
    for name in whole.names:
        pd.testing.assert_series_equal(
            large.answers(name), whole.answers(name), check_index_type=False
        )
    pd.testing.assert_frame_equal(describe(large).table, describe(whole).table)
    assert look_at_columns(large) == look_at_columns(whole)
    assert describe(large).duplicate_rows == describe(whole).duplicate_rows == 0
    for target in ("vote", "party", "income"):
        features = tuple(name for name in whole.names if name != target)
        experiment = Experiment(task=Task(target=target, features=features))
        mine, theirs = prepare(large, experiment), prepare(whole, experiment)
        assert mine.encoder.outputs == theirs.encoder.outputs
        for part, same in zip(mine.parts.values(), theirs.parts.values(), strict=True):
            np.testing.assert_array_equal(part.rows, same.rows)
            np.testing.assert_array_equal(part.x, same.x)
            np.testing.assert_array_equal(part.y, same.y)
