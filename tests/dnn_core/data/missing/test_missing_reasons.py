"""Refused, don't know and not asked stay distinguishable from no answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.encoding.fitting import fit_encoder
from dnn_core.data.missing.missing_reasons import missing_reasons
from dnn_core.data.target import TargetCoding
from dnn_core.specs import EncodingSpec, Kind, MissingKinds, Scaling

TARGET = TargetCoding("y", Kind.REGRESSION)
LABELS = {"-99": "Refused", "-98": "Don't know", "-97": "Not asked"}
PLAIN = EncodingSpec(scaling=Scaling.NONE, rare_level_cases=2)


def dataset(frame: pd.DataFrame, level: Level, codes: tuple[str, ...], labels=LABELS) -> Dataset:
    variables = tuple(
        Variable(name=str(name), level=level, value_labels=labels, missing_codes=codes)
        for name in frame
    )
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))


def fitted(
    values: object, level: Level, spec: EncodingSpec = PLAIN
) -> tuple[Encoder, pd.DataFrame]:
    data = dataset(pd.DataFrame({"income": values}), level, ("-99", "-98", "-97"))
    return fit_encoder(data, ("income",), TARGET, spec, np.arange(len(data))), data.frame


NUMBERS = [10.0, 20.0, 60.0, -99.0, -99.0, -98.0, -98.0, -98.0, -97.0, np.nan]


def test_a_number_has_a_column_for_each_reason_and_one_for_no_answer() -> None:
    encoder, frame = fitted(NUMBERS, Level.INTERVAL)
    # One row was not asked: too few for a column, so it counts as no answer.
    assert encoder.outputs == (
        "income",
        "income (missing)",
        "income Refused (missing)",
        "income Don't know (missing)",
    )
    assert encoder.sources == ("income",) * 4
    # The median of 10, 20 and 60 is 20.
    expected = [
        [10, 0, 0, 0],
        [20, 0, 0, 0],
        [60, 0, 0, 0],
        *[[20, 0, 1, 0]] * 2,
        *[[20, 0, 0, 1]] * 3,
        *[[20, 1, 0, 0]] * 2,
    ]
    np.testing.assert_array_equal(encoder.transform(frame), expected)


def test_together_a_number_has_one_column() -> None:
    encoder, frame = fitted(NUMBERS, Level.INTERVAL, PLAIN.but(missing_kinds=MissingKinds.TOGETHER))
    assert encoder.outputs == ("income", "income (missing)")
    assert encoder.transform(frame)[:, 1].tolist() == [0] * 3 + [1] * 7


@pytest.mark.parametrize("as_text", [False, True])
def test_each_reason_is_a_category(as_text: bool) -> None:
    values = pd.Series([1.0, 1.0, 2.0, 2.0, -99.0, -99.0, -98.0, -98.0, -97.0, np.nan])
    if as_text:
        values = values.map("{:.0f}".format, na_action="ignore").astype("str")
    encoder, frame = fitted(values, Level.NOMINAL)
    assert encoder.outputs == (
        "income = (missing)",
        "income = 1",
        "income = 2",
        "income = Don't know (missing)",
        "income = Refused (missing)",
    )
    columns = encoder.transform(frame).argmax(axis=1)
    assert columns.tolist() == [1, 1, 2, 2, 4, 4, 3, 3, 0, 0]
    assert (encoder.transform(frame).sum(axis=1) == 1).all()


def test_together_there_is_one_category() -> None:
    spec = PLAIN.but(missing_kinds=MissingKinds.TOGETHER)
    encoder, _ = fitted([1.0, 1.0, 2.0, 2.0, -99.0, -98.0], Level.NOMINAL, spec)
    assert encoder.outputs == ("income = (missing)", "income = 1", "income = 2")


def test_a_reason_that_training_rows_lack_counts_as_no_answer() -> None:
    values = pd.DataFrame({"income": [1.0, 2.0, np.nan, 3.0, -99.0, -99.0]})
    data = dataset(values, Level.INTERVAL, ("-99", "-98"))
    encoder = fit_encoder(data, ("income",), TARGET, PLAIN, np.arange(4))
    assert encoder.outputs == ("income", "income (missing)")
    assert encoder.transform(values)[:, 1].tolist() == [0, 0, 1, 0, 1, 1]


def variable(*codes: str, **labels: str) -> Variable:
    values = {name.lstrip("c").replace("m", "-"): label for name, label in labels.items()}
    return Variable(name="x", level=Level.INTERVAL, value_labels=values, missing_codes=codes)


def test_codes_of_a_range() -> None:
    result = missing_reasons(
        variable("990 to 999", "-1", c998="Refused", c999="Don't know", c5="5")
    )
    assert result == (
        ("998", "Refused (missing)"),
        ("999", "Don't know (missing)"),
        ("-1", "-1 (missing)"),
        ("990 to 999", "990 to 999 (missing)"),
    )


def test_ways_of_writing_a_code_and_equal_labels() -> None:
    assert missing_reasons(variable("-99.0", "-98", "n/a", cm99="No", cm98="No")) == (
        ("-99.0", "No (missing)"),
        ("-98", "No (missing)"),
        ("n/a", "n/a (missing)"),
    )
    assert missing_reasons(variable()) == ()


def test_the_others_of_a_range_are_together() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 998.0, 998.0, 990.0, 991.5, 999.0, 999.0]})
    data = dataset(frame, Level.INTERVAL, ("990 to 999",), {"998": "Refused", "999": "Don't know"})
    encoder = fit_encoder(data, ("x",), TARGET, PLAIN, np.arange(8))
    assert encoder.outputs == (
        "x",
        "x Refused (missing)",
        "x Don't know (missing)",
        "x 990 to 999 (missing)",
    )
    which = encoder.transform(frame)[:, 1:]
    assert which.argmax(axis=1)[2:].tolist() == [0, 0, 2, 2, 1, 1]
    assert which.sum(axis=1).tolist() == [0, 0, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("level", [Level.INTERVAL, Level.NOMINAL])
def test_apart_predicts_better_where_refusing_depends_on_the_outcome(level: Level) -> None:
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, 4000)
    answers = rng.integers(1, 5, 4000).astype(float)
    # Of those with y = 1, 30 % refuse and 10 % do not know; of the others it is the reverse.
    # Answers have nothing to do with y.
    drawn = rng.random(4000)
    refuses, unsure = np.where(y == 1, 0.3, 0.1), np.where(y == 1, 0.1, 0.3)
    answers[drawn < refuses] = -99
    answers[(drawn >= refuses) & (drawn < refuses + unsure)] = -98
    frame = pd.DataFrame({"x": answers})
    data = dataset(frame, level, ("-99", "-98"))

    def auc(kinds: MissingKinds) -> float:
        spec = EncodingSpec(missing_kinds=kinds)
        x = fit_encoder(data, ("x",), TARGET, spec, np.arange(2000)).transform(frame)
        model = LogisticRegression().fit(x[:2000], y[:2000])
        return float(roc_auc_score(y[2000:], model.predict_proba(x[2000:])[:, 1]))

    # Score s is +1, 0, -1 with probabilities .3, .6, .1 for y = 1 and .1, .6, .3 for y = 0:
    # AUC = P(s1 > s0) + P(s1 = s0) / 2 = .3 * .9 + .6 * .3 + (.03 + .36 + .03) / 2 = .66.
    assert auc(MissingKinds.APART) == pytest.approx(0.66, abs=0.03)
    # Together, 40 % are missing whatever y is.
    assert auc(MissingKinds.TOGETHER) == pytest.approx(0.5, abs=0.03)
