"""Format numbers, counts and names for use in sentences."""

from __future__ import annotations

import math
from decimal import Decimal

SMALLEST_P = 0.001
"""Smaller p values are only written as smaller: no test here supports another digit."""

MOST_DECIMALS = 6

MINUS = "\N{MINUS SIGN}"

LARGE, HUGE = 1e6, 1e12
"""Numbers from LARGE on are written without decimals, from HUGE on as a bound."""

SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

PERSONS = ("Brier", "Cohen", "Poisson")
"""Names of persons keep their capital within a sentence."""


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Write a count with its noun.

    Parameters
    ----------
    count : int
    noun : str
        The singular.
    nouns : str
        The plural, where it is not the noun with an s.

    Examples
    --------
    >>> plural(1, "predictor"), plural(1200, "case"), plural(0, "category", "categories")
    ('1 predictor', '1,200 cases', '0 categories')
    """
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


def in_sentence(title: str) -> str:
    """Write a title as within a sentence; abbreviations and persons keep their capital.

    >>> in_sentence("Weighted kappa"), in_sentence("AUC"), in_sentence("Poisson deviance")
    ('weighted kappa', 'AUC', 'Poisson deviance')
    """
    if title.startswith(PERSONS) or not (title[1:2].islower() or title.startswith("A ")):
        return title
    return title[0].lower() + title[1:]


def p_value(p: float) -> str:
    """Write a p value, which is never 0; empty where there is none.

    >>> p_value(0.0123), p_value(0.00004)
    ('0.012', '< 0.001')
    """
    if not math.isfinite(p):
        return ""
    return f"< {SMALLEST_P}" if p < SMALLEST_P else f"{p:.3f}"


def plain(value: float, digits: int = 6) -> str:
    """Write a number as `%g` does, but never with a power of ten.

    >>> plain(1e-06), plain(0.25), plain(3.0)
    ('0.000001', '0.25', '3')
    """
    return format(Decimal(f"{value:.{digits}g}"), "f")


def decimals_to_tell(*values: float, least: int) -> int:
    """The number of decimals at which distinct values look different.

    Parameters
    ----------
    *values : float
        Values that are not finite do not count.
    least : int
        The minimum.

    Returns
    -------
    int
        `least` where not even `MOST_DECIMALS` tell them apart.

    Examples
    --------
    >>> decimals_to_tell(0.591, 0.594, least=2), decimals_to_tell(0.5, 0.5, least=2)
    (3, 2)
    """
    distinct = {value for value in values if math.isfinite(value)}
    for decimals in range(least, MOST_DECIMALS + 1):
        # Rounded, -0.0 is the same as 0.0.
        if len({round(value, decimals) for value in distinct}) == len(distinct):
            return decimals
    return least


def number(value: float, decimals: int = 2) -> str:
    """Write a number with a true minus and thousands separated.

    >>> number(-1234.5, 1), number(-0.0001), number(2.5e7)
    ('−1,234.5', '0.00', '25,000,000')
    """
    if abs(value) >= HUGE and math.isfinite(value):
        return f"{'less than ' + MINUS if value < 0 else 'more than '}{HUGE:,.0f}"
    # Rounding first keeps “−0.00” away.
    decimals = 0 if abs(value) >= LARGE else decimals
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", MINUS)


def signed(value: float, decimals: int = 3) -> str:
    """Write a difference; a positive one with its plus.

    >>> signed(0.0221), signed(-0.5, 1), signed(0.0001)
    ('+0.022', '−0.5', '0.000')
    """
    text = number(value, decimals)
    return f"+{text}" if round(value, decimals) > 0 else text


def interval(low: float, high: float, decimals: int = 2) -> str:
    """Write an interval, with more digits where its ends would look the same.

    >>> interval(0.31, 0.52), interval(0.5912, 0.5948)
    ('0.31 to 0.52', '0.591 to 0.595')
    """
    decimals = decimals_to_tell(low, high, least=decimals)
    return f"{number(low, decimals)} to {number(high, decimals)}"


def difference(value: float, low: float, high: float, decimals: int = 3) -> tuple[str, str]:
    """Write a difference and its interval, with digits enough to see on which side of 0 it lies.

    >>> difference(0.0221, 0.0004, 0.044)
    ('+0.0221', '0.0004 to 0.0440')
    """
    decimals = decimals_to_tell(low, high, 0.0, least=decimals)
    return signed(value, decimals), interval(low, high, decimals)


def counted(count: int, noun: str = "") -> str:
    """Write a count, small ones as words, with its noun where one is given.

    >>> counted(3).capitalize(), counted(1, "network"), counted(12, "network")
    ('Three', 'one network', '12 networks')
    """
    number = SMALL_NUMBERS[count] if count < len(SMALL_NUMBERS) else f"{count:,}"
    return f"{number} {noun}{'' if count == 1 else 's'}" if noun else number


def quoted(name: str) -> str:
    """Put a label from a file in quotation marks, otherwise as it is."""
    return f"“{name}”"
