"""Values that look like codes for missing answers rather than answers.

They are only reported, each with the reason: nothing is made missing without the researcher's
consent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dnn_core.data.dataset import value_text
from dnn_core.data.missing.missing_words import labels_of_missing, says_missing

DIGITS = 9
"""Codes of up to so many digits are known."""

HALF = 5
"""A code leaves room above the scale: 9 stands out from answers up to 5, 99 up to 50."""

NEGATIVE_DIGITS = tuple(float(-i) for i in range(1, 11))
"""SOEP, pairfam and newer ALLBUS files code missing answers from -1 to -10."""

NEGATIVE_CODES = tuple(
    # GESIS election studies use -71 to -99, ALLBUS also the first ones.
    [-32.0, -33.0, -41.0, -42.0, -50.0, -51.0, -66.0]
    + [float(-i) for i in range(71, 100)]
    + [-float(str(d) * k) for k in range(3, DIGITS + 1) for d in (6, 7, 8, 9)]
    + [-float("9" * (k - 1) + str(d)) for k in range(3, DIGITS + 1) for d in (6, 7, 8)]
)

FAR = 3.0
"""Beyond this multiple of the largest other answer, a code is no outlier of a thin tail."""

RARE_SHARE, RARE_ROWS = 0.01, 3
"""An upper end that fewer give is a thin tail, in which one more gap is no surprise."""

SPIKE, SPIKE_ROWS = 5, 5
"""Given by so many times as many rows as any neighbour, and by at least so many."""

NEIGHBOURS = 5

HONEST_NEGATIVES = 3
"""So many whole numbers below 0 without a gap, none sticking out, belong to a scale."""


@dataclass(frozen=True)
class SuspiciousCode:
    """A value that looks like a missing answer.

    Parameters
    ----------
    code : str
        Text as `Variable.missing_codes` holds it.
    count : int
        Rows with it.
    reasons : tuple of str
        Fragments of a sentence, the telling one first.
    label : str
        The label of the value; empty if it has none.
    """

    code: str
    count: int
    reasons: tuple[str, ...]
    label: str = ""


def codes_of_size(digits: int) -> tuple[float, ...]:
    """Usual positive codes with so many digits, in ascending order.

    7, 8, 9; 66, 77, 88, 96 to 99; and so on: those of the European Social Survey, of ALLBUS
    and of the US General Social Survey. From five digits on, only those of nines.
    """
    if digits == 1:
        return 7.0, 8.0, 9.0
    alike = [float(str(d) * digits) for d in (6, 7, 8)] if digits < 5 else []
    return tuple(sorted({*alike, *(float("9" * (digits - 1) + str(d)) for d in (6, 7, 8, 9))}))


_NEGATIVE = np.array(sorted({*NEGATIVE_DIGITS, *NEGATIVE_CODES}))
_USUAL = np.array(sorted({*_NEGATIVE, *(c for k in range(DIGITS) for c in codes_of_size(k + 1))}))


def _among(values: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Which of ascending values are among codes: each code is searched, as values may be many."""
    mask = np.zeros(len(values), dtype=bool)
    places = np.searchsorted(values, usual)
    held = places < len(values)
    held[held] = values[places[held]] == usual[held]
    mask[places[held]] = True
    return mask


def suspicious_codes(
    values: np.ndarray, counts: np.ndarray, labels: Mapping[str, str] | None = None
) -> tuple[SuspiciousCode, ...]:
    """Find numbers that look like codes for missing answers.

    A value whose label says “refused” or the like is one; a value whose label says
    something else is an answer. The others are assessed by the usual codes of archives and by how
    they stand out from the answers.

    Parameters
    ----------
    values : numpy.ndarray
        Distinct finite values of one variable, ascending, shape (distinct,).
    counts : numpy.ndarray
        Rows with each, same shape.
    labels : mapping of str to str, optional
        Value labels.

    Returns
    -------
    tuple of SuspiciousCode
        In ascending order.
    """
    labels = labels or {}
    said = _said(values, labels)
    if not said and not _among(values, _USUAL).any():
        return ()
    rest = ~_among(values, np.array(list(said)))
    suspects = {v: [f"labelled “{label}”"] for v, label in said.items()}
    answers, rows = values[rest], counts[rest]
    looks = {**_negative(answers, rows), **_positive(answers, rows)}
    known = {v for v in looks if labels.get(value_text(v), "").strip()}
    suspects |= {v: reasons for v, reasons in looks.items() if v not in known}
    ordered = sorted(suspects)
    rows_of = counts[np.searchsorted(values, ordered)].tolist()
    return tuple(
        SuspiciousCode(value_text(v), n, tuple(suspects[v]), labels.get(value_text(v), ""))
        for v, n in zip(ordered, rows_of, strict=True)
    )


def suspicious_words(
    words: Sequence[str], counts: Sequence[int], labels: Mapping[str, str] | None = None
) -> tuple[SuspiciousCode, ...]:
    """Find answers in words, or codes labelled so, that say that there is no answer."""
    labels = labels or {}
    shown = [labels.get(word, word) for word in words]
    return tuple(
        SuspiciousCode(
            word,
            int(count),
            (f"labelled “{label}”" if word in labels else "in words: no answer",),
            labels.get(word, ""),
        )
        for i, (word, count, label) in enumerate(zip(words, counts, shown, strict=True))
        if says_missing(label) and says_missing(label, shown[:i] + shown[i + 1 :])
    )


