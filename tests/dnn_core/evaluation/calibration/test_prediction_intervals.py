"""What a run keeps of its intervals, and a table with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.evaluation.calibration.conformal import fit_conformal
from dnn_core.evaluation.calibration.prediction_intervals import read_intervals, with_intervals
from dnn_core.evaluation.calibration.recalibration import Recalibrated, fit_recalibration
from dnn_core.specs import Kind

TWO = TargetCoding("vote", Kind.BINARY, ("0", "1"), ("no", "yes"))
AMOUNT = TargetCoding("income", Kind.AMOUNT, scale=2.0)
TABLE = pd.DataFrame({"predicted": ["yes"], "probability_no": [0.3], "probability_yes": [0.7]})


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """100 cases of which each claims 0.7 and a half is right."""
    claimed, y = np.tile([0.3, 0.7], (100, 1)), np.arange(100) % 2
    for name, fitted in (
        ("conformal", fit_conformal(Kind.BINARY, y, claimed)),
        ("recalibration", fit_recalibration(Kind.BINARY, y, claimed)),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps(fitted.to_dict()))
    return tmp_path


def test_a_table_gets_sets_of_ninety_percent_and_what_was_learnt(directory: Path) -> None:
    table = with_intervals(TABLE, TWO, read_intervals(directory))
    # A half has gathered 0.7 before its turn: to hold 90 % takes both.
    assert table["set_90"].tolist() == ["no or yes"]
    assert table["probability_yes"].tolist() == [0.7]


def test_a_level_and_recalibrated_probabilities_are_chosen(directory: Path) -> None:
    intervals = read_intervals(directory)
    table = with_intervals(TABLE, TWO, intervals, 50, Recalibrated.ISOTONIC)
    assert table["probability_yes"].tolist() == pytest.approx([0.5])
    assert list(table)[1] == "set_50"


def test_what_a_run_has_not_is_none(directory: Path, tmp_path: Path) -> None:
    (directory / "recalibration.json").unlink()
    kept = read_intervals(directory)
    assert kept["recalibration"] is None and kept["conformal"]["kind"] == "binary"
    assert with_intervals(TABLE, TWO, kept, choice=Recalibrated.ISOTONIC)[
        "probability_yes"
    ].tolist() == [0.7]
    (directory / "conformal.json").unlink()
    with pytest.raises(UserError, match="does not know how sure"):
        with_intervals(TABLE, TWO, read_intervals(directory))


def test_levels_that_there_are_not_are_refused(directory: Path) -> None:
    with pytest.raises(UserError, match="no intervals of this level") as error:
        with_intervals(TABLE, TWO, read_intervals(directory), 91)
    assert error.value.received == "91"


def test_what_is_damaged_is_said(directory: Path) -> None:
    (directory / "conformal.json").write_text('{"kind": "binary"}')
    with pytest.raises(UserError, match=r"conformal\.json"):
        read_intervals(directory)


def test_numbers_get_both_ends(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    fitted = fit_conformal(Kind.AMOUNT, rng.gamma(2.0, 50.0, 200), np.full(200, 100.0))
    (tmp_path / "conformal.json").write_text(json.dumps(fitted.to_dict()))
    table = with_intervals(pd.DataFrame({"predicted": [100.0]}), AMOUNT, read_intervals(tmp_path))
    assert list(table) == ["predicted", "low_90", "high_90"]
    low, high = fitted.intervals(np.array([100.0]), 90)
    assert table[["low_90", "high_90"]].to_numpy()[0] == pytest.approx([low.item(), high.item()])
