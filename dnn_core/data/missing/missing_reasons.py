"""Kinds of missing answer of a variable: refused, don't know, not asked, or simply none.

Whether somebody refused, did not know or was never asked can say more about the
outcome than the answer would have. The kinds have their names from the value labels
of the missing codes.
"""

from __future__ import annotations

from dnn_core.data.dataset import Variable

MARK = " (missing)"
"""Behind the name of a kind of missing answer, which an answer could have, too."""


def missing_reasons(variable: Variable) -> tuple[tuple[str, str], ...]:
    """Name the kind of missing answer that each missing code of a variable stands for.

    A code without a label is a kind of its own under its own name. Of a range, each
    code with a label is a kind of its own, and the others are one kind together.

    Returns
    -------
    tuple of (str, str)
        Code, or range of codes, and name, such as `("-99", "Refused (missing)")`;
        ranges stand last. Codes with the same label have the same name.
    """
    labels = {_plain(code): label for code, label in variable.value_labels.items() if label}
    single, ranges = {}, []
    for code in variable.missing_codes:
        ends = _ends(code)
        if ends is None:
            single[code] = labels.get(_plain(code), code)
            continue
        ranges.append((code, _named(code)))
        for value, label in labels.items():
            if isinstance(value, float) and ends[0] <= value <= ends[1]:
                single[f"{value:.15g}"] = label
    return (*((code, _named(label)) for code, label in single.items()), *ranges)


def _named(reason: str) -> str:
    return f"{reason}{MARK}"


def _ends(code: str) -> tuple[float, float] | None:
    """Both ends of a range, or None for a single code."""
    low, to, high = code.partition(" to ")
    numbers = _plain(low), _plain(high)
    if not to or not all(isinstance(number, float) for number in numbers):
        return None
    return float(low), float(high)


def _plain(code: str) -> float | str:
    """-99 and -99.0 are the same code."""
    try:
        return float(code)
    except ValueError:
        return code
