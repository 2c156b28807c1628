"""Whether value labels show an order of their codes, such as “never” to “always”.

The labels must show it by themselves, in English or German: amounts that rise, how often
something is done, degrees of one thing, two poles with degrees of each, or a known scale such as
that of schooling. Where no order is detected, the codes count as nominal, which is never wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from dnn_core.data.levels.label_amounts import FEWEST, amounts, monotone, rates, words
from dnn_core.data.levels.ordered_words import (
    DEGREES,
    FILLING,
    MIDDLE,
    OTHER,
    PLAIN,
    SCALES,
    SCHOOLING,
    STRONGER,
)

VERY, MUCH_STRONGER, HALF, DENIED = 5.0, 0.4, 2.5, 0.5
"""Degree of “very”, what it adds to another degree above the half or takes from one below it,
that half, and the degree of “un-”, as `DEGREES` go."""

_Degree = tuple[float, bool, frozenset[str]]
"""A degree, whether a word says it, and what it is a degree of."""


def labels_show_order(labels: Mapping[float, str]) -> bool:
    """Whether labels, read in the order of their codes, rise or fall.

    Parameters
    ----------
    labels : mapping of float to str
        By code; without codes of missing answers.
    """
    return _show_order(tuple(sorted(labels.items())))


@lru_cache(maxsize=1000)
def _show_order(labels: tuple[tuple[float, str], ...]) -> bool:
    """As `labels_show_order`; items of a battery share their labels."""
    whole = [_fold(label) for _, label in labels]
    bare = [_fold(without_code(label, code)) for code, label in labels]
    if len(labels) < FEWEST or any(OTHER.match(label) for label in bare):
        return False
    if amounts(whole) or amounts(whole[::-1]):
        # The code itself is the amount: “1 child”, “2 children”.
        return True
    if len(set(bare)) < len(bare):
        return False
    return any(rule(bare) or rule(bare[::-1]) for rule in _RULES)


def without_code(label: str, code: float) -> str:
    """A label without the code itself in front of it: “2 - Bayern” of code 2 is “Bayern”."""
    if code != int(code):
        return "" if label.strip().replace(",", ".") == f"{code:g}" else label.strip()
    own = rf"^\s*[\[(]?\+?0*{int(code)}[\])]?(\s*[.:=)–—-]*\s+|[.:=)]+|$)(?!\d{{3}}(\D|$))"
    return re.sub(own, "", label, count=1).strip()


def _fold(text: str) -> str:
    """Small letters without accents and with single blanks."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", re.sub(r"['’‘`´\"“”]", "", text)).strip()


# Degrees and poles


def _degree(label: str) -> _Degree:
    """Degree of what a label says, whether a word says the degree, and all other words."""
    text = " ".join(words(label))
    # What is denied may stand between: “no trust at all”.
    text = re.sub(r"\b(?:not|no|none|nothing)\b(.*) at all\b", r"not at all\1", text)
    result = max(
        ((match, degree) for phrase, degree in DEGREES for match in phrase.finditer(text)),
        key=lambda pair: len(pair[0][0]),
        default=None,
    )
    stronger = STRONGER.search(text)
    if result is None:
        rest = STRONGER.sub(" ", text)
        return (VERY, True, _base(rest)) if stronger else (PLAIN, False, _base(rest))
    match, degree = result
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    if STRONGER.search(rest):
        # “Very little” is less than little, “very much” more than much.
        degree += MUCH_STRONGER if degree > HALF else -MUCH_STRONGER
        rest = STRONGER.sub(" ", rest)
    return degree, True, _base(rest)


def _base(text: str) -> frozenset[str]:
    return frozenset(word for word in text.split() if word not in FILLING)


def _degrees(labels: list[str]) -> bool:
    """Whether the labels are degrees of one thing: “very happy”, “pretty happy”, “not happy”."""
    centre = len(labels) // 2
    if len(labels) > FEWEST and len(labels) % 2 and MIDDLE.match(labels[centre]):
        labels = labels[:centre] + labels[centre + 1 :]
    degrees = [_degree(label) for label in labels]
    shared = frozenset.intersection(*(base for _, _, base in degrees[:-1]))
    denied = {frozenset({f"un{word}"}) for word in shared}
    # “Unimportant” is the least degree of what is important.
    degrees = [(DENIED, True, shared) if base in denied else (d, s, base) for d, s, base in degrees]
    if not monotone([degree for degree, _, _ in degrees]):
        return False
    bases = [base for _, _, base in degrees]
    if len(set(bases)) == 1:
        return sum(said for _, said, _ in degrees) >= len(degrees) - 1
    named = {base for base in bases if base}
    alike = len(named) == 1 or bool(frozenset.intersection(*bases))
    return alike and all(said for _, said, _ in degrees)


def _poles(labels: list[str]) -> bool:
    """Whether degrees of one thing fall to a middle and those of its opposite rise from there."""
    degrees = [_degree(label) for label in labels]
    middle = [bool(MIDDLE.match(label)) for label in labels]
    if sum(middle) == 1:
        centre = middle.index(True)
        return _sides(degrees[:centre], degrees[centre + 1 :], sure=True)
    halves = len(labels) // 2
    # Without a word for it, only a label with degrees on both of its sides is the middle.
    return _sides(degrees[:halves], degrees[-halves:], sure=False)


def _sides(left: list[_Degree], right: list[_Degree], *, sure: bool) -> bool:
    """Whether two sides are degrees of two things.

    `sure` says that a label names the middle; otherwise both sides need degrees.
    """
    if not left or not right:
        # Of a scale, only one half was ever given.
        side = left or right
        degrees = [degree for degree, _, _ in side]
        half = len(side) >= 2 and min(degrees) > HALF
        return half and _one_thing(side) and monotone(degrees)
    if not (_one_thing(left) and _one_thing(right)):
        return False
    falls = all(a[0] > b[0] for a, b in pairwise(left))
    rises = all(a[0] < b[0] for a, b in pairwise(right))
    ones, others = (frozenset.intersection(*(s[2] for s in side)) for side in (left, right))
    if not (falls and rises) or ones & others or not (ones and others):
        return False
    return sure or min(len(left), len(right)) >= 2


def _one_thing(side: list[_Degree]) -> bool:
    """Whether labels share what they are degrees of."""
    return bool(frozenset.intersection(*(base for _, _, base in side)))


# Ladders


def _on_a_scale(labels: list[str]) -> bool:
    """Whether the labels are steps of a known scale: “excellent” to “poor”."""
    bare = [" ".join(w for w in words(label) if w not in FILLING) for label in labels]
    return any(
        None not in (steps := [_step(label, scale) for label in bare])
        and monotone([step for step in steps if step is not None])
        for scale in SCALES
    )


def _step(label: str, scale: Sequence[re.Pattern[str]]) -> int | None:
    return next((i for i, step in enumerate(scale) if step.fullmatch(label)), None)


def _schooling(labels: list[str]) -> bool:
    """Whether the labels are certificates, ever higher or lower; some may be of one height."""
    heights = []
    for label in labels:
        height = next((h for words, h in SCHOOLING if words.search(label)), None)
        if height is None:
            return False
        heights.append(height)
    rising, falling = (sorted(heights, reverse=down) for down in (False, True))
    return heights in (rising, falling) and len(set(heights)) >= FEWEST


_RULES: tuple[Callable[[list[str]], bool], ...] = (
    amounts,
    rates,
    _degrees,
    _poles,
    _on_a_scale,
    _schooling,
)
