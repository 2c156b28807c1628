"""One sentence that sums a run up."""

from __future__ import annotations

from collections.abc import Sequence

from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.baseline_comparison import difference_words, standing_of
from dnn_core.checks.evidence import (
    beats_chance,
    chance_baseline,
    evaluated_part,
    facts,
    gain,
    score,
    torn,
)
from dnn_core.checks.rare_category import FEW_FOUND, rarest
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.outcome.kinds import CHANCE_BASELINES, outcome_of
from dnn_core.runs.run import Run
from dnn_core.specs import Kind
from dnn_core.wording import quoted

WORDS = ("very well", "well", "moderately well")


def lead_sentence(run: Run, findings: Sequence[Finding]) -> str:
    """Sum a run up in one sentence, saying on which part of the data it rests.

    Words are chosen by the end of the interval that says least, so that they
    claim no more than the interval allows. Labels from the file stand in it as
    they are, as in `Finding`.

    Parameters
    ----------
    run : Run
    findings : sequence of Finding
        From `run_checks`.
    """
    by_code = {finding.code: finding for finding in findings}
    if run.status.active:
        return "Training has not ended yet, so there is nothing to evaluate."
    if not run.status.done:
        if "diverged" in by_code:
            epoch = int(by_code["diverged"].numbers["epoch"])
            return f"Training diverged in epoch {epoch}, and there is no network to evaluate."
        return "This run has no trained network, so there is nothing to evaluate."
    opening = f"In the {evaluated_part(run)} part the network"
    if "constant_predictions" in by_code:
        return f"{opening} predicts the same for every case, whatever the predictors say."
    try:
        level, is_good = _level(run)
    except NotApplicable:
        return (
            f"The network is trained, but the {evaluated_part(run)} part is too small to evaluate "
            "it."
        )
    clauses = [f"{opening} {level}"]
    if is_good and torn(run):
        clauses.append(", but training and evaluation rows share clusters, so this may be too good")
    elif is_good:
        clauses += _comparison(run, by_code)
    clauses += _drawback(run, by_code)
    return "".join(clauses) + "."


def _level(run: Run) -> tuple[str, bool]:
    """How well the outcome is predicted, and whether that is any better than chance."""
    part, kind = evaluated_part(run), facts(run).coding.kind
    name = run.about["labels"].get(run.experiment.task.target, run.experiment.task.target)
    least = _least(run, kind, part)
    for word, level in zip(WORDS, outcome_of(kind).levels, strict=True):
        if least >= level:
            return f"predicts {quoted(name)} {word}", True
    nothing = outcome_of(kind).nothing_known
    if beats_chance(run, part):
        return f"predicts {quoted(name)} a little better than {nothing}", True
    return f"does not predict {quoted(name)} demonstrably better than {nothing}", False


def _least(run: Run, kind: Kind, part: str) -> float:
    """Lower end of the interval, on the scale of `Outcome.levels`."""
    if not outcome_of(kind).levels_of_errors:
        return score(run, NETWORK, part).low
    chance = chance_baseline(run)
    errors = 1 - score(run, chance, part).value
    return gain(run, chance, part).low / errors if errors > 0 else 0.0


def _comparison(run: Run, by_code: dict[str, Finding]) -> list[str]:
    """How the network compares with simpler models; empty where it does not."""
    try:
        standing = standing_of(run)
    except NotApplicable:
        return []
    if all(baseline.name in CHANCE_BASELINES for baseline in standing.baselines):
        # How well the outcome is predicted says it already.
        return []
    against = standing.against
    difference = difference_words(run, against.gain)
    doubtful = "other_rows" in by_code and by_code["other_rows"].severity is not Severity.GOOD
    doubt = ", which other rows do not confirm" if doubtful else ""
    match standing.verdict:
        case "better" if len(standing.baselines) > 1:
            closest = f"{against.words} comes closest: {difference}"
            return [f" and better than every simpler model ({closest}){doubt}"]
        case "better":
            return [f" and better than {against.words} ({difference}){doubt}"]
        case "worse":
            return [f", but worse than {against.words} ({difference})"]
    return [f", but is not distinguishable from {against.words} ({difference})"]


def _drawback(run: Run, by_code: dict[str, Finding]) -> list[str]:
    """The most serious further finding, for the same sentence."""
    if "one_category" in by_code:
        return [", and it puts every case into the same category"]
    if "rare_category" in by_code:
        numbers = by_code["rare_category"].numbers
        cases = f"cases of {quoted(rarest(facts(run)))}"
        if numbers["high"] < FEW_FOUND:
            return [f", and it recognises fewer than half of the {cases}"]
        return [
            f", and it recognises {int(numbers['found']):,} of {int(numbers['cases']):,} {cases}"
        ]
    if "uncalibrated" in by_code:
        return [", and its probabilities do not agree with what was observed"]
    return []
