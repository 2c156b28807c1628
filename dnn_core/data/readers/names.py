"""Names of columns: joined from two rows, made unique, listed in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def join_headers(questions: list[str], items: list[str]) -> list[str]:
    """Carry each question over the items that follow it without one of their own."""
    joined = []
    question = ""
    for i in range(max(len(questions), len(items))):
        question = (questions[i].strip() if i < len(questions) else "") or question
        item = items[i].strip() if i < len(items) else ""
        joined.append(": ".join(part for part in (question, item) if part))
    return joined


def unique_names(header: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Name every column, each differently, and say what was changed."""
    plain = [" ".join(name.split()) for name in header]
    taken = set(plain)
    names: list[str] = []
    used: set[str] = set()
    unnamed, repeated = [], []
    counts: Counter[str] = Counter()
    for position, name in enumerate(plain, start=1):
        unique = name or f"v{position}"
        stem = unique
        while unique in used or (unique != name and unique in taken):
            counts[stem] += 1
            unique = f"{stem}_{counts[stem] + 1}"
        if not name:
            unnamed.append(unique)
        elif unique != name:
            repeated.append(unique)
        used.add(unique)
        names.append(unique)
    warnings = []
    if unnamed:
        warnings.append(f"{_columns(unnamed)} had no name and received one: {listed(unnamed)}.")
    if repeated:
        warnings.append(f"{_columns(repeated)} had a name that occurs twice and received a new "
                        f"one: {listed(repeated)}.")  # fmt: skip
    return tuple(names), warnings


def listed(names: list[str], limit: int = 5) -> str:
    """Name a few and count the rest."""
    rest = len(names) - limit
    shown = ", ".join(f"“{name}”" for name in names[:limit])
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def _columns(names: list[str]) -> str:
    return "One column" if len(names) == 1 else f"{len(names):,} columns"
