"""A summary of a study in one or two sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dnn_core.diagnostics.marks.style import significant
from dnn_core.outcome.metrics import Metric, metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.specs import Choice
from dnn_core.wording import in_sentence


def summarise(result: AnalysisResult, measure: Metric) -> str:
    """Say how many configurations are as good as the best, and what is gained.

    Parameters
    ----------
    result : AnalysisResult
        From `read_study`.
    measure : Metric
        By which the trials were ranked.
    """
    facts = result.facts
    if facts["trials"] == 1 and not facts["given_up"]:
        return "One configuration was evaluated; there is nothing to choose from."
    if facts["trials"] == 1:
        words = "One configuration was evaluated on all folds."
    elif facts["near"] == 1:
        words = f"Of {facts['trials']:,} configurations one stands out."
    else:
        simplest = (
            "none of them is simpler than the best"
            if facts["simplest"] == facts["best"]
            else f"the simplest of them is number {facts['simplest']}"
        )
        words = (
            f"Of {facts['trials']:,} configurations {facts['near']:,} are within one standard "
            f"error of the best {in_sentence(measure.title)}; {simplest}."
        )
    gain = [*_gain(facts), *_networks(facts)] if facts["gain_low"] is not None else []
    return " ".join([words, *gain, *_given_up(facts), *_nested(facts)])


class Corrected(Choice):
    """Whether figures of the best configuration are corrected for selection bias."""

    WHOLE = "whole", "After correcting for the choice"
    PART = "part", "After correcting in part"
    NOT = "not", "Correction for the choice"


def how_corrected(facts: Mapping[str, Any]) -> Corrected:
    """Whether a correction was made: among those evaluated on all folds, if there are several.

    Parameters
    ----------
    facts : mapping
        From `read_study`.
    """
    if facts["trials"] == 1:
        return Corrected.NOT
    return Corrected.PART if facts["given_up"] else Corrected.WHOLE


def _given_up(facts: Mapping[str, Any]) -> list[str]:
    count = facts["given_up"]
    if not count:
        return []
    many = "One more was" if count == 1 else f"{count:,} more were"
    if how_corrected(facts) is Corrected.NOT:
        return [
            f"{many} given up early, and the figure is not corrected for having chosen this one."
        ]
    return [f"{many} given up early; the figure is not corrected for having chosen among those."]


def _nested(facts: Mapping[str, Any]) -> list[str]:
    if facts.get("main_nested") is None:
        return []
    value, low, high = (
        significant(facts[name]) for name in ("main_nested", "main_nested_low", "main_nested_high")
    )
    main = in_sentence(metric(facts["main"]).title)
    return [
        f"On rows that the search did not use, its choice has {main} {value} ({low} to {high})."
    ]


def _gain(facts: Mapping[str, Any]) -> list[str]:
    """The gain over the current experiment, under a heading that claims no more than was done."""
    if how_corrected(facts) is Corrected.NOT:
        if facts["gain_high"] < 0:
            return ["The current experiment is the better one."]
        better = "is better than" if facts["gain_low"] > 0 else "is not distinguishable from"
        return [f"It {better} the current experiment."]
    among = f" among the {facts['trials']:,} evaluated on all folds" if facts["given_up"] else ""
    opening = f"After correcting for the choice{among},"
    if facts["gain_high"] < 0:
        return [f"{opening} the current experiment is the better one."]
    better = "is better than" if facts["gain_low"] > 0 else "is not distinguishable from"
    return [f"{opening} the best {better} the current experiment."]


def _networks(facts: Mapping[str, Any]) -> list[str]:
    """A note that both are single networks, however many a run averages."""
    if facts["networks"] == 1:
        return []
    return [
        f"Both are evaluated with one network each. A run averages {facts['networks']:,}, so its "
        "figures differ."
    ]
