"""What do the weights cost in precision?"""

from __future__ import annotations

import numpy as np

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import evaluated_part, part_predictions, weights_of
from dnn_core.evaluation.inference.design_effect import design_effect
from dnn_core.runs.run import Run
from dnn_core.wording import number

LARGE = 2.0
"""Half of the cases are lost to unequal weights. Surveys are planned with a design
effect of about 2 for clusters and weights together (United Nations 2005, Designing
Household Survey Samples: Practical Guidelines, chapter 3), so that weights that
take all of it are more than a survey is planned for."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report evaluated cases whose effective number is less than half of their number."""
    if run.experiment.task.weight is None:
        raise NotApplicable("Cases are not weighted.")
    part = evaluated_part(run)
    table = part_predictions(run, part)
    weight = weights_of(table)
    if not weight.any():
        raise NotApplicable(f"All cases of the {part} part have weight 0.")
    effect = design_effect(weight)
    if effect < LARGE:
        return ()
    worth = len(weight) / effect
    tenth = np.sort(weight)[-max(1, round(0.1 * len(weight))) :].sum() / weight.sum()
    return (
        Finding(
            code="design_effect",
            severity=Severity.WATCH,
            title="The weights cost more than half of the cases.",
            reason=f"The {len(weight):,} cases are as precise as {worth:,.0f} of equal weight; "
            f"the tenth with the largest weights accounts for {number(100 * tenth, 0)}% of "
            "their sum.",
            figure=number(effect),
            figure_note=f"{worth:,.0f} of {len(weight):,} cases",
            measured=f"design effect of the weights, {part}",
            try_text="use a trimmed weight, or read the unweighted figures as well",
            try_page="variables",
            numbers={"effect": effect, "worth": worth, "cases": len(weight)},
        ),
    )


CHECK = Check("design_effect", "What do the weights cost in precision?", findings_of)
