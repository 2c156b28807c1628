"""Presets, and one editable row for each hidden layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.specs import HOML_PRESETS, PRESETS, HiddenLayer, NetworkSpec, Spec, preset
from pages.components.fields import column_of
from pages.session import state

FIELDS = tuple(HiddenLayer.model_fields)
OWN = "Own"
NEW_LAYER = HiddenLayer(units=32)


def show_presets(dataset: Dataset, cases: int) -> None:
    """Networks to start from; the one in use is marked."""
    if dataset.images is not None:
        presets: dict[str, dict[str, Spec]] = {
            name: {"network": network} for name, network in HOML_PRESETS.items()
        }
    else:
        presets = {name: preset(name, cases) for name in PRESETS}
    draft = state.draft()
    current = next(
        (
            name
            for name, asked in presets.items()
            if all(getattr(draft, part) == spec for part, spec in asked.items())
        ),
        OWN,
    )
    chosen = st.segmented_control(
        "Preset",
        [*presets, OWN],
        default=current,
        required=True,
        help="A network to start from; change single layers below.",
        # The mark follows what the layers below have become.
        key=state.key(f"preset-{current}"),
    )
    if chosen not in (current, OWN):
        state.renew(**presets[chosen])
        st.rerun()


def show_layers() -> None:
    """One row for each hidden layer; add, remove and move."""
    st.header("Hidden layers", anchor=False)
    table = state.snapshot("layers", (), _table)
    if table.empty:
        st.caption("No hidden layer: this is a linear or logistic regression.")
        edited = table
    else:
        edited = st.data_editor(
            table,
            hide_index=True,
            row_height=36,
            height="content",
            disabled=["layer"],
            key=state.key("layers"),
            column_config={
                "layer": st.column_config.NumberColumn("Layer", width=50),
                **{name: column_of(HiddenLayer, name) for name in FIELDS},
            },
            alt="Hidden layers with units, activation, batch normalisation, dropout and penalties",
        )
    network = state.draft().network
    hidden = tuple(HiddenLayer.of(**_values(row)) for row in edited.to_dict("records"))
    state.change(network=network.but(hidden=hidden))
    _show_actions(hidden)


def _table() -> pd.DataFrame:
    layers = state.draft().network.hidden
    rows = [{"layer": i, **layer.model_dump(mode="json")} for i, layer in enumerate(layers, 1)]
    return pd.DataFrame(rows, columns=["layer", *FIELDS])


def _values(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: row[name] for name in FIELDS}


def _show_actions(hidden: tuple[HiddenLayer, ...]) -> None:
    before = state.recall("layers_before")
    with st.container(horizontal=True, gap="small"):
        if _action("Add layer", ":material/add:"):
            _set(
                (
                    *hidden,
                    hidden[-1].but(units=max(1, hidden[-1].units // 2)) if hidden else NEW_LAYER,
                )
            )
        if _action("Remove last", ":material/remove:", disabled=not hidden):
            _set(hidden[:-1])
        if _action("First to last", ":material/swap_vert:", disabled=len(hidden) < 2):
            _set((*hidden[1:], hidden[0]))
        if _action("Undo", ":material/undo:", disabled=before is None):
            state.remember("layers_before", None)
            state.renew(network=before)
            st.rerun()


def _action(label: str, icon: str, *, disabled: bool = False) -> bool:
    return st.button(
        label, icon=icon, type="tertiary", disabled=disabled, key=state.key(f"layers-{label}")
    )


def _set(hidden: tuple[HiddenLayer, ...]) -> None:
    network: NetworkSpec = state.draft().network
    state.remember("layers_before", network)
    state.renew(network=network.but(hidden=hidden))
    st.rerun()
