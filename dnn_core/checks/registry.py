"""The list of all checks, and running them."""

from __future__ import annotations

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable
from dnn_core.checks import (
    calibration,
    cases_per_parameter,
    constant_predictions,
    convergence,
    design_effect,
    divergence,
    gain_over_baselines,
    generalisation,
    leakage,
    learning_rate_schedule,
    more_cases,
    other_rows,
    over_fitting,
    part_size,
    rare_category,
    seed_luck,
    settings,
    under_fitting,
)
from dnn_core.runs.run import Run

CHECKS: tuple[Check[Run], ...] = (
    divergence.CHECK,
    constant_predictions.CHECK,
    leakage.CHECK,
    under_fitting.CHECK,
    gain_over_baselines.CHECK,
    other_rows.CHECK,
    seed_luck.CHECK,
    rare_category.CHECK,
    over_fitting.CHECK,
    generalisation.CHECK,
    convergence.CHECK,
    calibration.CHECK,
    part_size.CHECK,
    more_cases.CHECK,
    design_effect.CHECK,
    cases_per_parameter.CHECK,
    settings.CHECK,
    learning_rate_schedule.CHECK,
)
"""In the order in which findings of the same severity are shown."""


def run_checks(run: Run) -> tuple[list[Finding], list[tuple[str, str]]]:
    """Run all checks on a run that has ended.

    Parameters
    ----------
    run : Run
        In any state; while it waits or trains no check applies.

    Returns
    -------
    findings : list of Finding
        Worst first.
    not_applicable : list of (str, str)
        Code of each check that does not apply, and the reason as a sentence. A
        check in neither list has nothing to report.
    """
    if run.status.active:
        return [], [(check.code, "Training has not ended yet.") for check in CHECKS]
    findings: list[Finding] = []
    not_applicable: list[tuple[str, str]] = []
    for check in CHECKS:
        try:
            findings += check.findings_of(run)
        except NotApplicable as outcome:
            not_applicable.append((check.code, outcome.reason))
    return sorted(findings, key=lambda finding: finding.severity.rank), not_applicable
