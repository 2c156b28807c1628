"""Numbers, counts and names as they stand within a sentence."""

from __future__ import annotations

import math
from decimal import Decimal

SMALLEST_P = 0.001
"""Smaller p values are only said to be smaller: the next digit is beyond what any test here
can tell."""

MOST_DECIMALS = 6

PERSONS = ("Brier", "Cohen", "Poisson")
"""Names of persons keep their capital within a sentence."""


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Write a count with its noun.

    Parameters
    ----------
    count : int
    noun : str
        Of one.
    nouns : str
        Of several, where that is not the noun with an s.

    Examples
    --------
    >>> plural(1, "predictor"), plural(1200, "case"), plural(0, "category", "categories")
    ('1 predictor', '1,200 cases', '0 categories')
    """
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


def in_sentence(title: str) -> str:
    """A title as it stands within a sentence; abbreviations and persons keep their capital.

    >>> in_sentence("Weighted kappa"), in_sentence("AUC"), in_sentence("Poisson deviance")
    ('weighted kappa', 'AUC', 'Poisson deviance')
    """
    if title.startswith(PERSONS) or not title[1:2].islower():
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
    """How many decimals it takes until values that differ look different.

    Parameters
    ----------
    *values : float
        Those that are no finite number do not count.
    least : int
        As many at any rate.

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
