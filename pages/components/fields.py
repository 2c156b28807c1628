"""Widgets made from a field's one declaration."""

from __future__ import annotations

from typing import Any, TypeVar

import streamlit as st

from dnn_core.specs import Setting, Spec, describe_field
from pages.session import state

SomeSpec = TypeVar("SomeSpec", bound=Spec)


def show_field(spec: Spec, name: str, *, disabled: bool = False) -> Any:
    """Show the widget of one field, starting from the spec's value, and return its value."""
    setting = describe_field(type(spec), name)
    value = getattr(spec, name)
    common: dict[str, Any] = {
        "label": setting.title,
        "help": setting.help,
        "key": state.key(f"{type(spec).__name__}.{name}"),
        "disabled": disabled,
    }
    if setting.choices:
        options = list(setting.choices)
        return st.selectbox(
            options=options, index=options.index(value), format_func=_label, **common
        )
    if setting.kind is bool:
        return st.toggle(value=value, **common)
    return _show_number(setting, value, common)


def show_fields(spec: SomeSpec, *names: str) -> SomeSpec:
    """Show several fields side by side and return the changed spec."""
    values = {}
    # Where the page is narrow, they take several rows.
    with st.container(key=f"fields_{type(spec).__name__}_{names[0]}"):
        columns = st.columns(len(names), vertical_alignment="bottom")
    for column, name in zip(columns, names, strict=True):
        with column:
            values[name] = show_field(spec, name)
    return spec.but(**values)


def _show_number(setting: Setting, value: Any, common: dict[str, Any]) -> Any:
    cast: Any = int if setting.kind is int else float
    return st.number_input(
        min_value=None if setting.low is None else cast(setting.low),
        max_value=None if setting.high is None else cast(setting.high),
        value=None if value is None else cast(value),
        step=cast(setting.hyperparameter.step) if setting.hyperparameter.step else None,
        format=setting.hyperparameter.format,
        **common,
    )


def column_of(spec: type[Spec], name: str) -> Any:
    """The column of a table editor for one field."""
    setting = describe_field(spec, name)
    common: dict[str, Any] = {"label": setting.title, "help": setting.help, "required": True}
    if setting.choices:
        return st.column_config.SelectboxColumn(
            options=[choice.value for choice in setting.choices],
            format_func=lambda value: setting.kind(value).label,
            default=setting.default.value,
            **common,
        )
    if setting.kind is bool:
        return st.column_config.CheckboxColumn(default=setting.default, **common)
    return st.column_config.NumberColumn(
        min_value=setting.low,
        max_value=setting.high,
        step=setting.hyperparameter.step,
        format=setting.hyperparameter.format,
        **common,
    )


def _label(choice: Any) -> str:
    return choice.label
