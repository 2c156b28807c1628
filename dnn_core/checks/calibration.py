"""Can the predicted probabilities be taken at face value?"""

from __future__ import annotations

import numpy as np

from dnn_core.checks import constant_predictions
from dnn_core.checks.evidence import (
    as_if_independent,
    facts,
    judged_part,
    part_predictions,
    weights_of,
)
from dnn_core.checks.finding import Check, Finding, NotApplicable, Severity
from dnn_core.checks.wording import number
from dnn_core.evaluation.calibration import FEWEST_IN_GROUP, calibration_error, groups
from dnn_core.runs.run import Run
from dnn_core.specs import Kind

FEWEST_CASES = 5 * FEWEST_IN_GROUP

NEGLIGIBLE = 0.02
"""Two percentage points change nobody's reading of a probability; a convention of
this project."""

TELLING = 0.1
"""If chance alone can bring about this much, a small error is no proof; a convention
of this project."""

LEVEL = 0.95
RESAMPLES = 400
SEED = 1


def judge(run: Run) -> tuple[Finding, ...]:
    """Compare the calibration error with what perfect probabilities would show by chance.

    The expected calibration error is never negative and grows as cases get
    fewer, so an interval around it would say little; it is held against
    outcomes drawn from the predicted probabilities themselves (consistency
    resampling, Bröcker and Smith 2007, Weather and Forecasting 22:651-661). Of
    two categories the positive one's probability is judged, of several the
    most probable one's (Guo et al. 2017).
    """
    part = judged_part(run)
    if facts(run).coding.kind.numeric:
        raise NotApplicable("The outcome is a quantity, so no probabilities are predicted.")
    probability, happened, weight = _judged_probabilities(run, part)
    if len(probability) < FEWEST_CASES:
        raise NotApplicable(
            f"It takes {FEWEST_CASES} cases to judge probabilities; the {part} part has "
            f"{len(probability):,}."
        )
    if any(found.code == "constant_predictions" for found in constant_predictions.judge(run)):
        raise NotApplicable("All predictions are the same, which is told on its own.")
    group = groups(probability)
    error = calibration_error(probability, happened, group, weight)
    by_chance = _error_by_chance(probability, group, weight)
    figures = {
        "figure": number(error, 3),
        "figure_note": f"up to {number(by_chance, 3)} by chance",
        "measured": f"calibration error, {part}{as_if_independent(run)}",
    }
    numbers = {"error": error, "by_chance": by_chance}
    if error > max(by_chance, NEGLIGIBLE):
        verdict = _unreliable(run, *np.average([probability, happened], axis=1, weights=weight))
        return (
            Finding(
                code="uncalibrated", severity=Severity.WATCH, numbers=numbers, **figures, **verdict
            ),
        )
    if by_chance > TELLING:
        raise NotApplicable(f"The {part} part is too small to judge probabilities.")
    return (
        Finding(
            code="calibrated",
            severity=Severity.GOOD,
            title="Its probabilities can be taken at face value.",
            reason="Predicted and observed shares differ by no more than chance brings about."
            if error <= by_chance
            else "Predicted and observed shares differ by less than two percentage points.",
            numbers=numbers,
            **figures,
        ),
    )


def _error_by_chance(probability: np.ndarray, group: np.ndarray, weight: np.ndarray) -> float:
    """What perfect probabilities stay below in 95 of 100 samples of this size."""
    random = np.random.default_rng(SEED)
    errors = [
        calibration_error(probability, random.random(len(probability)) < probability, group, weight)
        for _ in range(RESAMPLES)
    ]
    return float(np.quantile(errors, LEVEL))


def _judged_probabilities(run: Run, part: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities, whether what they stand for happened, and weights; float, shape (cases,)."""
    table = part_predictions(run, part)
    coding = run.facts.coding
    if coding.kind is Kind.BINARY:
        probability = table[f"probability_{coding.positive}"]
        happened = table["observed"] == coding.positive
    else:
        probability = table[[f"probability_{label}" for label in coding.labels]].max(axis=1)
        happened = table["observed"] == table["predicted"]
    return probability.to_numpy(dtype=float), happened.to_numpy(dtype=float), weights_of(table)


def _unreliable(run: Run, said: float, seen: float) -> dict[str, str]:
    """Words of the verdict; mean probability and share of what it stands for."""
    reason = (
        f"On average it says {number(said)} where {number(seen)} is observed, and groups of "
        "similar predictions differ by more than chance brings about"
    )
    first = "change how strongly the network is restrained"
    if run.experiment.training.class_weights:
        reason += "; weighting the classes shifts probabilities by design"
        first = "train without class weights"
    return {
        "title": "Its probabilities are not to be taken at face value.",
        "reason": f"{reason}.",
        "try_text": f"{first}, or read them as ranks",
        "try_page": "network",
    }


CHECK = Check("calibration", "Do the probabilities hold?", judge)
