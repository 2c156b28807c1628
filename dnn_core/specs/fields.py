"""The declaration of a field, from which all other modules read title, help and range.

A field of a spec is a pydantic field: its title, help text and range stand on
the field itself. What pydantic has no place for (step, logarithmic scale,
tuning range) is a `Hyperparameter` in the field's metadata. `describe_field` puts both
together for the widget, the error message, the comparison table and the docs.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ConfigDict, ValidationError

from dnn_core.errors import UserError
from dnn_core.wording import plain


class Choice(StrEnum):
    """A text enum whose members carry the words shown to the researcher."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class Spec(BaseModel):
    """Base of all specifications: frozen, compared by value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Make a spec; a value out of range raises a `UserError` in plain words."""
        try:
            return cls(**values)
        except ValidationError as error:
            raise explain(cls, error) from error

    def but(self, **changes: Any) -> Self:
        """Return a validated copy with some fields changed."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).of(**{**values, **changes})


@dataclass(frozen=True)
class Hyperparameter:
    """Metadata of a field for widgets and tuning, beyond its range.

    Parameters
    ----------
    step : float, optional
        Step of the widget.
    log : bool
        Whether the field is searched and shown on a logarithmic scale.
    tune : tuple of float, optional
        The range in which a search is sensible, narrower than the allowed one.
    format : str, optional
        printf format of the widget.
    """

    step: float | None = None
    log: bool = False
    tune: tuple[float, float] | None = None
    format: str | None = None


@dataclass(frozen=True)
class Setting:
    """The declaration of one field, independent of pydantic."""

    name: str
    title: str
    help: str
    kind: type
    default: Any
    low: float | None
    high: float | None
    hyperparameter: Hyperparameter
    optional: bool

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(self.kind) if issubclass(self.kind, Choice) else ()

    def show(self, value: Any) -> str:
        """Write a value of this field as a researcher reads it."""
        if value is None:
            return "none"
        if isinstance(value, Choice):
            return value.label
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return plain(value)
        if isinstance(value, tuple):
            return ", ".join(map(str, value)) or "none"
        return str(value)


def describe_field(spec: type[BaseModel], name: str) -> Setting:
    """Collect the declaration of one field.

    Raises
    ------
    KeyError
        If the spec has no such field.
    """
    field = spec.model_fields[name]
    low = high = None
    hyperparameter = Hyperparameter()
    for item in field.metadata:
        if isinstance(item, annotated_types.Ge):
            low = float(item.ge)  # type: ignore[arg-type]
        elif isinstance(item, annotated_types.Le):
            high = float(item.le)  # type: ignore[arg-type]
        elif isinstance(item, Hyperparameter):
            hyperparameter = item
    kind, optional = _plain_type(field.annotation)
    return Setting(
        name=name,
        title=field.title or name,
        help=field.description or "",
        kind=kind,
        default=field.default,
        low=low,
        high=high,
        hyperparameter=hyperparameter,
        optional=optional,
    )


def describe_fields(spec: type[BaseModel]) -> tuple[Setting, ...]:
    """All declared fields of a spec, in their order."""
    return tuple(describe_field(spec, name) for name in spec.model_fields)


def explain(spec: type[BaseModel], error: ValidationError) -> UserError:
    """Turn pydantic's first complaint into a sentence with the field's title."""
    first = error.errors()[0]
    if first["type"] == "extra_forbidden":
        return UserError(f"“{first['loc'][-1]}” is not a known setting.", remedy="Leave it out.")
    owner, name = _innermost(spec, first["loc"])
    # What a validator says is in words already.
    if name is None or first["type"] == "value_error":
        message = first["msg"].removeprefix("Value error, ")
        return UserError(message)
    setting = describe_field(owner, name)
    if first["type"] == "missing":
        return UserError(f"“{setting.title}” is missing.", remedy=f"Give “{name}” a value.")
    return UserError(
        f"“{setting.title}” does not allow this value.",
        expected=_expected(setting) or first["msg"],
        received=repr(first["input"]),
        remedy="Change it to a value within the range.",
    )


def _innermost(
    spec: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[type[BaseModel], str | None]:
    """The spec that an error is about, perhaps one within another, and its field."""
    owner, name = spec, None
    inner: type[BaseModel] | None = spec
    for part in location:
        if inner is not None and isinstance(part, str) and part in inner.model_fields:
            owner, name = inner, part
            inner = _spec_within(inner, part)
    return owner, name


def _spec_within(spec: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The spec that a field holds, or holds several of; None for a plain value."""
    waiting = [spec.model_fields[name].annotation]
    while waiting:
        annotation = waiting.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        waiting += get_args(annotation)
    return None


def _expected(setting: Setting) -> str:
    if setting.choices:
        return "one of " + ", ".join(choice.label for choice in setting.choices)
    noun = "a whole number" if setting.kind is int else "a number"
    if setting.low is not None and setting.high is not None:
        return f"{noun} from {plain(setting.low)} to {plain(setting.high)}"
    if setting.low is not None:
        return f"{noun} of at least {plain(setting.low)}"
    if setting.high is not None:
        return f"{noun} of at most {plain(setting.high)}"
    return ""


def _plain_type(annotation: Any) -> tuple[type, bool]:
    """Return the plain class behind an annotation, and whether None is allowed."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        inner = [arg for arg in get_args(annotation) if arg is not type(None)]
        plain, _ = _plain_type(inner[0])
        return plain, True
    if origin is not None:
        return origin, False
    return annotation, False
