"""Would more cases help?"""

from __future__ import annotations

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import main_metric_of
from dnn_core.checks.other_rows import resampled_of
from dnn_core.runs.run import Run
from dnn_core.wording import difference


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report a gain from the second half of the training cases."""
    resampled = resampled_of(run)
    estimate = resampled.last_doubling()
    if estimate is None:
        raise NotApplicable("The number of cases was not varied.")
    if not estimate.low > 0:
        return ()
    figure, note = difference(estimate.value, estimate.low, estimate.high)
    return (
        Finding(
            code="more_cases",
            severity=Severity.WATCH,
            title="More cases would probably help.",
            reason="With half of the training cases it performs demonstrably worse.",
            figure=figure,
            figure_note=note,
            measured=f"{main_metric_of(run).title} by the last doubling, cross-validation",
            try_text="gather more cases, or pool waves",
            try_page="data",
            numbers={"gain": estimate.value, "low": estimate.low, "high": estimate.high},
        ),
    )


CHECK = Check("more_cases", "Are there enough cases to learn from?", findings_of)
