"""Text from files, and numbers, as they are written on a page."""

from __future__ import annotations

import re
from datetime import datetime

from dnn_core import wording

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!$:|<>~&])")
_ICON = re.compile(r":(?=material/|streamlit:)")


def escape(text: str) -> str:
    """Text from a file as plain text inside Markdown: no format, no formula, no link, no icon."""
    # Icons are put in after backslashes are gone; an invisible word joiner tells them apart.
    text = _ICON.sub(":\u2060", re.sub(r"\s+", " ", text))
    return _MARKDOWN.sub(r"\\\1", text)


def row_number(row: int) -> str:
    """A row as people count: the first one below the names is 1."""
    return f"{row + 1:,}"


def share(value: float) -> str:
    """A share as percentage with one decimal."""
    return f"{100 * value:.1f}%"


def file_size(size: int) -> str:
    """Bytes in the unit a person would use."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000)):,} KB"
    return f"{size / 1e6:,.1f} MB"


def duration(seconds: float) -> str:
    """Seconds as `14 s`, `3 min` or `2 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def date_and_time(moment: datetime) -> str:
    """A moment as the clock on the wall showed it: `3 December 2026, 14:05`."""
    local = moment.astimezone()
    return f"{local.day} {local:%B %Y, %H:%M}"


def number(value: float, decimals: int = 3) -> str:
    """A number with a true minus and a fixed number of decimals."""
    return wording.number(value, decimals)
