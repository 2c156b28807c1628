"""What is known only after the outcome: by the researcher's mark, or by dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.audit.after_outcome import CHECK
from dnn_core.audit.finding import NotApplicable
from dnn_core.specs import SplitMethod, SplitSpec

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
