"""The network's diagram, its size, and contradictions between settings."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.prepare import Outline
from dnn_core.diagnostics.network_diagram import network_diagram
from dnn_core.network.contradictions import contradictions
from dnn_core.network.size import count_parameters
from dnn_core.outcome.output import output_for
from dnn_core.specs import Part, Task
from dnn_core.wording import plural
from pages.components.layout import show_notice, show_question, show_tile
from pages.components.text import escape
from pages.session import state


def show_network(task: Task, sizes: Outline) -> None:
    """Diagram, parameters, cases per parameter, contradictions; follows every edit."""
    draft = state.draft()
    show_question("What does it look like?", "Up to eight units of each layer are drawn.")
    st.altair_chart(
        network_diagram(draft.network, sizes.inputs, len(task.features), sizes.target),
        alt=f"A network with {plural(sizes.inputs, 'input column')}, hidden layers "
        f"{draft.network.summary()}, and {plural(sizes.target.outputs, 'output unit')}",
    )
    parameters = count_parameters(draft.network, sizes.inputs, output_for(sizes.target))
    cases = sizes.cases[Part.TRAINING]
    left, right = st.columns(2, gap="small")
    with left:
        show_tile("Parameters", f"{parameters:,}", "learned from the data")
    with right:
        show_tile(
            "Cases per parameter",
            f"{cases / parameters:,.2f}",
            plural(cases, "training case"),
            help_text="Below one the network could memorise cases; dropout, penalties and early "
            "stopping counteract that.",
        )
    for contradiction in contradictions(
        draft.network, draft.training, training_rows=cases, kind=sizes.target.kind
    ):
        show_notice(escape(contradiction.title), escape(contradiction.detail))
