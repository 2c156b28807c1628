"""How answers become numbers, folded away: the defaults suit most surveys."""

from __future__ import annotations

import streamlit as st

from dnn_core.specs import EncodingSpec
from pages.components import state
from pages.components.fields import show_fields

SIDE_BY_SIDE = 2
"""The choices are sentences, which need room."""


def show_encoding() -> None:
    """Every setting of the encoding."""
    encoding = state.draft().encoding
    names = list(EncodingSpec.model_fields)
    with st.expander("Missing answers, scale, bins, rare categories"):
        for first in range(0, len(names), SIDE_BY_SIDE):
            encoding = show_fields(encoding, *names[first : first + SIDE_BY_SIDE])
    state.change(encoding=encoding)
