"""Later rows that are used to predict earlier ones, and times that do not matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import f, f_oneway
from statsmodels.api import OLS

from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import NotApplicable
from dnn_core.audit.time_backwards import CHECK, _between, _drift
from dnn_core.specs import Kind, Part, SplitMethod, SplitSpec, Task

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


def _by_time(dataset, times, y, kind=Kind.REGRESSION, test=None, name="year", **columns):
    """Evidence of training rows of these times, and of test rows, by default of 2000 and 2001."""
    test = np.repeat([2000, 2001], 50) if test is None else np.asarray(test)
    rows = len(y)
    columns[name] = np.r_[np.asarray(times, dtype=float), test]
    data = dataset(y=np.r_[y, y[: len(test)]], x=np.arange(rows + len(test)), **columns)
    parts = {Part.TRAINING: np.arange(rows), Part.TEST: np.arange(rows, rows + len(test))}
    task = Task(target="y", features=("x",), kind=kind)
    return Evidence(data, task, SplitSpec(), parts, 0)


@pytest.mark.parametrize("groups", [2, 5])
@pytest.mark.parametrize("shift", [0.0, 0.1, 0.4, 5.0])
def test_the_drift_is_that_of_an_analysis_of_variance(groups, shift) -> None:
    rng = np.random.default_rng(2)
    time = rng.integers(0, groups, 300)
    outcome = 0.01 * (rng.normal(size=300) + shift * time)
    p = f_oneway(*(outcome[time == n] for n in range(groups))).pvalue
    fitted = OLS(outcome, np.eye(groups)[time]).fit()
    # Epsilon squared is the adjusted R².
    expected = fitted.rsquared_adj if p < 0.001 else 0.0
    assert _between(time, outcome) == pytest.approx(expected)
    assert (expected > 0) == (shift > 0.1)


@pytest.mark.parametrize("looks", [1, 4])
@pytest.mark.parametrize(("times", "fires"), [(0.95, True), (1.05, False)])
def test_chance_is_one_in_a_thousand_of_all_looks(looks, times, fires) -> None:
    # Two times with the variance within of 1 and the difference that the F test just sees.
    rows = 10
    p = times * 0.001 / looks
    apart = np.sqrt(f.isf(p, 1, 2 * rows - 2) * 2 / rows)
    within = np.tile([-1.0, 1.0], rows // 2) * np.sqrt((rows - 1) / rows)
    outcome = np.r_[within, within + apart]
    time = np.repeat([0, 1], rows)
    assert f_oneway(outcome[:rows], outcome[rows:]).pvalue == pytest.approx(p)
    found = _between(time, outcome) if looks == 1 else _between(time, outcome, looks)
    assert (found > 0) is fires


def test_one_time_and_one_outcome_cannot_drift() -> None:
    outcome = np.array([0.0, 0.0, 1.0, 1.0])
    assert _between(np.zeros(4, dtype=int), outcome) == 0.0
    assert _between(np.array([0, 0, 1, 1]), np.ones(4)) == 0.0
    # All of the variance, of which there is 1, lies between two times.
    assert _between(np.array([0, 0, 1, 1]), outcome) == 1.0


def test_of_several_categories_the_one_that_changes_most(dataset) -> None:
    time = np.repeat(np.arange(4), 100)
    rng = np.random.default_rng(0)
    y = np.where(rng.random(400) < 0.1 + 0.2 * time, "a", rng.choice(["b", "c"], 400))
    evidence = _by_time(dataset, time, y, Kind.MULTICLASS)
    each = [_between(time, (y == name).astype(float), 3) for name in "abc"]
    assert 0 <= min(each) < max(each) == each[0]
    assert _drift(evidence, time.astype(float)) == pytest.approx(each[0])


@pytest.mark.parametrize(("distinct", "groups"), [(19, 19), (20, 20), (21, 20), (400, 20)])
def test_many_times_are_put_into_twenty_spans(dataset, distinct, groups) -> None:
    time = np.sort(np.arange(400) % distinct).astype(float)
    # Drawn anew for each time: what the spans put together no longer tells.
    y = np.random.default_rng(5).normal(size=distinct)[time.astype(int)] + time / 50
    span = np.searchsorted(np.quantile(time, np.arange(1, 20) / 20), time, side="right")
    place = np.unique(time if distinct <= 20 else span, return_inverse=True)[1]
    assert len(np.unique(place)) == groups
    drift = _drift(_by_time(dataset, time, y), time)
    assert drift == pytest.approx(_between(place, y))


def test_a_time_that_nearly_all_rows_share_tells_nothing(dataset) -> None:
    # Of 25 times the first has all but 24 rows: there is one span.
    time = np.r_[np.zeros(976), np.arange(1.0, 25)]
    assert _drift(_by_time(dataset, np.full(1000, 1.0), np.arange(1000.0)), time) == 0.0


def test_rows_without_a_time_are_left_aside(dataset) -> None:
    time = np.repeat([1.0, 2.0, np.nan], 100)
    y = np.r_[np.arange(100.0), np.arange(100.0) + 60, np.full(100, 1e6)]
    evidence = _by_time(dataset, time, y)
    expected = _between(np.repeat([0, 1], 100), y[:200])
    assert _drift(evidence, time) == pytest.approx(expected) != 0


SLOPE = 1000.0
"""So steep that the drift is beyond doubt."""


@pytest.mark.parametrize(
    ("later", "fires"),
    [
        # Of 200 training rows so many are later than the test part's middle.
        (19, False),
        (20, True),
    ],
)
def test_a_tenth_of_the_rows_is_no_fringe(dataset, later, fires) -> None:
    rows = np.arange(200)
    time = np.where(rows < later, 2001, 1999 + rows % 2)
    noise = np.random.default_rng(1).normal(size=200)
    evidence = _by_time(dataset, time, SLOPE * time + noise, test=[1999, 2000, 2000])
    found = CHECK.findings_of(evidence)
    # Rows of the middle itself are not later.
    assert [finding.numbers["later"] for finding in found] == [0.1] * fires


@pytest.mark.parametrize(
    ("share", "fires"),
    [(0.018, False), (0.022, True), (0.035, True)],
)
def test_a_drift_of_two_percent_matters(dataset, share, fires) -> None:
    # Two times with 2,000 rows each, and as much between them as is asked for.
    rows = 4000
    within = np.tile([-1.0, 1.0], rows // 2)
    time = np.repeat([2000, 2001], rows // 2)
    y = within + 2 * np.sqrt(share / (1 - share)) * (time - 2000)
    found = CHECK.findings_of(_by_time(dataset, time, y, test=[2000] * 40))
    assert [finding.numbers["drift"] for finding in found] == [
        pytest.approx(share, abs=0.001)
    ] * fires


def test_either_alone_is_no_finding(dataset) -> None:
    steep = SLOPE * np.repeat([2000, 2001], 100) + np.random.default_rng(0).normal(size=200)
    # The test part is the latest.
    early = _by_time(dataset, np.repeat([2000, 2001], 100), steep, test=[2001] * 40)
    assert CHECK.findings_of(early) == ()
    flat = np.tile([0.0, 1.0], 100)
    assert CHECK.findings_of(_by_time(dataset, np.repeat([2000, 2001], 100), flat)) == ()


@pytest.mark.parametrize(("known", "applies"), [(39, False), (40, True)])
def test_it_takes_forty_rows_with_a_time(dataset, known, applies) -> None:
    time = np.where(np.arange(100) < known, 2000 + np.arange(100) % 2, np.nan)
    evidence = _by_time(dataset, time, np.arange(100.0))
    if applies:
        assert CHECK.findings_of(evidence) == ()
    else:
        with pytest.raises(NotApplicable, match="40 training rows with a time"):
            CHECK.findings_of(evidence)


@pytest.mark.parametrize(
    ("test", "applies"), [([2000, np.nan, 2000.5], True), ([np.nan, np.nan, np.nan], False)]
)
def test_some_test_rows_have_a_time(dataset, test, applies) -> None:
    time = np.repeat([2000, 2001], 100)
    evidence = _by_time(dataset, time, SLOPE * time + np.arange(200) % 7.0, test=test)
    if applies:
        assert CHECK.findings_of(evidence)[0].numbers["later"] == 0.5
    else:
        with pytest.raises(NotApplicable, match="No variable says when"):
            CHECK.findings_of(evidence)


def test_waves_are_numbered_and_other_numbers_are_no_times(dataset) -> None:
    time = np.repeat([1, 2, 3], 100)
    y = SLOPE * time + np.arange(300) % 7.0
    (finding,) = CHECK.findings_of(_by_time(dataset, time, y, test=[1, 2], name="wave"))
    assert finding.variable == "wave"
    # The date of the outcome may have any name, but then its numbers have to be years.
    evidence = _by_time(dataset, time, y, test=[1, 2], name="t0")
    dated = replace(evidence, task=evidence.task.but(measured_on="t0"))
    with pytest.raises(NotApplicable, match="No variable says when"):
        CHECK.findings_of(dated)


def test_names_of_seasons_have_no_order(dataset) -> None:
    y = SLOPE * np.repeat([1, 2, 3], 100) + np.arange(300) % 7.0
    evidence = _by_time(dataset, np.arange(300), y, name="born")
    quarter = np.array(["spring", "summer"])[np.arange(400) % 2]
    data = dataset(**dict(evidence.dataset.frame.assign(quarter=quarter)))
    with pytest.raises(NotApplicable, match="No variable says when"):
        CHECK.findings_of(replace(evidence, dataset=data))


def test_the_variable_that_the_split_names_comes_first(dataset) -> None:
    time = np.repeat([2000, 2001], 100)
    y = SLOPE * time + np.arange(200) % 7.0
    evidence = _by_time(dataset, time, y, born=np.r_[time, [2000] * 100])
    assert CHECK.findings_of(evidence)[0].variable == "year"
    by_born = SplitSpec(method=SplitMethod.COLUMN, by="born", test_values=("2000",))
    assert CHECK.findings_of(replace(evidence, split=by_born))[0].variable == "born"


def test_an_outcome_with_the_name_of_a_time_is_none(dataset) -> None:
    year = np.tile([2000, 2001, 2002], 100)
    data = dataset(year=year, x=np.arange(300))
    parts = {Part.TRAINING: np.arange(200), Part.TEST: np.arange(200, 300)}
    task = Task(target="year", features=("x",), kind=Kind.REGRESSION)
    with pytest.raises(NotApplicable, match="No variable says when"):
        CHECK.findings_of(Evidence(data, task, SplitSpec(), parts, 0))


def test_a_published_test_part_stays_as_it_is(survey, findings_of) -> None:
    data = replace(
        survey(rows=2000, year=WAVE, voted=DRIFTING), official_test=np.arange(1600, 2000)
    )
    split = SplitSpec(method=SplitMethod.OFFICIAL)
    with pytest.raises(NotApplicable, match="published"):
        findings_of(CHECK, data, features=FEATURES, split=split)


def test_twenty_times_are_not_put_together(dataset) -> None:
    # Quantiles would put the rare ones together.
    time = np.r_[np.zeros(362), np.repeat(np.arange(1.0, 20), 2)]
    y = np.random.default_rng(9).normal(size=20)[time.astype(int)] + np.tile([0.0, 0.01], 200)
    drift = _drift(_by_time(dataset, time, y), time)
    assert drift == pytest.approx(_between(time.astype(int), y))
    assert drift > 0.9
