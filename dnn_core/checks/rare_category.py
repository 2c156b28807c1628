"""Is the rarest category recognised?"""

from __future__ import annotations

import numpy as np

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import (
    as_if_independent,
    evaluated_part,
    facts,
    part_predictions,
    weights_of,
)
from dnn_core.evaluation.inference.design_effect import effective_cases, wilson_interval
from dnn_core.runs.records import Facts
from dnn_core.runs.run import Run
from dnn_core.specs import Kind, Part
from dnn_core.wording import interval, number, plural, quoted

RARE = 0.8
"""A category is rare below this share of what equal categories would have. For two
categories this is 40 %, from where imbalance is commonly called mild (Google,
Machine Learning Crash Course, imbalanced data sets)."""

FEWEST_CASES = 10
"""With fewer cases a Wilson interval is more than half the scale wide."""

FEW_FOUND = 0.5
"""Below this more cases of the category are missed than recognised."""

HARDLY_FOUND = 0.25
"""With the whole interval below this, at most one case in four is recognised."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report a rarest category that is more often missed than recognised, and than the others."""
    known = facts(run)
    if known.coding.kind.numeric:
        raise NotApplicable("The outcome is a quantity and has no categories.")
    counts = known.class_counts[Part.TRAINING]
    label = rarest(known)
    if counts[label] / sum(counts.values()) >= RARE / len(counts):
        raise NotApplicable("No category is rare.")
    part = evaluated_part(run)
    table = part_predictions(run, part)
    if table["predicted"].nunique() == 1:
        raise NotApplicable(
            "All cases are put into the same category; another verdict reports this."
        )
    rare = table["observed"] == label
    right = table["observed"] == table["predicted"]
    cases, recognised = int(rare.sum()), int((rare & right).sum())
    if cases < FEWEST_CASES:
        raise NotApplicable(f"The {part} part has only {plural(cases, 'case')} of {quoted(label)}.")
    weight = weights_of(table)
    if not (weight[rare].any() and weight[~rare].any()):
        raise NotApplicable("The cases of a category have no weight.")
    recall = float(np.average(right[rare], weights=weight[rare]))
    worth = effective_cases(weight[rare])
    low, high = wilson_interval(recall * worth, worth)
    elsewhere = float(np.average(right[~rare], weights=weight[~rare]))
    if recall >= FEW_FOUND or high >= elsewhere:
        return ()
    hardly = high < HARDLY_FOUND
    at = "At a threshold of 0.5 the" if known.coding.kind is Kind.BINARY else "The"
    return (
        Finding(
            code="rare_category",
            severity=Severity.PROBLEM if hardly else Severity.WATCH,
            title=f"{'Hardly any' if hardly else 'Few'} cases of {quoted(label)} are recognised.",
            reason=f"{at} network recognises {recognised:,} of {cases:,}.",
            figure=number(recall),
            figure_note=interval(low, high),
            measured=f"share of {quoted(label)} recognised, {part}{as_if_independent(run)}",
            **_try(run, known.coding.kind),
            numbers={
                "recall": recall,
                "low": low,
                "high": high,
                "cases": cases,
                "found": recognised,
            },
        ),
    )


def rarest(known: Facts) -> str:
    """Label of the category with the fewest training cases."""
    counts = known.class_counts[Part.TRAINING]
    return min(counts, key=lambda label: counts[label])


def _try(run: Run, kind: Kind) -> dict[str, str]:
    otherwise = "move the threshold" if kind is Kind.BINARY else "merge it with another category"
    if run.experiment.training.class_weights:
        return {"try_text": f"gather more cases of it, or {otherwise}", "try_page": "data"}
    return {"try_text": f"weight the classes, or {otherwise}", "try_page": "network"}


CHECK = Check("rare_category", "Is the rarest category recognised?", findings_of)