def _said(values: np.ndarray, labels: Mapping[str, str]) -> dict[float, str]:
    """Values whose labels say that there is no answer."""
    labelled = {}
    for code, label in labels_of_missing(labels).items():
        try:
            value = float(code)
        except ValueError:
            continue
        if _among(values, np.array([value])).any():
            labelled[value] = label
    return labelled


def _negative(values: np.ndarray, counts: np.ndarray) -> dict[float, list[str]]:
    below = values[values < 0]
    if not len(below) or len(below) == len(values):
        return {}
    if not _among(below, _NEGATIVE).all():
        return _below_a_gap(values, counts)
    whole = bool((values == np.floor(values)).all())
    scale = _negative_answers(values, counts) if whole else below[below >= -10]
    if whole and -below.min() == values.max() <= 10:
        # A scale such as -5 to 5, perhaps with gaps.
        return {}
    codes = np.setdiff1d(below, scale)
    others = np.setdiff1d(values, codes)
    least = others.min() if len(others) else 0
    words = {True: "0 or more", False: "positive"}[bool(least == 0)]
    reason = (
        f"negative, while all other answers are {words}"
        if least >= 0
        else f"below the other answers, which begin at {value_text(least)}"
    )
    return {float(v): [reason, *_spelling(-v)] for v in codes}


def _negative_answers(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Whole numbers below 0 that belong to a scale, such as -5 to 5 or a change from -3 to 7."""
    rows = dict(zip(values.tolist(), counts.tolist(), strict=True))
    run: list[float] = []
    while 0.0 in rows and -1.0 - len(run) in rows:
        run.append(-1.0 - len(run))
    if not run:
        return np.array([])
    largest = float(values.max())
    smooth = all(rows[v] <= 2 * rows[v + 1] for v in run)
    honest = len(run) == largest or (HONEST_NEGATIVES <= len(run) <= largest and smooth)
    return np.array(run if honest else [])


def _below_a_gap(values: np.ndarray, counts: np.ndarray) -> dict[float, list[str]]:
    """Codes below answers that are negative, too."""
    large = np.isin(values, NEGATIVE_CODES)
    rest, rows = values[~large], counts[~large]
    gap = rest.min() - (rest.max() - rest.min()) / 2
    often = max(SPIKE_ROWS, SPIKE * int(rows.max()))
    suspects = {}
    for v, n in zip(values[large], counts[large], strict=True):
        if v < gap:
            reason = f"below the other answers, which begin at {value_text(rest.min())}"
            suspects[float(v)] = [reason, *_spelling(-v)]
        elif n >= often:
            reason = f"given in {n:,} rows; any other answer in at most {int(rows.max()):,}"
            suspects[float(v)] = [reason, *_spelling(-v)]
    return suspects


def _positive(values: np.ndarray, counts: np.ndarray) -> dict[float, list[str]]:
    zero = values >= 0
    values, counts = values[zero], counts[zero]
    for digits in range(1, DIGITS + 1):
        codes = _among(values, np.array(codes_of_size(digits)))
        if not codes.any():
            continue
        if digits == 1:
            codes &= values > _end_of_scale(values)
        above = _above(values, counts, codes, 10 ** (digits - 1) * HALF)
        if not above and digits > 1:
            above = _sticking_out(values, counts, float("9" * (digits - 1) + "6"))
        if above:
            return above
    return {}


def _end_of_scale(values: np.ndarray) -> float:
    """The last whole number before a gap: 7 in 1 to 7 and 9."""
    below = values[values < 7]
    end = float(below[-1]) if len(below) else 9.0
    while _among(values, np.array([end + 1])).any():
        end += 1
    return end


def _above(
    values: np.ndarray, counts: np.ndarray, codes: np.ndarray, room: float
) -> dict[float, list[str]]:
    """Codes far above the other answers, unless these thin out towards them."""
    answers, rows = values[~codes], counts[~codes]
    if not codes.any() or len(answers) < 2:
        return {}
    largest = float(answers[-1])
    scale = bool((np.diff(answers) == 1).all()) and largest <= 7
    if not (1 < largest <= room or scale):
        return {}
    rare = rows[-1] < max(RARE_ROWS, RARE_SHARE * counts.sum())
    reason = f"above the other answers, which end at {value_text(largest)}"
    return {
        float(v): [reason, *_spelling(v)]
        for v, n in zip(values[codes], counts[codes], strict=True)
        if not (rare and v <= FAR * largest and n <= 2 * rows[-1])
    }


def _sticking_out(values: np.ndarray, counts: np.ndarray, first: float) -> dict[float, list[str]]:
    """Codes of nines at the upper end that many more rows hold than the answers below."""
    codes = _among(values, first + np.arange(4))
    if codes[-1:].sum() == 0 or (~codes).sum() < NEIGHBOURS or (values[~codes] >= first).any():
        return {}
    near = int(counts[~codes][-NEIGHBOURS:].max())
    reason = f"given in {{:,}} rows; the answers just below in at most {near:,}"
    return {
        float(v): [reason.format(n), *_spelling(v)]
        for v, n in zip(values[codes], counts[codes], strict=True)
        if n >= max(SPIKE_ROWS, SPIKE * near)
    }


def _spelling(value: float) -> list[str]:
    text = value_text(float(value))
    if len(text) > 1 and set(text) == {"9"}:
        return ["all nines"]
    return ["a usual code"]
