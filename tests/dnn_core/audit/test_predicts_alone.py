"""A predictor that tells nearly everything, and what is only a good predictor."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from dnn_core.audit.alone import Alone, tell_alone
from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.audit.predicts_alone import CHECK
from dnn_core.data.split.row_split import split_rows
from dnn_core.specs import Kind, SplitSpec, Task


def noisy_copy(data, target: str, noise: float, seed: int = 1) -> np.ndarray:
    """The outcome's own answers, some of them drawn anew."""
    rng = np.random.default_rng(seed)
    answers = data.frame[target].to_numpy().copy()
    changed = rng.random(len(answers)) < noise
    answers[changed] = rng.permutation(answers)[changed]
    return answers


@pytest.mark.parametrize("target", ["voted", "party"])
def test_it_fires_at_a_category_with_few_exceptions(survey, findings_of, target) -> None:
    data = survey(rows=3000)
    data.frame["later"] = noisy_copy(data, target, 0.03)
    data = survey(rows=3000, later=data.frame["later"])
    (finding,) = findings_of(CHECK, data, target)
    assert (finding.code, finding.variable) == ("predicts_alone", "later")
    assert finding.numbers["cases"] == 1800


def test_it_fires_at_a_quantity_made_of_the_outcome(survey, findings_of) -> None:
    data = survey(rows=3000)
    rng = np.random.default_rng(2)
    taxes = data.frame["income"] * rng.normal(0.3, 0.01, 3000)
    data = survey(rows=3000, taxes=taxes)
    (finding,) = findings_of(CHECK, data, "income", kind=Kind.REGRESSION)
    assert finding.variable == "taxes"
    assert finding.measured == "R² of it alone, training"


def test_a_curve_that_turns_is_found_as_well(survey, findings_of) -> None:
    # Of x and its square neither rises with the other throughout.
    x = np.random.default_rng(3).normal(size=3000)
    data = survey(rows=3000, income=x**2, x=x)
    (finding,) = findings_of(CHECK, data, "income", kind=Kind.REGRESSION)
    assert (finding.variable, finding.severity) == ("x", Severity.WATCH)
    assert 0.9 < finding.numbers["value"] < 0.975


def test_a_good_predictor_is_no_leak(survey, findings_of) -> None:
    # Two normal groups 2.1 standard deviations apart: AUC is Φ(2.1 / √2) = 0.931.
    data = survey(rows=4000)
    rng = np.random.default_rng(4)
    scale = 2.1 * (data.frame["voted"] == "yes") + rng.normal(size=4000)
    data = survey(rows=4000, scale=scale)
    assert findings_of(CHECK, data) == ()


def test_its_figure_is_that_of_scikit_learn(survey) -> None:
    data = survey(rows=6000)
    rng = np.random.default_rng(5)
    scale = 1.5 * (data.frame["voted"] == "yes") + rng.normal(size=6000)
    data = survey(rows=6000, scale=scale)
    task, split = Task(target="voted", features=("scale",)), SplitSpec()
    evidence = Evidence(data, task, split, split_rows(data, task, split, 5), 5)
    alone = tell_alone(evidence, "scale")
    assert alone is not None
    # Bins lose next to nothing of the order.
    whole = roc_auc_score(evidence.outcome, evidence.column("scale").values)
    assert alone.value == pytest.approx(whole, abs=0.01)
    assert whole == pytest.approx(norm.cdf(1.5 / np.sqrt(2)), abs=0.01)


def test_a_category_of_ones_own_for_each_row_tells_nothing(survey, findings_of) -> None:
    data = survey(name=[f"n{i}" for i in range(1000)])
    assert findings_of(CHECK, data, features=("name",)) == ()


def test_outcomes_of_the_test_part_are_not_looked_at(survey, findings_of) -> None:
    """Whatever the outcome is there, the findings are the same."""
    data = survey(rows=3000)
    data = survey(rows=3000, later=noisy_copy(data, "voted", 0.03))
    task = Task(target="voted", features=("later", "age"))
    parts = split_rows(data, task, SplitSpec())
    before = CHECK.findings_of(Evidence(data, task, SplitSpec(), parts, 0))
    data.frame.loc[parts["test"], "voted"] = "no"
    assert before == CHECK.findings_of(Evidence(data, task, SplitSpec(), parts, 0)) != ()


def test_it_does_not_apply_to_images_and_few_rows(survey, images) -> None:
    task = Task(target="digit", features=("image",))
    parts = split_rows(images, task, SplitSpec())
    with pytest.raises(NotApplicable, match="pixels"):
        CHECK.findings_of(Evidence(images, task, SplitSpec(), parts, 0))
    reduced = survey(rows=60)
    task = Task(target="voted", features=("age",))
    parts = split_rows(reduced, task, SplitSpec())
    with pytest.raises(NotApplicable, match="40 training rows"):
        CHECK.findings_of(Evidence(reduced, task, SplitSpec(), parts, 0))


@pytest.mark.parametrize(
    ("metric", "value", "severity"),
    [
        ("AUC", 0.9624, None),
        ("AUC", 0.9625, Severity.WATCH),
        ("AUC", 0.9874, Severity.WATCH),
        ("AUC", 0.9875, Severity.PROBLEM),
        ("share of errors avoided", 0.899, None),
        ("share of errors avoided", 0.9, Severity.WATCH),
        ("share of errors avoided", 0.974, Severity.WATCH),
        ("share of errors avoided", 0.975, Severity.PROBLEM),
        ("R²", 0.899, None),
        ("R²", 0.9, Severity.WATCH),
        ("R²", 0.974, Severity.WATCH),
        ("R²", 0.975, Severity.PROBLEM),
    ],
)
def test_nearly_perfect_and_perfect_begin_at_their_limits(survey, metric, value, severity) -> None:
    data, task = survey(rows=200), Task(target="voted", features=("age", "school"))
    known = {"age": Alone(metric, value, 120), "school": None}
    evidence = Evidence(data, task, SplitSpec(), split_rows(data, task, SplitSpec()), 0, known)
    found = CHECK.findings_of(evidence)
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert [finding.numbers for finding in found] == [{"value": value, "cases": 120}] * len(found)
