"""Later rows that are used to predict earlier ones, and times that do not matter."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.audit.finding import NotApplicable
from dnn_core.audit.time_backwards import CHECK
from dnn_core.specs import Kind, SplitMethod, SplitSpec

FEATURES = ("age", "school")
WAVE = np.tile([2002, 2006, 2010, 2014], 500)
RNG = np.random.default_rng(0)
DRIFTING = np.where(RNG.random(2000) < 0.2 + 0.15 * (WAVE - 2002) / 4, "yes", "no")


def test_it_fires_where_the_outcome_drifts(survey, findings_of) -> None:
    data = survey(rows=2000, year=WAVE, voted=DRIFTING)
    (finding,) = findings_of(CHECK, data, features=FEATURES)
    assert (finding.code, finding.variable) == ("time_backwards", "year")
    # Shares of 0.20, 0.35, 0.50 and 0.65 have a variance of 0.0281, the outcome of 0.2444.
    assert finding.numbers["drift"] == pytest.approx(0.115, abs=0.03)


def test_it_fires_where_the_past_is_the_test_part(survey, findings_of) -> None:
    data = survey(rows=2000, year=WAVE, voted=DRIFTING)
    split = SplitSpec(method=SplitMethod.COLUMN, by="year", test_values=("2002",))
    (finding,) = findings_of(CHECK, data, features=FEATURES, split=split)
    assert finding.figure == "100%"
    latest = split.but(test_values=("2014",))
    assert findings_of(CHECK, data, features=FEATURES, split=latest) == ()


def test_a_quantity_drifts_as_well(survey, findings_of) -> None:
    income = 1000 + 50 * (WAVE - 2002) + RNG.normal(0, 400, 2000)
    data = survey(rows=2000, wave=WAVE, income=income)
    (finding,) = findings_of(CHECK, data, "income", features=FEATURES, kind=Kind.REGRESSION)
    assert finding.variable == "wave"


def test_it_is_silent_where_nothing_changes_with_time(survey, findings_of) -> None:
    assert findings_of(CHECK, survey(rows=2000, year=WAVE), features=FEATURES) == ()


@pytest.mark.parametrize("name", ["birth_year", "yrbrn", "Year_Built", "yearly_income", "born"])
def test_other_years_are_not_the_time_of_measurement(survey, findings_of, name) -> None:
    data = survey(rows=2000, voted=DRIFTING, **{name: WAVE})
    with pytest.raises(NotApplicable):
        findings_of(CHECK, data, features=FEATURES)


@pytest.mark.parametrize("name", ["year", "Wave", "survey_year", "essround", "interview date"])
def test_names_of_the_time_of_measurement(survey, findings_of, name) -> None:
    data = survey(rows=2000, voted=DRIFTING, **{name: WAVE})
    assert [finding.variable for finding in findings_of(CHECK, data, features=FEATURES)] == [name]


def test_the_date_of_the_outcome_needs_no_telling_name(survey, findings_of) -> None:
    data = survey(rows=2000, voted=DRIFTING, t0=WAVE)
    (finding,) = findings_of(CHECK, data, features=FEATURES, measured_on="t0")
    assert finding.variable == "t0"


@pytest.mark.parametrize("method", [SplitMethod.TIME, SplitMethod.PANEL])
def test_it_does_not_apply_in_time_order(survey, findings_of, method) -> None:
    data = survey(rows=2000, year=WAVE, voted=DRIFTING, person=np.arange(2000) // 4)
    split = SplitSpec(method=method, by="year")
    with pytest.raises(NotApplicable, match="in time order"):
        findings_of(CHECK, data, features=FEATURES, split=split, cluster="person")
