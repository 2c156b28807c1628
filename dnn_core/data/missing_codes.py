"""Numbers that look like codes for missing answers rather than answers."""

from __future__ import annotations

import numpy as np

from dnn_core.data.dataset import value_text

POSITIVE_CODES = {
    # A code leaves room above the scale: 8 and 9 beside 1 to 5, 99 beside 0 to 10.
    5.0: (7.0, 8.0, 9.0),
    49.0: (66.0, 77.0, 88.0, 96.0, 97.0, 98.0, 99.0),
    499.0: (666.0, 777.0, 888.0, 996.0, 997.0, 998.0, 999.0),
    4999.0: (6666.0, 7777.0, 8888.0, 9996.0, 9997.0, 9998.0, 9999.0),
    49999.0: (99997.0, 99998.0, 99999.0),
}
"""Usual codes of survey archives, and the largest answer beside which they stand out.

The codes are those of the European Social Survey (7, 8, 9; 77, 88, 99; 777 …),
of ALLBUS and of the US General Social Survey (98, 99; 998, 999 …).
"""

NEGATIVE_DIGITS = tuple(float(-i) for i in range(1, 11))
"""SOEP, pairfam and newer ALLBUS files code missing answers from -1 to -10."""

NEGATIVE_CODES = tuple(-code for codes in POSITIVE_CODES.values() for code in codes if code > 9)

_ALL = np.array([*sum(POSITIVE_CODES.values(), ()), *NEGATIVE_DIGITS, *NEGATIVE_CODES])


def suspicious_codes(values: np.ndarray) -> tuple[str, ...]:
    """Find values outside the bulk that archives use for missing answers.

    They are only pointed out: a number is never made missing without the
    researcher's consent.

    Parameters
    ----------
    values : numpy.ndarray
        Distinct finite values of one variable, shape (distinct,).

    Returns
    -------
    tuple of str
        Texts as `Variable.missing_codes` holds them, in ascending order.
    """
    if not np.isin(values, _ALL).any():
        return ()
    return tuple(value_text(code) for code in sorted(_negative(values) + _positive(values)))


def _negative(values: np.ndarray) -> list[float]:
    below = values[values < 0]
    if not len(below) or len(below) == len(values):
        return []
    if np.isin(below, NEGATIVE_CODES + NEGATIVE_DIGITS).all():
        large = bool(np.isin(below, NEGATIVE_CODES).any())
        whole = bool((values == np.floor(values)).all())
        # A scale from -5 to 5 has negative answers.
        symmetric = -below.min() == values.max()
        return [float(v) for v in below] if large or (whole and not symmetric) else []
    rest = values[~np.isin(values, NEGATIVE_CODES)]
    gap = rest.min() - (rest.max() - rest.min()) / 2
    return [float(v) for v in below if v in NEGATIVE_CODES and v < gap]


def _positive(values: np.ndarray) -> list[float]:
    for largest, codes in POSITIVE_CODES.items():
        coded = np.isin(values, codes)
        answers = values[~coded & (values >= 0)]
        if coded.any() and len(answers) > 1 and 1 < answers.max() <= largest:
            return [float(v) for v in values[coded]]
    return []
