"""Amounts in value labels, and how often something is done: whether they rise or fall."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from dnn_core.data.levels.ordered_words import (
    ADVERBS,
    BELOW,
    BEYOND,
    CONNECTING,
    COUNTED,
    EVERY,
    LESS_THAN_ONE,
    NEARLY,
    NUMBERED,
    PER_YEAR,
    SEVERAL,
    SOME_TIMES,
    SPELLED,
    ZERO,
)

FEWEST = 3
"""Two categories are in order anyway."""

FEWEST_BESIDE_UNKNOWN = 4
"""So many labels in order make up for one between them that says nothing: by chance, one
arrangement in twelve is such an order."""

MOST_UNITS = 3
"""Amounts have few units, as in “1 minute” and “2 hours”; numbers with names have many."""

STEM = 4
"""Letters of a unit: “2 Kinder” are counted as “1 Kind” is."""

_NUMBER = re.compile(r"(?<![a-pr-z])\d{1,3}(?:[ ,.'’]\d{3})+(?!\d)|(?<![a-pr-z\d])\d+(?:[.,]\d+)?")
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th)\b")
_WORD = re.compile(r"[a-z]+")


def monotone(values: Sequence[Any]) -> bool:
    """Whether each value is larger than the one before, or each smaller."""
    steps = list(pairwise(values))
    return all(a < b for a, b in steps) or all(a > b for a, b in steps)


def words(label: str) -> list[str]:
    """The words of a label in small letters, without numbers and signs."""
    return _WORD.findall(label)


def amounts(labels: list[str]) -> bool:
    """Whether numbers in the labels rise or fall: “under $1 000”, “18-24”, “3 or more”."""
    last = len(labels) - 1
    amounts_read = []
    for place, label in enumerate(labels):
        amount = _amount(label)
        if amount is None and place in (0, last) and ZERO.match(label):
            amount = (-1.0, 0, "")
        if amount is None:
            return False
        amounts_read.append(amount)
    if sum(value >= 0 for value, _, _ in amounts_read) < FEWEST:
        return False
    units = {unit for _, _, unit in amounts_read if unit}
    if len(units) <= min(MOST_UNITS, last // 2) and monotone(
        [(value, side) for value, side, _ in amounts_read]
    ):
        return True
    return _counts_on(amounts_read)


def _amount(label: str) -> tuple[float, int, str] | None:
    """First number, whether what is meant lies below or beyond it, and what is counted."""
    label = re.sub(r"[a-z]+", lambda word: SPELLED.get(word[0], word[0]), label)
    label = _ORDINAL.sub("", label)
    number = _NUMBER.search(label)
    if number is None:
        return None
    before = label[: number.start()]
    noun = re.search(r"([a-z]{2,})[^a-z]*$", before)
    # “District 5” has a name, “level 5” a place in an order.
    if noun and noun[1] not in CONNECTING and not NUMBERED.fullmatch(noun[1]):
        return None
    digits = number[0]
    grouped = re.fullmatch(r"\d{1,3}([ ,.'’]\d{3})+", digits)
    value = float(re.sub(r"\D", "", digits) if grouped else digits.replace(",", "."))
    side = -1 if BELOW.search(before) else int(BEYOND.search(before) is not None)
    unit = [w for w in words(_NUMBER.sub(" ", label)) if w not in CONNECTING and len(w) > 1]
    return value, side, " ".join(word[:STEM].rstrip("s") for word in unit)


def _counts_on(amounts: list[tuple[float, int, str]]) -> bool:
    """Whether counting starts anew with a new unit: 12th grade, 1 year of college, 2 years."""
    runs: list[list[float]] = []
    unit = None
    # Nothing at all comes before something.
    for value, _, named in amounts[1:] if amounts[0][0] < 0 else amounts:
        if named != unit:
            runs.append([])
        runs[-1].append(value)
        unit = named
    counted = all(len(run) >= FEWEST and {b - a for a, b in pairwise(run)} == {1} for run in runs)
    return counted and len(runs) <= MOST_UNITS


def rates(labels: list[str]) -> bool:
    """Whether the labels say how often, ever more or ever less: “never”, “once a month”, “daily”.

    One label between the others may say it in another way, as “only on holy days”.
    """
    result = [_rate(label) for label in labels]
    known = [rate for rate in result if rate is not None]
    inside = all(rate is not None for rate in (result[0], result[-1]))
    missed = len(result) - len(known)
    enough = missed == 0 or (missed == 1 and len(known) >= FEWEST_BESIDE_UNKNOWN and inside)
    if not enough or not monotone([rate for rate, _ in known]):
        return False
    # “Daily paper, weekly magazine, monthly journal” are kinds of things.
    return len({rest for _, rest in known if rest}) <= 1


def _rate(label: str) -> tuple[float, str] | None:
    """Times a year, and the words beside them; None if the label does not say how often."""
    for adverb, rate in ADVERBS:
        if adverb.search(label):
            return rate, _beside(adverb.sub(" ", label))
    for unit, times in PER_YEAR:
        if not unit.search(label):
            continue
        number = _amount(unit.sub(" ", label))
        if LESS_THAN_ONE.search(label):
            count = 0.5
        elif EVERY.search(label) and number:
            count = 1 / max(number[0], 1.0)
        elif number:
            count = number[0] + 0.5 * (number[1] > 0)
        elif SEVERAL.search(label):
            count = 3.0
        elif SOME_TIMES.search(label) and not EVERY.search(label):
            return None
        else:
            count = 1.0
        return times * count * (0.9 if NEARLY.search(label) else 1.0), _beside(unit.sub(" ", label))
    return None


def _beside(label: str) -> str:
    """Words that are neither counts nor connect others."""
    ignored = {*CONNECTING, *SPELLED, *COUNTED}
    return " ".join(w for w in words(label) if w not in ignored and len(w) > 1)
