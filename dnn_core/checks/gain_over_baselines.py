"""Is the network worth it beside simpler models?"""

from __future__ import annotations

from dnn_core.checks.evidence import facts, judged_part, metric_words
from dnn_core.checks.finding import Check, Finding, Severity
from dnn_core.checks.ladder import Standing, standing_of
from dnn_core.checks.wording import difference
from dnn_core.runs.run import Run


def judge(run: Run) -> tuple[Finding, ...]:
    """Compare with every rung of the ladder; see `dnn_core.checks.ladder` for what is claimed."""
    facts(run)
    standing = standing_of(run)
    name = standing.against.words
    match standing.verdict:
        case "better":
            code, severity, title, reason = _better(standing)
            try_text = ""
        case "worse":
            code, severity = "loss", Severity.PROBLEM
            title = f"It does worse than {name}."
            reason = "The whole interval lies below zero."
            try_text = "change the network, or report the other model"
        case _:
            code, severity = "no_clear_gain", Severity.WATCH
            title = f"It is not distinguishable from {name}."
            reason = "The interval includes zero."
            try_text = "train again with another seed, or report the simpler model"
    found = standing.against.gain
    figure, note = difference(found.value, found.low, found.high)
    return (
        Finding(
            code=code,
            severity=severity,
            title=title,
            reason=reason,
            figure=figure,
            figure_note=note,
            measured=f"difference in {metric_words(run)} from {name}, {judged_part(run)}",
            try_text=try_text,
            try_page=None if severity is Severity.GOOD else "network",
            numbers={"gain": found.value, "low": found.low, "high": found.high},
        ),
    )


def _better(standing: Standing) -> tuple[str, Severity, str, str]:
    if len(standing.rungs) == 1:
        title = f"It beats {standing.against.words}."
        return "gain", Severity.GOOD, title, "The whole interval lies above zero."
    reason = f"All intervals lie above zero; {standing.against.words} comes closest."
    return "gain", Severity.GOOD, "It beats every simpler model.", reason


CHECK = Check("gain_over_baselines", "Is the network worth it?", judge)
