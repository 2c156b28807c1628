"""Is the rarest category found?"""

from __future__ import annotations

from scipy.stats import binomtest

from dnn_core.checks.evidence import as_if_equal, facts, judged_part, part_predictions
from dnn_core.checks.finding import Check, Finding, NotApplicable, Severity
from dnn_core.checks.wording import interval, number, quoted
from dnn_core.runs.run import Facts, Run
from dnn_core.specs import Kind

RARE = 0.8
"""A category is rare below this share of what equal categories would have. For two
categories this is 40 %, from where imbalance is commonly called mild (Google,
Machine Learning Crash Course, imbalanced data sets)."""

FEWEST_CASES = 10
"""With fewer cases a Wilson interval is more than half the scale wide."""

FEW_FOUND = 0.5
"""Below this more cases of the category are missed than found."""

HARDLY_FOUND = 0.25
"""With the whole interval below this, at most one case in four is found."""


def judge(run: Run) -> tuple[Finding, ...]:
    """Fire when more of the rarest category is missed than found, and more than of the others."""
    known = facts(run)
    if known.coding.kind is Kind.REGRESSION:
        raise NotApplicable("The outcome is a quantity and has no categories.")
    counts = known.class_counts["training"]
    label = rarest(known)
    if counts[label] / sum(counts.values()) >= RARE / len(counts):
        raise NotApplicable("No category is rare.")
    part = judged_part(run)
    table = part_predictions(run, part)
    if table["predicted"].nunique() == 1:
        raise NotApplicable("All cases are put into the same category, which is told on its own.")
    rare = table["observed"] == label
    right = table["observed"] == table["predicted"]
    cases, found = int(rare.sum()), int((rare & right).sum())
    if cases < FEWEST_CASES:
        raise NotApplicable(f"The {part} part has only {cases} cases of {quoted(label)}.")
    recall = found / cases
    bounds = binomtest(found, cases).proportion_ci(method="wilson")
    elsewhere = float(right[~rare].mean())
    if recall >= FEW_FOUND or bounds.high >= elsewhere:
        return ()
    hardly = bounds.high < HARDLY_FOUND
    at = "At a threshold of 0.5 the" if known.coding.kind is Kind.BINARY else "The"
    return (
        Finding(
            code="rare_category",
            severity=Severity.PROBLEM if hardly else Severity.WATCH,
            title=f"{'Hardly any' if hardly else 'Few'} cases of {quoted(label)} are found.",
            reason=f"{at} network recognises {found:,} of {cases:,}.",
            figure=number(recall),
            figure_note=interval(bounds.low, bounds.high),
            measured=f"share found of {quoted(label)}, {part}{as_if_equal(run)}",
            **_try(run, known.coding.kind),
            numbers={
                "recall": recall,
                "low": float(bounds.low),
                "high": float(bounds.high),
                "cases": cases,
                "found": found,
            },
        ),
    )


def rarest(known: Facts) -> str:
    """Label of the category with the fewest training cases."""
    counts = known.class_counts["training"]
    return min(counts, key=lambda label: counts[label])


def _try(run: Run, kind: Kind) -> dict[str, str]:
    otherwise = "move the threshold" if kind is Kind.BINARY else "merge it with another category"
    if run.experiment.training.class_weights:
        return {"try_text": f"gather more cases of it, or {otherwise}", "try_page": "data"}
    return {"try_text": f"weight the classes, or {otherwise}", "try_page": "network"}


CHECK = Check("rare_category", "Is the rarest category found?", judge)
