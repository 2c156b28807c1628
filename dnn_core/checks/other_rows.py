"""Does the comparison with simpler models hold in cross-validation?"""

from __future__ import annotations

from dnn_core.analyses.resampling_result import Resampled
from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import baseline_title, facts, metric_words, torn
from dnn_core.evaluation.inference.intervals import NETWORK, Estimate
from dnn_core.evaluation.inference.resampled_t import smallest_detectable
from dnn_core.runs.run import Run
from dnn_core.wording import decimals_to_tell, difference, number


def resampled_of(run: Run) -> Resampled:
    """Scores on other rows and with other seeds.

    Raises
    ------
    NotApplicable
        If there are none.
    """
    facts(run)
    resampled = Resampled.of(run)
    if resampled is None or len(resampled.folds) < 2 or NETWORK not in resampled.folds:
        raise NotApplicable("It has not been evaluated on other rows. Click “How robust is this?”.")
    return resampled


def strongest_baseline(resampled: Resampled, run: Run) -> str:
    """Name of the baseline with the highest mean over folds.

    Raises
    ------
    NotApplicable
        If there is none.
    """
    means = resampled.folds.mean()
    known = [name for name in run.facts.baselines if name in means]
    if not known:
        raise NotApplicable("There is no baseline to compare with.")
    return str(means[known].idxmax())


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Compare the network with the strongest baseline, paired by fold."""
    resampled = resampled_of(run)
    strongest = strongest_baseline(resampled, run)
    result, title = resampled.gain(strongest), baseline_title(run, strongest)
    folds = len(resampled.folds)
    won = int((resampled.folds[NETWORK] > resampled.folds[strongest]).sum())
    reason = f"It is better on {won} of {folds} folds."
    if result.low > 0 and torn(run):
        raise NotApplicable(
            "Training and evaluation rows share clusters in cross-validation as well, so a gain "
            "is no evidence."
        )
    if result.low > 0:
        return (
            _finding(run, Severity.GOOD, f"It beats {title} on other rows, too.", reason, result),
        )
    if result.high < 0:
        words = f"On other rows it does worse than {title}."
        return (_finding(run, Severity.PROBLEM, words, reason, result),)
    least = smallest_detectable(result.half_width, folds - 1)
    decimals = decimals_to_tell(least, 0.0, least=3)
    reason += f" A gain of {number(least, decimals)} would be detected with a power of 80%."
    words = f"On other rows it is not distinguishable from {title}."
    return (_finding(run, Severity.WATCH, words, reason, result),)


def _finding(run: Run, severity: Severity, title: str, reason: str, gain: Estimate) -> Finding:
    good = severity is Severity.GOOD
    figure, note = difference(gain.value, gain.low, gain.high)
    return Finding(
        code="other_rows",
        severity=severity,
        title=title,
        reason=reason,
        figure=figure,
        figure_note=note,
        measured=f"difference in {metric_words(run)}, cross-validation",
        try_text="" if good else "gather more cases, or report the difference with its interval",
        try_page=None if good else "data",
        numbers={"gain": gain.value, "low": gain.low, "high": gain.high},
    )


CHECK = Check("other_rows", "Does it hold on other rows?", findings_of)
