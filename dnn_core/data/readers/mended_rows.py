"""Sentences on rows of a text file that were mended or left out."""

from __future__ import annotations


def describe_repeats(lines: tuple[int, ...]) -> list[str]:
    """Say in which lines the header is repeated."""
    if not lines:
        return []
    repeat = "repeats" if len(lines) == 1 else "repeat"
    return [f"{_rows(list(lines))} that {repeat} the names left out: {line_numbers(list(lines))}."]


def describe_mending(notes: list[int], long: list[int], short: list[int], width: int) -> list[str]:
    """Say what was mended, from the lines of notes, of long and of short rows."""
    warnings = []
    if notes:
        warnings.append(
            f"{_rows(notes)} of notes around the table left out: {line_numbers(notes)}."
        )
    if long:
        warnings.append(
            f"{_rows(long)} had more cells than there are columns ({width:,}) and "
            f"{'was' if len(long) == 1 else 'were'} left out: {line_numbers(long)}."
        )
    if short:
        warnings.append(
            f"{_rows(short)} had fewer cells than there are columns ({width:,}); "
            f"the cells at the end count as missing: {line_numbers(short)}."
        )
    return warnings


def _rows(lines: list[int]) -> str:
    return "One row" if len(lines) == 1 else f"{len(lines):,} rows"


def line_numbers(lines: list[int], limit: int = 5) -> str:
    """Name lines of the file, the first few of many."""
    shown = ", ".join(str(line) for line in lines[:limit])
    rest = len(lines) - limit
    word = "line" if len(lines) == 1 else "lines"
    return f"{word} {shown} and {rest:,} more" if rest > 0 else f"{word} {shown}"
