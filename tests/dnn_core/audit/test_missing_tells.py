"""Questions that were asked because of the outcome, and answers that are just missing."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score, roc_auc_score

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.audit.missing_tells import CHECK
from dnn_core.specs import Kind


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
