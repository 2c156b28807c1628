"""How the network compares with simpler models.

Several models are compared. The claims are such that none in favour of the network is made more
often by chance than with a single interval:

- *better than every simpler model* needs every interval above zero. Such an
  intersection-union test keeps the level of its single tests without a correction
  (Berger 1982, Technometrics 24:295-300).
- *not distinguishable* names the simplest model whose interval is not above zero. It claims
  no difference, so there is nothing to correct.
- *worse* names the model that is furthest ahead among those whose whole interval lies
  below zero. It is a warning against the network; among several models that are in truth equally
  good, one may look better by chance more often than one in forty times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dnn_core.audit.finding import NotApplicable
from dnn_core.checks.evidence import (
    baseline_title,
    evaluated_part,
    facts,
    gain,
    metric_words,
)
from dnn_core.evaluation.inference.intervals import Estimate
from dnn_core.outcome.kinds import CHANCE_BASELINES
from dnn_core.runs.run import Run
from dnn_core.wording import difference


@dataclass(frozen=True)
class BaselineGain:
    """A simpler model, as it is called within a sentence, and the network's gain over it."""

    name: str
    words: str
    gain: Estimate


@dataclass(frozen=True)
class Standing:
    """How the network compares with all baselines, and the baseline that shows it.

    `against` is the baseline that comes closest where the network is better than all, the
    simplest that it is not distinguishable from, or the one that is furthest ahead.
    """

    verdict: Literal["better", "even", "worse"]
    against: BaselineGain
    baselines: tuple[BaselineGain, ...]


def standing_of(run: Run) -> Standing:
    """Compare the network with every baseline on the part that it is evaluated on.

    Raises
    ------
    NotApplicable
        If the network is itself linear, or no gain over a baseline has an interval.
    """
    if not run.experiment.network.hidden:
        raise NotApplicable(
            "The network is itself linear, so a comparison with a linear model does not apply."
        )
    baselines = _baseline_gains(run)
    worse = [baseline for baseline in baselines if baseline.gain.high < 0]
    if worse:
        return Standing("worse", min(worse, key=lambda baseline: baseline.gain.value), baselines)
    even = [baseline for baseline in baselines if baseline.gain.low <= 0]
    if even:
        return Standing("even", even[0], baselines)
    return Standing("better", min(baselines, key=lambda baseline: baseline.gain.value), baselines)


def _baseline_gains(run: Run) -> tuple[BaselineGain, ...]:
    """The baselines whose gain has an interval, the simplest first."""
    baselines, reason = [], NotApplicable("There is no such baseline to compare with.")
    for name in facts(run).baselines:
        try:
            estimate = gain(run, name, evaluated_part(run))
        except NotApplicable as error:
            reason = error
            continue
        article = "the " if name in CHANCE_BASELINES else ""
        baselines.append(BaselineGain(name, article + baseline_title(run, name), estimate))
    if not baselines:
        raise reason
    return tuple(baselines)


def difference_words(run: Run, estimate: Estimate) -> str:
    """Such as `difference in AUC 0.004, 95 % interval −0.011 to 0.019`."""
    value, ends = difference(estimate.value, estimate.low, estimate.high)
    return f"difference in {metric_words(run)} {value.removeprefix('+')}, 95 % interval {ends}"
