"""What is said about a new file before anything is predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.encoding.fitting import fit_encoder
from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.evaluation.columns import (
    describe_ignored,
    ignored_columns,
    report_columns,
    require_columns,
)
from dnn_core.specs import EncodingSpec, Kind


@pytest.fixture
def encoder(prepared_survey) -> Encoder:
    return prepared_survey("vote").encoder


def row(encoder: Encoder, frame: pd.DataFrame, name: str) -> pd.Series:
    return report_columns(encoder, frame).set_index("name").loc[name]


def test_a_file_like_the_training_data_is_good(encoder: Encoder, survey_frame) -> None:
    report = report_columns(encoder, survey_frame)
    assert list(report.columns) == ["name", "found", "problem", "severity"]
    assert report["name"].tolist() == ["age", "party", "member"]
    assert (report["found"] == "yes").all()
    assert (report["severity"] == "good").all()
    assert report["problem"].tolist()[1:] == ["", ""]
    # About a tenth of the ages are missing, as in training: said, but no cause for concern.
    missing = survey_frame["age"].isna().sum()
    assert report["problem"][0] == f"{missing} of 300 rows have no answer."


def test_an_absent_column_is_a_problem(encoder: Encoder, survey_frame) -> None:
    result = row(encoder, survey_frame.drop(columns="party"), "party")
    assert result["found"] == "no"
    assert result["severity"] == "problem"
    assert "no such column" in result["problem"]


@pytest.mark.parametrize("name", ["Party", " party ", "partY_", "parti"])
def test_a_similar_name_is_pointed_out(encoder: Encoder, survey_frame, name: str) -> None:
    result = row(encoder, survey_frame.rename(columns={"party": name}), "party")
    assert result["found"] == "similar name found"
    assert f"“{name}”" in result["problem"]
    assert result["severity"] == "problem"


def test_a_column_in_use_is_not_offered_as_similar(prepared_survey, survey_frame) -> None:
    frame = survey_frame.assign(age2=survey_frame["age"] ** 2)
    encoder = prepared_survey("vote", features=("age", "age2"), frame=frame).encoder
    assert row(encoder, survey_frame, "age2")["found"] == "no"


def test_text_among_numbers_is_counted(encoder: Encoder, survey_frame) -> None:
    age = survey_frame["age"].fillna(30).astype("object")
    age[:3] = ["thirty", "3,5", "thirty"]
    result = row(encoder, survey_frame.assign(age=age), "age")
    assert result["severity"] == "watch"
    assert result["problem"] == (
        "3 of 300 rows hold text where numbers are expected, such as “thirty”, “3,5”; "
        "they are treated as missing."
    )


def test_text_only_is_a_problem(encoder: Encoder, survey_frame) -> None:
    result = row(encoder, survey_frame.assign(age="old"), "age")
    assert result["severity"] == "problem"
    assert result["problem"].startswith("300 of 300 rows hold text")


def test_numbers_written_as_text_are_numbers(encoder: Encoder, survey_frame) -> None:
    age = survey_frame["age"].fillna(30).astype(int).astype("str")
    assert row(encoder, survey_frame.assign(age=age), "age")["problem"] == ""


def test_unseen_categories_are_counted(encoder: Encoder, survey_frame) -> None:
    party = survey_frame["party"].copy()
    party[:6] = ["green", "green", "green", "pirates", "pirates", "gray"]
    party[6:8] = ["liberal", "local"]
    result = row(encoder, survey_frame.assign(party=party), "party")
    assert result["severity"] == "watch"
    assert result["problem"] == (
        "8 of 300 rows hold categories that did not occur in training: “green” (3), "
        "“pirates” (2), “gray” (1) and 2 more; they are treated as none of the known ones."
    )


def test_other_codes_throughout_are_a_problem(encoder: Encoder, survey_frame) -> None:
    result = row(encoder, survey_frame.assign(party="1"), "party")
    assert result["severity"] == "problem"


def encoded(encoder: Encoder, frame: pd.DataFrame, source: str) -> dict[str, float]:
    x = encoder.transform(frame)[0]
    return {
        output: float(value)
        for output, of, value in zip(encoder.outputs, encoder.sources, x, strict=True)
        if of == source
    }


@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_what_is_said_of_unseen_categories_is_what_is_done(prepared_survey, survey_frame) -> None:
    party = survey_frame["party"].copy()
    party[::100] = "splinter"
    frame = survey_frame.assign(pooled=party)
    encoder = prepared_survey("vote", features=("party", "member", "pooled"), frame=frame).encoder
    new = frame.head(1).assign(party="new", member="new", pooled="new")

    assert "none of the known ones" in row(encoder, new, "party")["problem"]
    assert set(encoded(encoder, new, "party").values()) == {0.0}

    # Two categories share one column; all zeros is the first of them.
    assert "treated as “no”" in row(encoder, new, "member")["problem"]
    assert encoded(encoder, new, "member") == {"member = yes": 0.0}

    assert "treated as rare ones" in row(encoder, new, "pooled")["problem"]
    assert encoded(encoder, new, "pooled")["pooled = rare"] == 1.0


def test_a_rare_category_of_training_is_not_unseen(prepared_survey, survey_frame) -> None:
    party = survey_frame["party"].copy()
    party[::20] = "splinter"
    frame = survey_frame.assign(party=party)
    encoder = prepared_survey("vote", frame=frame).encoder
    assert row(encoder, frame, "party")["severity"] == "good"


def test_missing_answers_that_training_never_had(encoder: Encoder, survey_frame) -> None:
    party = survey_frame["party"].mask(np.arange(300) < 30)
    result = row(encoder, survey_frame.assign(party=party), "party")
    assert result["severity"] == "watch"
    assert result["problem"] == "30 of 300 rows have no answer, which did not occur in training."


def with_reasons(frame: pd.DataFrame, level: Level) -> Encoder:
    labels = {"-9": "Refused", "-8": "Don't know"}
    variable = Variable(name="x", level=level, value_labels=labels, missing_codes=("-9", "-8"))
    data = Dataset("d", frame, (variable,), Source("d.csv", "0" * 64, 1))
    target = TargetCoding("y", Kind.REGRESSION)
    return fit_encoder(data, ("x",), target, EncodingSpec(), np.arange(len(frame)))


@pytest.mark.parametrize("level", [Level.INTERVAL, Level.NOMINAL])
def test_reasons_for_missing_answers_are_counted(level: Level) -> None:
    trained = pd.DataFrame({"x": [1.0, 2.0] * 20 + [-9.0] * 10 + [np.nan] * 5})
    encoder = with_reasons(trained, level)
    assert row(encoder, trained, "x")["problem"] == "15 of 55 rows have no answer (Refused 10)."
    assert row(encoder, trained, "x")["severity"] == "good"
    result = row(encoder, pd.DataFrame({"x": [1.0] * 7 + [-9.0, -8.0, np.nan]}), "x")
    assert result["severity"] == "watch"
    assert result["problem"] == (
        "3 of 10 rows have no answer (Refused 1, Don't know 1). Training had no or too few rows "
        "with this reason: “Don't know”; they count as no answer."
    )


@pytest.mark.parametrize("level", [Level.INTERVAL, Level.NOMINAL])
def test_no_answer_without_a_reason_that_training_never_had(level: Level) -> None:
    encoder = with_reasons(pd.DataFrame({"x": [1.0, 2.0] * 20 + [-9.0] * 10}), level)
    result = row(encoder, pd.DataFrame({"x": [1.0] * 8 + [-9.0, np.nan]}), "x")
    assert result["severity"] == "watch"
    assert result["problem"] == (
        "2 of 10 rows have no answer (Refused 1). 1 of them give no reason, which did not occur "
        "in training."
    )


def test_negative_numbers_where_something_is_counted() -> None:
    encoder = with_reasons(pd.DataFrame({"x": [0.0, 1.0, 2.0] * 10}), Level.COUNT)
    result = row(encoder, pd.DataFrame({"x": [0.0, 1.0, -3.0, -9.0]}), "x")
    assert result["severity"] == "watch"
    assert result["problem"].startswith(
        "1 of 4 rows holds negative numbers where something is counted, such as “-3.0”; "
        "they are treated as missing. 1 of 4 rows has no answer (Refused 1)."
    )


def test_mostly_missing_numbers(encoder: Encoder, survey_frame) -> None:
    result = row(encoder, survey_frame.assign(age=np.nan), "age")
    assert result["problem"] == "300 of 300 rows have no answer."
    assert result["severity"] == "watch"


def test_an_empty_file(encoder: Encoder, survey_frame) -> None:
    report = report_columns(encoder, survey_frame.head(0))
    assert (report["severity"] == "problem").all()


def test_further_columns_are_ignored(encoder: Encoder, survey_frame) -> None:
    assert ignored_columns(encoder, survey_frame) == ("income", "vote", "group", "w")


def test_require_columns(encoder: Encoder, survey_frame) -> None:
    require_columns(encoder, survey_frame)
    with pytest.raises(
        UserError, match="lacks a column that the network was trained on: “party”"
    ) as one:
        require_columns(encoder, survey_frame.drop(columns="party"))
    assert one.value.received == "2 of them"
    with pytest.raises(UserError, match="lacks 2 columns"):
        require_columns(encoder, survey_frame[["age"]])


@pytest.mark.parametrize(
    ("name", "other", "similar"),
    [
        # One wrong letter in five, and two.
        ("trust", "trusx", True),
        ("trust", "truxx", False),
        ("party", "PAR-TY", True),
        ("q12", "q13", False),
    ],
)
def test_one_letter_in_five_may_be_wrong(name: str, other: str, similar: bool) -> None:
    trained = pd.DataFrame({name: [1.0, 2.0] * 5})
    variable = Variable(name=name, level=Level.INTERVAL)
    data = Dataset("d", trained, (variable,), Source("d.csv", "0" * 64, 1))
    target = TargetCoding("y", Kind.REGRESSION)
    encoder = fit_encoder(data, (name,), target, EncodingSpec(), np.arange(10))
    found = row(encoder, pd.DataFrame({other: [1.0]}), name)["found"]
    assert (found == "similar name found") is similar


def test_of_similar_names_the_first_is_the_one() -> None:
    trained = pd.DataFrame({"trust": [1.0, 2.0] * 5})
    data = Dataset(
        "d", trained, (Variable(name="trust", level=Level.INTERVAL),), Source("d.csv", "0" * 64, 1)
    )
    target = TargetCoding("y", Kind.REGRESSION)
    encoder = fit_encoder(data, ("trust",), target, EncodingSpec(), np.arange(10))
    told = row(encoder, pd.DataFrame({"Trust": [1.0], "TRUST": [1.0], "trusx": [1.0]}), "trust")
    assert "“Trust”" in told["problem"]


@pytest.mark.parametrize(("missing", "severity"), [(150, "good"), (151, "watch")])
def test_more_than_half_missing_is_watched(
    encoder: Encoder, survey_frame, missing: int, severity: str
) -> None:
    age = pd.Series(np.where(np.arange(300) < missing, np.nan, 40.0))
    assert row(encoder, survey_frame.assign(age=age), "age")["severity"] == severity


def test_three_examples_are_named_and_the_rest_counted(encoder: Encoder, survey_frame) -> None:
    age = survey_frame["age"].fillna(30).astype("object")
    age[:4] = ["a", "b", "c", "d"]
    told = row(encoder, survey_frame.assign(age=age), "age")["problem"]
    assert "such as “a”, “b”, “c”; they" in told
    party = survey_frame["party"].copy()
    party[:3] = ["g", "h", "i"]
    told = row(encoder, survey_frame.assign(party=party), "party")["problem"]
    assert told.startswith("3 of 300 rows hold categories")
    assert "“g” (1), “h” (1), “i” (1); they" in told


def test_one_row_holds_and_two_rows_hold(encoder: Encoder, survey_frame) -> None:
    for count, words in ((1, "1 of 300 rows holds text"), (2, "2 of 300 rows hold text")):
        age = survey_frame["age"].fillna(30).astype("object")
        age[:count] = "old"
        assert row(encoder, survey_frame.assign(age=age), "age")["problem"].startswith(words)


def test_text_beside_missing_answers_is_a_problem_and_beside_numbers_not(
    encoder: Encoder, survey_frame
) -> None:
    age = pd.Series(["old", None] * 150, dtype="object")
    result = row(encoder, survey_frame.assign(age=age), "age")
    assert result["severity"] == "problem"
    assert result["problem"].endswith("150 of 300 rows have no answer.")


def test_text_beside_negative_numbers_of_a_count_is_watched() -> None:
    encoder = with_reasons(pd.DataFrame({"x": [0.0, 1.0, 2.0] * 10}), Level.COUNT)
    result = row(encoder, pd.DataFrame({"x": ["many", "-3"]}), "x")
    assert result["severity"] == "watch"
    assert result["problem"].startswith("1 of 2 rows holds text where numbers are expected")
    assert "1 of 2 rows holds negative numbers" in result["problem"]
    zero = row(encoder, pd.DataFrame({"x": [0.0, -0.0]}), "x")
    assert zero["problem"] == ""


def test_new_categories_beside_known_and_missing_ones(encoder: Encoder, survey_frame) -> None:
    party = pd.Series(["green", None] * 150, dtype="object")
    result = row(encoder, survey_frame.assign(party=party), "party")
    # All that is answered is unknown.
    assert result["severity"] == "problem"
    party[1] = "left"
    assert row(encoder, survey_frame.assign(party=party), "party")["severity"] == "watch"


def test_two_reasons_that_training_never_had() -> None:
    encoder = with_reasons(pd.DataFrame({"x": [1.0, 2.0] * 20}), Level.INTERVAL)
    result = row(encoder, pd.DataFrame({"x": [1.0] * 8 + [-9.0, -8.0]}), "x")
    assert result["problem"] == (
        "2 of 10 rows have no answer (Refused 1, Don't know 1). Training had no or too few rows "
        "with these reasons: “Refused”, “Don't know”; they count as no answer."
    )
    assert result["severity"] == "watch"


def test_ignored_columns_are_described(encoder: Encoder, survey_frame) -> None:
    assert describe_ignored(encoder, survey_frame[["age", "w", "vote"]]) == (
        "Kept, but not used: w, vote."
    )
    assert describe_ignored(encoder, survey_frame[["age"]]) == ""
