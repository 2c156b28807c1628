"""Is a predictor a recoding of the outcome?"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata
from sklearn.tree import DecisionTreeClassifier

from dnn_core.audit.alone import tell_alone
from dnn_core.audit.check import Check
from dnn_core.audit.evidence import FEWEST_ROWS, Column, Evidence, require_columns
from dnn_core.audit.finding import Finding, Severity

SLIPS = 0.005
"""A recoding is a rule without exceptions; one row in 200 may be a typing error."""

SAME = 0.999
"""A correlation that only rounding keeps from 1."""

CANDIDATE = {"AUC": 0.95, "share of errors avoided": 0.9}
"""Only a quantity that tells this much alone can have been cut into the outcome."""

LEAST_OF_BANDS = 0.5
"""Share of the variance of ranks; two bands with a quarter of the rows and more tell 0.56."""

MOST_CATEGORIES = 50
ROWS_A_CATEGORY = 10
"""With fewer rows a category is pure by chance."""

RAREST = 0.02
"""Share of the smaller part below which a coarse category follows from anything."""


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Report each predictor from which the outcome follows by a rule, or that follows from it."""
    require_columns(evidence)
    findings = []
    for name in evidence.predictors:
        column = evidence.column(name)
        if column.answered.sum() < FEWEST_ROWS or column.distinct < 2:
            continue
        outcome = evidence.outcome[column.answered]
        if len(np.unique(outcome)) < 2:
            continue
        values = column.values[column.answered]
        if evidence.is_quantity:
            rule = _rule_of_quantity(evidence, column, values, outcome)
        else:
            rule = _rule_of_categories(evidence, name, column, values, outcome)
        if rule is not None:
            findings.append(_finding(evidence, name, len(outcome), *rule))
    return tuple(findings)


Rule = tuple[str, str, float]
"""The rule as a clause, what its figure is, and the figure."""


def _rule_of_quantity(
    evidence: Evidence, column: Column, values: np.ndarray, outcome: np.ndarray
) -> Rule | None:
    ranks = rankdata(outcome)
    if not column.categories:
        linear = _correlation(values, outcome)
        if abs(linear) >= SAME:
            return "one is a linear function of the other", "correlation", linear
        monotone = _correlation(rankdata(values), ranks)
        if abs(monotone) >= SAME:
            return "one always rises or falls with the other", "rank correlation", monotone
    if column.distinct > min(MOST_CATEGORIES, len(values) / ROWS_A_CATEGORY):
        return None
    groups = np.unique(values, return_inverse=True)[1]
    means = np.bincount(groups, ranks) / np.bincount(groups)
    if np.var(means[groups]) < LEAST_OF_BANDS * np.var(ranks):
        return None
    right = _follows(outcome, groups, column.distinct)
    if right < 1 - SLIPS:
        return None
    target = evidence.task.target
    same = len(np.unique(outcome)) <= column.distinct
    rule = f"each value of “{target}” is a category" if same else f"it is “{target}” in bands"
    return rule, "share of rows", right


def _rule_of_categories(
    evidence: Evidence, name: str, column: Column, values: np.ndarray, outcome: np.ndarray
) -> Rule | None:
    target = evidence.task.target
    classes = len(np.unique(outcome))
    if not column.categories and column.distinct > MOST_CATEGORIES:
        if len(values) < ROWS_A_CATEGORY * 2 * classes:
            return None
        alone = tell_alone(evidence, name)
        if alone is None or alone.value < CANDIDATE[alone.metric]:
            return None
        right = _follows(values, outcome, 2 * classes)
        rule = f"“{target}” follows from where its value lies"
        return (rule, "share of rows", right) if right >= 1 - SLIPS else None
    if column.distinct > min(MOST_CATEGORIES, len(values) / ROWS_A_CATEGORY):
        return None
    table = _table(values, outcome)
    to_outcome = table.max(axis=1).sum() / table.sum()
    to_column = table.max(axis=0).sum() / table.sum()
    base = 1 - table.sum(axis=0).max() / table.sum()
    spread = 1 - table.sum(axis=1).max() / table.sum()
    if to_outcome >= 1 - SLIPS and base >= RAREST:
        one = to_column >= 1 - SLIPS
        rule = (
            "each category of one is a category of the other"
            if one
            else (f"each of its categories is one of “{target}”")
        )
        return rule, "share of rows", float(to_outcome)
    if to_column >= 1 - SLIPS and spread >= RAREST:
        return f"each category of “{target}” is one of its own", "share of rows", float(to_column)
    return None


def _follows(given: np.ndarray, groups: np.ndarray, most: int) -> float:
    """Share of rows whose group so few cuts of a quantity tell; 0 where nearly all are in one.

    Cuts are far fewer than rows, so they need no separate rows for evaluation.
    """
    if 1 - np.bincount(groups).max() / len(groups) < RAREST:
        return 0.0
    tree = DecisionTreeClassifier(max_leaf_nodes=most)
    told = tree.fit(given[:, None], groups).predict(given[:, None])
    return float((told == groups).mean())


def _table(values: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Rows by answer and category of the outcome, shape (answers, categories)."""
    answers = np.unique(values, return_inverse=True)[1]
    classes = int(outcome.max()) + 1
    counts = np.bincount(answers * classes + outcome, minlength=(answers.max() + 1) * classes)
    return counts.reshape(-1, classes)


def _correlation(left: np.ndarray, right: np.ndarray) -> float:
    return float(np.corrcoef(left, right)[0, 1])


def _finding(
    evidence: Evidence, name: str, cases: int, rule: str, measure: str, value: float
) -> Finding:
    return Finding(
        code="recodes_outcome",
        severity=Severity.PROBLEM,
        title=f"“{name}” is a recoding of “{evidence.task.target}”.",
        reason=f"Where both are answered, {rule}.",
        figure=f"{value:.3f}".replace("-", "\N{MINUS SIGN}"),
        figure_note=f"in {cases:,} cases",
        measured=f"{measure}, training",
        try_text="leave it out, unless it is known when you predict",
        try_page="variables",
        numbers={"value": value, "cases": cases},
        variable=name,
    )


CHECK = Check("recodes_outcome", "Is a predictor a recoding of the outcome?", findings_of)
