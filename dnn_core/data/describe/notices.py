"""Notices on problems in the variables of a data set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dnn_core.data.dataset import Level, Variable
from dnn_core.data.missing.missing_codes import SuspiciousCode

MANY_CATEGORIES = 30
"""Nominal variables with more categories become very wide when encoded."""


@dataclass(frozen=True)
class Notice:
    """Something the researcher should look at.

    `title` and `detail` are plain text with names from the file in them; what
    shows them as Markdown has to escape them.
    """

    code: str
    variables: tuple[str, ...]
    title: str
    detail: str


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of one column after looking at every value once."""

    variable: Variable
    numeric: bool
    missing: float
    distinct: int
    infinite: bool
    all_rare: bool
    codes: tuple[SuspiciousCode, ...]
    distribution: tuple[int, ...]
    example: str


def find_notices(columns: Sequence[ColumnFacts], warnings: Iterable[str]) -> tuple[Notice, ...]:
    """Notices on problems, the most consequential first.

    Parameters
    ----------
    columns : sequence of ColumnFacts
    warnings : iterable of str
        What the reader corrected or guessed.
    """
    groups = {
        "all_missing": [c for c in columns if c.distinct == 0],
        "constant": [c for c in columns if c.distinct == 1 and not c.missing],
        "one_answer": [c for c in columns if c.distinct == 1 and c.missing],
        "identifier": [c for c in columns if c.variable.level is Level.IDENTIFIER],
        "text": [c for c in columns if c.variable.level is Level.TEXT],
        "infinite": [c for c in columns if c.infinite],
        "all_rare": [c for c in columns if c.all_rare],
        "many_categories": [
            c
            for c in columns
            if c.variable.level is Level.NOMINAL and c.distinct > MANY_CATEGORIES and not c.all_rare
        ],
    }
    # A letter, a mark or a level that is misread is wrong in every answer.
    notices = [_reading_notice(warning) for warning in warnings]
    notices += _code_notices(columns)
    for code, (one, several, detail) in _SENTENCES.items():
        if groups[code]:
            names = tuple(column.variable.name for column in groups[code])
            predicate = one if len(names) == 1 else several
            notices.append(Notice(code, names, f"{enumerate_names(names)} {predicate}", detail))
    return tuple(notices)


def _reading_notice(warning: str) -> Notice:
    """What stands below the first line of a warning is its detail."""
    title, _, detail = warning.partition("\n")
    return Notice("reading", (), title, detail or "Check it in the table below.")


_SENTENCES = {
    "identifier": (
        "has a different value in every row.",
        "have a different value in every row.",
        "Such values identify rows and cannot help to predict new ones. They will be left out.",
    ),
    "text": (
        "holds free text.",
        "hold free text.",
        "Answers in people's own words cannot be encoded and will be left out. To use them, sort "
        "them into categories in the file.",
    ),
    "constant": ("never varies.", "never vary.", "That cannot help a prediction."),
    "all_missing": (
        "has no answers.",
        "have no answers.",
        "There is nothing to learn from; check the missing tokens.",
    ),
    "one_answer": (
        "holds one answer or none.",
        "hold one answer or none.",
        "As in “select all that apply”, an empty cell is read as “not selected”.",
    ),
    "infinite": (
        "holds infinite values.",
        "hold infinite values.",
        "They count as missing answers; they often come from a division by zero.",
    ),
    "all_rare": (
        "has answers that hardly anybody shares.",
        "have answers that hardly anybody shares.",
        "Rare answers are pooled into one category, which would leave nothing to learn from, so "
        "these answers are left out. To use them, sort them into fewer categories in the file.",
    ),
    "many_categories": (
        f"has more than {MANY_CATEGORIES} categories.",
        f"have more than {MANY_CATEGORIES} categories.",
        "Rare categories are pooled when the network is trained; consider grouping them in the "
        "file.",
    ),
}
"""The sentence for one variable, that for several, and the consequence."""


MISSING_CODES = "missing_codes"


def _code_notices(columns: Sequence[ColumnFacts]) -> list[Notice]:
    """One notice for all variables with the same codes."""
    by_codes: dict[tuple[str, ...], list[ColumnFacts]] = {}
    for column in columns:
        if column.codes:
            by_codes.setdefault(tuple(c.code for c in column.codes), []).append(column)
    notices = []
    for codes, holders in by_codes.items():
        names = tuple(column.variable.name for column in holders)
        verb = "holds" if len(names) == 1 else "hold"
        looks = "look like codes" if len(codes) > 1 else "looks like a code"
        until = "Until declared, they count" if len(codes) > 1 else "Until declared, it counts"
        notices.append(
            Notice(
                MISSING_CODES,
                names,
                f"{enumerate_names(names)} {verb} {enumerate_names(codes)}, which {looks} "
                "for missing answers.",
                f"{_why(holders)} {until} as {'answers' if len(codes) > 1 else 'an answer'}.",
            )
        )
    return notices


def _why(holders: Sequence[ColumnFacts]) -> str:
    """Counts and reasons of the first variable; they are much the same in the others."""
    first = holders[0]
    where = f"In {first.variable.name}: " if len(holders) > 1 else ""
    sentence = "; ".join(describe_code(code) for code in first.codes[:MOST_CODES_EXPLAINED])
    return f"{where}{sentence}{'; …' if len(first.codes) > MOST_CODES_EXPLAINED else ''}."


MOST_CODES_EXPLAINED = 3


def describe_code(code: SuspiciousCode) -> str:
    """A code with its rows and the reasons in one line."""
    rows = f"{code.count:,} row{'s' * (code.count != 1)}"
    return f"{code.code} ({rows}): {', '.join(code.reasons)}"


def enumerate_names(names: Iterable[str], limit: int = 5) -> str:
    """Write “a, b and c”, and count what does not fit."""
    listed = list(names)
    if len(listed) > limit:
        return f"{', '.join(listed[:limit])} and {len(listed) - limit:,} more"
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
