"""What is known only after the outcome: by the researcher's mark, or by dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.audit.after_outcome import CHECK
from dnn_core.audit.finding import NotApplicable
from dnn_core.data.split.row_split import split_rows
from dnn_core.specs import Part, SplitMethod, SplitSpec, Task

INTERVIEW = 2020 + np.linspace(0.1, 0.9, 1000)


def test_a_marked_predictor_is_found(survey, findings_of) -> None:
    (finding,) = findings_of(CHECK, survey(), features=("age", "hours"), measured_after=("hours",))
    assert (finding.code, finding.variable, finding.figure) == ("after_outcome", "hours", "all")


def test_a_mark_on_what_is_left_out_says_nothing(survey, findings_of) -> None:
    assert findings_of(CHECK, survey(), features=("age",), measured_after=("hours",)) == ()


def test_dates_after_that_of_the_outcome_are_found(survey, findings_of) -> None:
    # Every fourth benefit was paid half a year after the interview, the others before it.
    later = np.where(np.arange(1000) % 4 == 0, INTERVIEW + 0.5, INTERVIEW - 0.5)
    data = survey(interview=INTERVIEW, paid=later, born=INTERVIEW - 40)
    (finding,) = findings_of(CHECK, data, features=("age", "paid", "born"), measured_on="interview")
    assert (finding.variable, finding.numbers["cases"]) == ("paid", 600)
    assert finding.numbers["share"] == pytest.approx(0.25, abs=0.05)


@pytest.mark.parametrize("method", [SplitMethod.TIME, SplitMethod.PANEL])
def test_the_variable_of_a_split_in_time_order_is_the_date(survey, findings_of, method) -> None:
    data = survey(interview=INTERVIEW, paid=INTERVIEW + 0.5, person=np.arange(len(INTERVIEW)))
    split = SplitSpec(method=method, by="interview")
    (finding,) = findings_of(CHECK, data, features=("age", "paid"), split=split, cluster="person")
    assert finding.variable == "paid"


def test_dates_as_text_are_read(survey, findings_of) -> None:
    start = pd.Timestamp("2020-01-15")
    days = pd.Series([start + pd.Timedelta(days=n % 300) for n in range(1000)])
    data = survey(
        interview=days.dt.strftime("%Y-%m-%d"),
        before=(days - pd.Timedelta(days=90)).dt.strftime("%Y-%m-%d"),
        after=(days + pd.Timedelta(days=90)).dt.strftime("%Y-%m-%d"),
    )
    (finding,) = findings_of(CHECK, data, features=("before", "after"), measured_on="interview")
    assert (finding.variable, finding.figure) == ("after", "100.0%")


def test_a_date_within_the_year_of_the_wave_is_not_later(survey, findings_of) -> None:
    wave = np.repeat([2018, 2020], 500)
    data = survey(wave=wave, interview=wave + 0.4, followed=wave + 1.4)
    (finding,) = findings_of(CHECK, data, features=("interview", "followed"), measured_on="wave")
    assert finding.variable == "followed"


def test_a_few_slips_and_what_is_no_date_say_nothing(survey, findings_of) -> None:
    slips = np.where(np.arange(1000) % 100 == 0, INTERVIEW + 1, INTERVIEW - 1)
    data = survey(interview=INTERVIEW, moved=slips)
    assert (
        findings_of(CHECK, data, features=("age", "hours", "moved"), measured_on="interview") == ()
    )


def test_it_does_not_apply_without_mark_or_date(survey, findings_of) -> None:
    with pytest.raises(NotApplicable, match="marked"):
        findings_of(CHECK, survey())


@pytest.mark.parametrize(("later", "fires"), [(29, False), (30, True)])
def test_one_date_in_twenty_is_no_slip(survey, findings_of, later, fires) -> None:
    # Every row has a date of training: 600 of 1,000 are.
    split = SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("9",), validation=0.25)
    wave = np.where(np.arange(1000) < 800, 1, 9)
    data = survey(interview=INTERVIEW, wave=wave, paid=INTERVIEW - 0.5)
    task = Task(target="voted", features=("paid",), measured_on="interview")
    rows = split_rows(data, task, split, 0)[Part.TRAINING]
    assert len(rows) == 600
    data.frame.loc[rows[:later], "paid"] += 1
    found = findings_of(CHECK, data, features=("paid",), measured_on="interview", split=split)
    assert [finding.numbers for finding in found] == [{"share": 0.05, "cases": 600}] * fires


def test_a_marked_predictor_is_told_once_and_by_its_cases(survey, findings_of) -> None:
    data = survey(interview=INTERVIEW, paid=INTERVIEW + 0.5)
    asked = {"features": ("paid", "interview"), "measured_on": "interview"}
    (finding,) = findings_of(CHECK, data, measured_after=("paid",), **asked)
    assert finding.numbers == {"share": 1.0, "cases": 600}
    assert finding.figure_note == "of 600 cases"


def test_rows_without_a_date_are_left_aside(survey, findings_of) -> None:
    number = np.arange(1000)
    paid = np.where(number % 4 == 0, INTERVIEW + 0.5, INTERVIEW - 0.5)
    data = survey(
        interview=np.where(number % 2 == 0, INTERVIEW, np.nan),
        paid=np.where(number % 3, paid, np.nan),
    )
    (finding,) = findings_of(CHECK, data, features=("paid",), measured_on="interview")
    # Of even numbers every other one is divisible by four.
    assert finding.numbers["share"] == pytest.approx(0.5, abs=0.1)
    assert finding.numbers["cases"] == pytest.approx(200, abs=30)


def test_without_a_row_with_both_dates_nothing_is_later(survey, findings_of) -> None:
    number = np.arange(1000)
    data = survey(
        interview=np.where(number % 2, INTERVIEW, np.nan),
        paid=np.where(number % 2, np.nan, INTERVIEW + 5),
    )
    assert findings_of(CHECK, data, features=("paid",), measured_on="interview") == ()


def test_a_day_within_the_year_counts_where_dates_have_decimals(survey, findings_of) -> None:
    # Some interviews are dated to the year, the others to the day.
    mixed = np.where(np.arange(1000) % 2, INTERVIEW, 2020.0)
    (finding,) = findings_of(
        CHECK,
        survey(interview=mixed, paid=mixed + 0.1),
        features=("paid",),
        measured_on="interview",
    )
    assert finding.figure == "100.0%"


def test_the_same_day_is_not_later(survey, findings_of) -> None:
    data = survey(interview=INTERVIEW, same=INTERVIEW)
    assert findings_of(CHECK, data, features=("same", "interview"), measured_on="interview") == ()


def test_a_date_of_the_outcome_that_holds_no_dates_says_nothing(survey, findings_of) -> None:
    data = survey(paid=INTERVIEW)
    assert findings_of(CHECK, data, features=("paid",), measured_on="region") == ()
