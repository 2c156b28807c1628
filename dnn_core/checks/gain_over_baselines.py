"""Is the network worth it beside simpler models?"""

from __future__ import annotations

from dnn_core.checks.evidence import (
    baseline_title,
    chance_baseline,
    facts,
    gain,
    judged_part,
    linear_baseline,
    main_metric_of,
)
from dnn_core.checks.finding import Check, Finding, NotApplicable, Severity
from dnn_core.checks.wording import interval, signed
from dnn_core.evaluation.estimate import Estimate
from dnn_core.runs.run import Run

TRY = {
    Severity.GOOD: "",
    Severity.WATCH: "train again with another seed, or report the simpler model",
    Severity.PROBLEM: "change the network, or report the simpler model",
}


def judge(run: Run) -> tuple[Finding, ...]:
    """Compare with the linear baseline; of the others name those that do better."""
    facts(run)
    if not run.experiment.network.hidden:
        raise NotApplicable("The network is itself linear, so a linear model is no rival to it.")
    linear = linear_baseline(run)
    others = set(run.facts.baselines) - {linear, chance_baseline(run)}
    findings = [_over_linear(run, linear)]
    for name in sorted(others):
        found = gain(run, name, judged_part(run))
        if found.high < 0:
            title = f"{_capital(baseline_title(run, name))} does better."
            findings.append(_finding(run, f"behind_{name}", Severity.WATCH, title, "below", found))
    return tuple(findings)


def _over_linear(run: Run, linear: str) -> Finding:
    found = gain(run, linear, judged_part(run))
    name = baseline_title(run, linear)
    if found.low > 0:
        return _finding(run, "gain", Severity.GOOD, f"It beats {name}.", "above", found)
    if found.high < 0:
        return _finding(
            run, "loss", Severity.PROBLEM, f"It does worse than {name}.", "below", found
        )
    title = (
        f"It beats {name} by too little to tell."
        if found.value > 0
        else f"It does not beat {name}."
    )
    return _finding(run, "no_clear_gain", Severity.WATCH, title, "", found)


def _finding(
    run: Run, code: str, severity: Severity, title: str, side: str, found: Estimate
) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        title=title,
        reason=f"The whole interval lies {side} zero." if side else "The interval includes zero.",
        figure=signed(found.value),
        figure_note=interval(found.low, found.high, 3),
        measured=f"difference in {main_metric_of(run).title}, {judged_part(run)}",
        try_text=TRY[severity],
        try_page=None if severity is Severity.GOOD else "network",
        numbers={"gain": found.value, "low": found.low, "high": found.high},
    )


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


CHECK = Check("gain_over_baselines", "Is the network worth it?", judge)
