"""Does the network beat simpler models?"""

from __future__ import annotations

from dnn_core.analyses.resampling_result import Resampled
from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.baseline_comparison import Standing, standing_of
from dnn_core.checks.evidence import evaluated_part, facts, metric_words, torn
from dnn_core.runs.run import Run
from dnn_core.wording import difference


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Compare with every baseline; for what is claimed see `checks.baseline_comparison`."""
    facts(run)
    standing = standing_of(run)
    name = standing.against.words
    try_text, try_page = "", None
    match standing.verdict:
        case "better" if torn(run):
            raise NotApplicable(
                "Training and evaluation rows share clusters, which favours models that "
                "recognise clusters. Beating simpler models is therefore no evidence."
            )
        case "better":
            code, severity, title, reason = _better(standing)
        case "worse":
            code, severity = "loss", Severity.PROBLEM
            title = f"It does worse than {name}."
            reason = "The whole interval lies below zero."
            try_text, try_page = "change the network, or use the other model", "network"
        case _:
            code, severity = "no_clear_gain", Severity.WATCH
            title = f"It is not distinguishable from {name}."
            reason = "The interval includes zero."
            try_text, try_page = _ask(run)
    estimate = standing.against.gain
    figure, note = difference(estimate.value, estimate.low, estimate.high)
    return (
        Finding(
            code=code,
            severity=severity,
            title=title,
            reason=reason,
            figure=figure,
            figure_note=note,
            measured=f"difference in {metric_words(run)} from {name}, {evaluated_part(run)}",
            try_text=try_text,
            try_page=try_page,
            numbers={"gain": estimate.value, "low": estimate.low, "high": estimate.high},
        ),
    )


def _ask(run: Run) -> tuple[str, str]:
    """Advice for a difference that is not significant: estimate the variation.

    Trying seeds until one wins is selection by the result, so it is never advised.
    """
    if Resampled.of(run) is None:
        return (
            "ask how robust it is, which trains it on other rows and with other seeds",
            "diagnose",
        )
    return "rely on the results for other rows and seeds, or gather more cases", "diagnose"


def _better(standing: Standing) -> tuple[str, Severity, str, str]:
    if len(standing.baselines) == 1:
        title = f"It beats {standing.against.words}."
        return "gain", Severity.GOOD, title, "The whole interval lies above zero."
    reason = f"All intervals lie above zero; {standing.against.words} comes closest."
    return "gain", Severity.GOOD, "It beats every simpler model.", reason


CHECK = Check("gain_over_baselines", "Is the network worth it?", findings_of)
