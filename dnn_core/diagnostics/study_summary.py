"""What a study found, in a sentence or two."""

from __future__ import annotations

from typing import Any

from dnn_core.diagnostics.style import significant
from dnn_core.evaluation.metrics import Metric, metric
from dnn_core.runs.found import Found


def summarise(found: Found, measure: Metric) -> str:
    """Say how many configurations are as good as the best, and what is gained.

    Parameters
    ----------
    found : Found
        From `read_study`.
    measure : Metric
        By which the trials were ranked.
    """
    facts = found.facts
    if facts["trials"] == 1 and not facts["given_up"]:
        return "One configuration was judged; there is nothing to choose from."
    if facts["trials"] == 1:
        words = "One configuration was judged on the whole."
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
            f"error of the best {in_sentence(measure)}; {simplest}."
        )
    gain = _gain(facts["gain_low"], facts["gain_high"])
    return " ".join([words, *gain, *_given_up(facts), *_nested(facts)])


def in_sentence(measure: Metric) -> str:
    """A metric's title within a sentence: abbreviations keep their capitals."""
    title = measure.title
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def _given_up(facts: dict[str, Any]) -> list[str]:
    count = facts["given_up"]
    if not count:
        return []
    many = "One more was" if count == 1 else f"{count:,} more were"
    return [f"{many} given up early; for having chosen among those, nothing is corrected."]


def _nested(facts: dict[str, Any]) -> list[str]:
    if facts.get("main_nested") is None:
        return []
    value, low, high = (
        significant(facts[name]) for name in ("main_nested", "main_nested_low", "main_nested_high")
    )
    main = in_sentence(metric(facts["main"]))
    return [
        f"On rows that the search did not know, what it picks has {main} {value} ({low} to {high})."
    ]


def _gain(low: float | None, high: float | None) -> list[str]:
    if low is None or high is None:
        return []
    if low > 0:
        return ["After correcting for the choice, the best is better than the current experiment."]
    if high < 0:
        return ["After correcting for the choice, the current experiment is the better one."]
    return ["After correcting for the choice, the best cannot be told from the current experiment."]
