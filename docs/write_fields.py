"""A hook of the site: the fields of what is asked for, as the dashboard shows them.

A field's title, help and range stand once, on the field. `<!-- fields Task -->` on a page becomes
a table of them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

# The library of this clone, whether or not it is installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import dnn_core
from dnn_core.specs import Setting, Spec, describe_field

PLACE = re.compile(r"<!-- fields (\w+) -->")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Write the tables into a page; mkdocs calls it."""
    return PLACE.sub(lambda place: write_table(getattr(dnn_core, place[1])), markdown)


def write_table(spec: type[Spec]) -> str:
    """One row for each field: name, title, what it may be, its default, and what it does."""
    rows = ["| field | meaning | values | default |", "|---|---|---|---|"]
    for name, field in spec.model_fields.items():
        setting = describe_field(spec, name)
        meaning = f"**{setting.title}.** {setting.help}" if field.title else ""
        default = "asked for" if field.is_required() else _default(setting)
        rows.append(f"| `{name}` | {meaning} | {_values(setting)} | {default} |")
    return "\n".join(rows)


def _values(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(f"`{choice.value}`" for choice in setting.kind)
    if issubclass(setting.kind, Spec):
        return f"`{setting.kind.__name__}`"
    if setting.low is None and setting.high is None:
        return ""
    low = "" if setting.low is None else f"from {setting.low:g}"
    high = "" if setting.high is None else f"to {setting.high:g}"
    return f"{low} {high}".strip()


def _default(setting: Setting) -> str:
    default = setting.default
    if isinstance(default, Spec) or default is None or default == ():
        return ""
    return f"`{getattr(default, 'value', default)}`"
