"""Questions that were asked because of the outcome, and answers that are just missing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, pearsonr
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score, roc_auc_score
from statsmodels.stats.proportion import confint_proportions_2indep

from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.audit.missing_tells import CHECK, _of_quantity, _Told
from dnn_core.specs import Kind, Part, SplitSpec, Task


def asked_only(data, where: np.ndarray, share: float = 1.0) -> np.ndarray:
    """Minutes of waiting, asked where `where` is true, of a share of them."""
    rng = np.random.default_rng(0)
    wait = rng.gamma(2, 5, len(data)).round()
    return np.where(where & (rng.random(len(data)) < share), wait, np.nan)


def test_it_fires_at_a_question_for_voters_only(survey, findings_of) -> None:
    voted = (survey().frame["voted"] == "yes").to_numpy()
    data = survey(wait=asked_only(survey(), voted, 0.95))
    (finding,) = findings_of(CHECK, data)
    assert (finding.code, finding.variable) == ("missing_tells", "wait")
    assert finding.severity is Severity.PROBLEM
    # Of voters 95 % have an answer, of others none: (1 + 0.95) / 2.
    assert finding.numbers["value"] == pytest.approx(0.975, abs=0.01)
    assert finding.numbers["low"] < finding.numbers["value"] < finding.numbers["high"]


def test_the_figure_is_that_of_scikit_learn(survey, findings_of) -> None:
    voted = (survey().frame["voted"] == "yes").to_numpy()
    data = survey(wait=asked_only(survey(), voted, 0.7))
    (finding,) = findings_of(CHECK, data, folds=5)
    from dnn_core.data.split.row_split import split_rows
    from dnn_core.specs import SplitMethod, SplitSpec, Task

    task = Task(target="voted", features=("wait",))
    rows = split_rows(data, task, SplitSpec(method=SplitMethod.RANDOM), 5)["training"]
    frame = data.frame.iloc[rows]
    expected = roc_auc_score(frame["voted"] == "yes", frame["wait"].notna())
    assert finding.numbers["value"] == pytest.approx(expected, abs=1e-12)


def test_of_several_categories_one_is_enough(survey, findings_of) -> None:
    left = (survey().frame["party"] == "left").to_numpy()
    (finding,) = findings_of(CHECK, survey(wait=asked_only(survey(), left)), "party")
    assert finding.reason == (
        "The answer is missing for 0.0% of “left” and for 100.0% of all others."
    )


def test_a_quantity_is_told_by_its_variance(survey, findings_of) -> None:
    rich = (survey().frame["income"] > 1100).to_numpy()
    data = survey(wait=asked_only(survey(), rich))
    (finding,) = findings_of(CHECK, data, "income", kind=Kind.REGRESSION, folds=5)
    from dnn_core.data.split.row_split import split_rows
    from dnn_core.specs import SplitMethod, SplitSpec, Task

    task = Task(target="income", features=("wait",), kind=Kind.REGRESSION)
    rows = split_rows(data, task, SplitSpec(method=SplitMethod.RANDOM), 5)["training"]
    frame = data.frame.iloc[rows]
    marker = frame[["wait"]].isna().to_numpy(dtype=float)
    fitted = LinearRegression().fit(marker, frame["income"]).predict(marker)
    assert finding.numbers["value"] == pytest.approx(r2_score(frame["income"], fitted), abs=1e-9)


def test_refusals_that_hang_together_with_the_outcome_are_no_leak(survey, findings_of) -> None:
    rng = np.random.default_rng(1)
    voted = (survey(rows=4000).frame["voted"] == "yes").to_numpy()
    refused = rng.random(4000) < np.where(voted, 0.05, 0.3)
    data = survey(rows=4000, trust=np.where(refused, np.nan, rng.integers(0, 11, 4000)))
    assert findings_of(CHECK, data) == ()


def test_with_few_rows_it_takes_more(survey, findings_of) -> None:
    """A difference of 50 points is sure in 3,000 rows and not in 60."""
    for rows, fires in ((100, False), (5000, True)):
        voted = (survey(rows=rows).frame["voted"] == "yes").to_numpy()
        data = survey(rows=rows, wait=asked_only(survey(rows=rows), voted, 0.5))
        assert bool(findings_of(CHECK, data)) is fires


def test_it_does_not_apply_without_missing_answers(survey, findings_of) -> None:
    with pytest.raises(NotApplicable, match="missing"):
        findings_of(CHECK, survey())


@pytest.mark.parametrize(
    ("metric", "low", "value", "well", "severity"),
    [
        ("AUC", 0.7, 0.9, True, Severity.PROBLEM),
        ("AUC", 0.699, 0.899, False, Severity.WATCH),
        ("R²", 0.26, 0.64, True, Severity.PROBLEM),
        ("R²", 0.259, 0.639, False, Severity.WATCH),
    ],
)
def test_what_is_well_and_what_is_all_but_certain(metric, low, value, well, severity) -> None:
    told = _Told(metric, value, low, 1.0, "It is.")
    assert (told.well, told.severity) == (well, severity)


def _marked(dataset, y, missing, kind=None, others=()):
    """Training rows in which `x` is missing as told, beside other predictors with gaps."""
    x = np.where(missing, np.nan, np.arange(len(missing)) % 7)
    names = {f"x{n}": x for n in range(others)} if others else {}
    data = dataset(y=y, x=x, **names)
    task = Task(target="y", features=("x", *names), kind=kind)
    return Evidence(data, task, SplitSpec(), {Part.TRAINING: np.arange(len(data))}, 0)


@pytest.mark.parametrize("others", [0, 4])
@pytest.mark.parametrize(
    ("ones", "gaps"),
    [
        # Of the ones, of all others, in 200 rows.
        (80, (70, 6)),
        (120, (3, 70)),
        (20, (20, 0)),
    ],
)
def test_the_interval_is_that_of_agresti_and_caffo(dataset, ones, gaps, others) -> None:
    y = np.repeat([1, 0], [ones, 200 - ones])
    missing = np.r_[np.arange(ones) < gaps[0], np.arange(200 - ones) < gaps[1]]
    found = CHECK.findings_of(_marked(dataset, y, missing, Kind.BINARY, others))
    # Simultaneous for each predictor with gaps and both categories.
    low, high = confint_proportions_2indep(
        *(gaps[0], ones, gaps[1], 200 - ones),
        method="agresti-caffo",
        compare="diff",
        alpha=0.05 / (2 * (1 + others)),
    )
    low, high = sorted((abs(low), abs(high)))
    assert len(found) == 1 + others
    for finding in found:
        assert finding.numbers["value"] == pytest.approx(
            0.5 + abs(gaps[0] / ones - gaps[1] / (200 - ones)) / 2
        )
        assert finding.numbers["low"] == pytest.approx(0.5 + low / 2)
        assert finding.numbers["high"] == pytest.approx(min(1.0, 0.5 + high / 2))


def test_an_auc_is_one_at_most(dataset) -> None:
    y = np.repeat([1, 0], 20)
    (finding,) = CHECK.findings_of(_marked(dataset, y, y == 1, Kind.BINARY))
    assert (finding.numbers["value"], finding.numbers["high"]) == (1.0, 1.0)


def test_of_two_categories_the_first_is_spoken_of(dataset) -> None:
    y = np.repeat(["no", "yes"], 100)
    (finding,) = CHECK.findings_of(_marked(dataset, y, np.arange(200) < 90, Kind.BINARY))
    assert finding.reason == ("The answer is missing for 90.0% of “no” and for 0.0% of all others.")


def test_of_three_categories_the_best_told(dataset) -> None:
    y = np.repeat(["a", "b", "c"], 100)
    missing = np.r_[np.arange(100) < 10, np.arange(100) < 95, np.arange(100) < 20]
    (finding,) = CHECK.findings_of(_marked(dataset, y, missing, Kind.MULTICLASS))
    assert "95.0% of “b” and for 15.0% of all others" in finding.reason
    low, _ = confint_proportions_2indep(
        95, 100, 30, 200, method="agresti-caffo", compare="diff", alpha=0.05 / 3
    )
    assert finding.numbers["low"] == pytest.approx(0.5 + low / 2)


@pytest.mark.parametrize(
    ("gaps", "applies"), [(9, False), (10, True), (190, True), (191, False), (200, False)]
)
def test_ten_rows_with_and_ten_without_an_answer(dataset, gaps, applies) -> None:
    evidence = _marked(dataset, np.arange(200) % 2, np.arange(200) < gaps, Kind.BINARY)
    if applies:
        assert CHECK.findings_of(evidence) == ()
    else:
        with pytest.raises(NotApplicable, match="No predictor has missing answers"):
            CHECK.findings_of(evidence)


@pytest.mark.parametrize("rare", [9, 10])
def test_ten_rows_of_a_category(dataset, rare) -> None:
    y = np.repeat(["rare", "a"], [rare, 200 - rare])
    # Beyond the rare ones a few are missing.
    evidence = _marked(dataset, y, np.arange(200) < rare + 1, Kind.BINARY)
    assert len(CHECK.findings_of(evidence)) == (rare >= 10)


QUANTITY = np.random.default_rng(3).normal(size=200)


@pytest.mark.parametrize("scale", [0.6, 0.8, 3.0])
@pytest.mark.parametrize("others", [0, 4])
def test_the_interval_of_a_quantity_is_that_of_fisher(dataset, scale, others) -> None:
    missing = QUANTITY + np.random.default_rng(4).normal(0, scale, 200) < 0
    level = 1 - 0.05 / (1 + others)
    result = pearsonr(missing.astype(float), QUANTITY)
    ends = sorted(abs(end) for end in result.confidence_interval(level))
    found = CHECK.findings_of(_marked(dataset, QUANTITY, missing, Kind.REGRESSION, others))
    assert len(found) == (1 + others if ends[0] ** 2 >= 0.26 else 0)
    told = _of_quantity(
        _marked(dataset, QUANTITY, missing, Kind.REGRESSION), missing, norm.isf((1 - level) / 2)
    )
    figures = (told.value, told.low, told.high)
    assert figures == pytest.approx((result.statistic**2, ends[0] ** 2, ends[1] ** 2))
    for finding in found:
        numbers = (finding.numbers["value"], finding.numbers["low"], finding.numbers["high"])
        assert numbers == pytest.approx(figures)


def test_a_quantity_that_is_told_for_certain_or_not_at_all(dataset) -> None:
    y = np.repeat([0.0, 2.0], 100)
    (finding,) = CHECK.findings_of(_marked(dataset, y, y == 2.0, Kind.REGRESSION))
    assert finding.numbers["value"] == pytest.approx(1.0)
    assert 0.999 < finding.numbers["low"] <= finding.numbers["high"] <= 1.0
    unrelated = np.arange(200) % 2 == 0
    evidence = _marked(dataset, y, unrelated, Kind.REGRESSION)
    assert _of_quantity(evidence, unrelated, 1.96).low == 0.0
    assert CHECK.findings_of(evidence) == ()


def test_a_constant_quantity_cannot_be_told(dataset) -> None:
    evidence = _marked(dataset, np.full(200, 7.0), np.arange(200) < 50, Kind.REGRESSION)
    assert CHECK.findings_of(evidence) == ()
