"""Edits of many variables at once, with a preview of the changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from dnn_core.data.dataset import Dataset, Level, Variable, mask_missing
from dnn_core.data.levels.guess import guess_level, level_obstacle
from dnn_core.errors import UserError
from dnn_core.specs import Choice


class CodesEdit(Choice):
    """How missing codes are edited."""

    ADD = "add", "Add"
    REMOVE = "remove", "Remove"
    REPLACE = "replace", "Replace all by"


@dataclass(frozen=True)
class Edit:
    """The requested changes; fields that are left out stay as they are.

    Parameters
    ----------
    level : Level, optional
    codes_edit : CodesEdit
    codes : tuple of str
        Missing codes to add, to remove, or to have instead.
    value_labels : dict of str to str
        Labels to set, by the text of the value; an empty label removes one.
    find, put : str
        In labels, `find` becomes `put`; nothing is done where `find` is empty.
    label, question : str, optional
    """

    level: Level | None = None
    codes_edit: CodesEdit = CodesEdit.ADD
    codes: tuple[str, ...] = ()
    value_labels: dict[str, str] = field(default_factory=dict)
    find: str = ""
    put: str = ""
    label: str | None = None
    question: str | None = None


@dataclass(frozen=True)
class Change:
    """One variable before and after an edit.

    `obstacle` says why the level stays as it is, where the answers cannot have the new one.
    """

    before: Variable
    after: Variable
    obstacle: str | None = None

    @property
    def parts(self) -> tuple[tuple[str, str, str], ...]:
        """What changes, as (what, now, then)."""
        rows = (
            ("Label", self.before.label, self.after.label),
            ("Question", self.before.question, self.after.question),
            ("Level", self.before.level.label, self.after.level.label),
            (
                "Missing codes",
                ", ".join(self.before.missing_codes),
                ", ".join(self.after.missing_codes),
            ),
            (
                "Value labels",
                *_differing_labels(self.before.value_labels, self.after.value_labels),
            ),
        )
        return tuple((what, now, then) for what, now, then in rows if now != then)


def plan_edit(dataset: Dataset, names: Iterable[str], edit: Edit) -> tuple[Change, ...]:
    """Say what an edit changes; variables that stay as they are, are left out.

    A level that was guessed from answers and labels is guessed anew where other codes are
    missing or labels change: 1, 2 and 9 are ordinal, and binary once 9 is no answer.

    Raises
    ------
    UserError
        If the data set has no variable of a name.
    """
    changes = []
    for name in names:
        before = dataset.variable(name)
        after, obstacle = _edited(dataset, before, edit)
        if after != before or obstacle:
            changes.append(Change(before, after, obstacle))
    return tuple(changes)


def edited_parts(dataset: Dataset) -> dict[str, dict[str, tuple[str, str]]]:
    """What was edited since the data were read: variable, then what, as it was and as it is."""
    changes = (Change(before, dataset.variable(name)) for name, before in dataset.as_read.items())
    return {
        change.before.name: {what: (now, then) for what, now, then in change.parts}
        for change in changes
    }


def declare_missing(dataset: Dataset, codes: Mapping[str, tuple[str, ...]]) -> tuple[Change, ...]:
    """Say what changes when codes of some variables become missing codes."""
    return tuple(
        change
        for name, declared in codes.items()
        for change in plan_edit(dataset, [name], Edit(codes=declared))
    )


def _edited(dataset: Dataset, before: Variable, edit: Edit) -> tuple[Variable, str | None]:
    if before.level is Level.IMAGE:
        return before, None
    label = before.label if edit.label is None else edit.label
    if edit.find:
        label = re.sub(r"\s+", " ", label.replace(edit.find, edit.put)).strip()
    labels = {**before.value_labels, **edit.value_labels}
    codes = _codes(before.missing_codes, edit)
    level: Level = before.level
    obstacle = None
    series = dataset.frame[before.name]
    if edit.level is not None:
        obstacle = level_obstacle(series, codes, edit.level)
        level = before.level if obstacle else edit.level
    after = before.model_copy(
        update={
            "label": label,
            "question": before.question if edit.question is None else edit.question,
            "level": level,
            "missing_codes": codes,
            "value_labels": {code: text for code, text in labels.items() if text},
        }
    )
    told = (after.missing_codes, after.value_labels) != (before.missing_codes, before.value_labels)
    if edit.level is None and told and level is _guessed(series, before):
        after = after.model_copy(update={"level": _guessed(series, after)})
    return after, obstacle


def _guessed(series: pd.Series, variable: Variable) -> Level:
    """The level as it is guessed from answers and labels."""
    answers = mask_missing(series, variable.missing_codes)
    return guess_level(answers, variable.value_labels, variable.measure)


def _codes(before: tuple[str, ...], edit: Edit) -> tuple[str, ...]:
    match edit.codes_edit:
        case CodesEdit.REPLACE:
            return tuple(dict.fromkeys(edit.codes))
        case CodesEdit.REMOVE:
            return tuple(code for code in before if code not in edit.codes)
    return tuple(dict.fromkeys((*before, *edit.codes)))


def _differing_labels(now: Mapping[str, str], then: Mapping[str, str]) -> tuple[str, str]:
    """Both sides of the labels that differ, as “1 = yes, 2 = no”."""
    keys = [key for key in {**now, **then} if now.get(key) != then.get(key)]
    before, after = (
        ", ".join(f"{key} = {side[key]}" for key in keys if key in side) for side in (now, then)
    )
    return before, after


_QUOTED = re.compile(r"""\s*(-?\d+(?:\.\d+)?)\s+(?:"([^"]*)"|'([^']*)')\s*[,;/]?""")
_EQUATED = re.compile(r"(?:^|[,;\n])[ \t]*([^=,;\n]+?)[ \t]*=")


def read_value_labels(text: str) -> dict[str, str]:
    """Value labels as people and syntax files write them; an empty label removes one.

    Raises
    ------
    UserError
        If they are written in another way.

    Examples
    --------
    >>> read_value_labels("1 = yes, of course, 2 = no")
    {'1': 'yes, of course', '2': 'no'}
    >>> read_value_labels("1 'yes' 2 'no'")
    {'1': 'yes', '2': 'no'}
    """
    text = text.strip()
    if not text:
        return {}
    quoted = list(_QUOTED.finditer(text))
    if quoted and "".join(m[0] for m in quoted) == text:
        return {_value(m[1]): (m[2] if m[2] is not None else m[3]).strip() for m in quoted}
    keys = list(_EQUATED.finditer(text))
    if not keys or keys[0].start() > 0:
        raise UserError(
            "These value labels cannot be read.",
            expected="1 = yes, 2 = no",
            received=text[:60],
            remedy="Write a value, an equals sign and its label, one after the other.",
        )
    ends = [*(m.start() for m in keys[1:]), len(text)]
    return {
        _value(m[1]): text[m.end() : end].strip(" \t\n,;").strip("\"'")
        for m, end in zip(keys, ends, strict=True)
    }


def _value(text: str) -> str:
    """The text of a value: 1.0 is 1."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", text.strip().strip("\"'"))
