"""Every declared field becomes a widget that starts from, and keeps to, its declaration."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dnn_core.data.readers import ReadOptions
from dnn_core.specs import (
    Activation,
    EncodingSpec,
    HiddenLayer,
    NetworkSpec,
    SplitSpec,
    TrainingSpec,
    describe_fields,
)
from pages.components.fields import column_of

# What the data at hand have to offer (their variables and values), tables of layers, and what
# follows from another field until it is chosen, are no single field: they have a component of
# their own.
OF_THE_DATA = (str, tuple)
SHOWN = [
    (spec, setting)
    for spec in (TrainingSpec, SplitSpec, EncodingSpec, NetworkSpec)
    for setting in describe_fields(spec)
    if setting.kind not in OF_THE_DATA and not (setting.choices and setting.default is None)
]


def _script(spec, name):
    import streamlit as st

    from pages.components.fields import show_field

    st.session_state["returned"] = show_field(spec(), name)


@pytest.mark.parametrize(
    ("spec", "setting"), SHOWN, ids=[f"{spec.__name__}.{setting.name}" for spec, setting in SHOWN]
)
def test_a_field_as_widget(spec, setting):
    at = AppTest.from_function(_script, args=(spec, setting.name), default_timeout=30).run()
    assert not at.exception
    kind = "selectbox" if setting.choices else "toggle" if setting.kind is bool else "number_input"
    (widget,) = getattr(at, kind)
    assert (widget.label, widget.help) == (setting.title, setting.help)
    returned = at.session_state["returned"]
    assert returned == setting.default
    assert type(returned) is type(setting.default)
    if kind == "number_input":
        assert (widget.min, widget.max) == (setting.low, setting.high)
        assert widget.set_value(setting.kind(setting.high)).run()
        assert at.session_state["returned"] == setting.high


def test_the_language_of_a_choice_is_its_label():
    at = AppTest.from_function(_script, args=(ReadOptions, "delimiter"), default_timeout=30).run()
    assert at.selectbox[0].options == ["Comma ,", "Semicolon ;", "Tab", "Bar |"]


@pytest.mark.parametrize("setting", describe_fields(HiddenLayer), ids=lambda s: s.name)
def test_a_field_as_column(setting):
    column = column_of(HiddenLayer, setting.name)
    assert (column["label"], column["help"], column["required"]) == (
        setting.title,
        setting.help,
        True,
    )
    kind = column["type_config"]["type"]
    if setting.choices:
        assert kind == "selectbox"
        assert column["default"] == Activation.RELU.value
    elif setting.kind is bool:
        assert kind == "checkbox"
    else:
        assert kind == "number"
        config = column["type_config"]
        assert (config["min_value"], config["max_value"]) == (setting.low, setting.high)
