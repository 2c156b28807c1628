"""The training settings: five in sight, the rest in an expander."""

from __future__ import annotations

import streamlit as st

from dnn_core.specs import Kind, NetworkSpec, Optimizer, Schedule, TrainingSpec
from pages.components.fields import show_field, show_fields
from pages.session import state


def show_training(kind: Kind) -> None:
    """Training settings, input dropout and seed."""
    st.header("Training", anchor=False)
    draft = state.draft()
    training = show_fields(
        draft.training, "members", "epochs", "batch_size", "optimizer", "learning_rate"
    )
    st.header("Against over-fitting", anchor=False)
    training, network = _show_restraints(training, draft.network)
    with st.expander("Schedule, class weights, start, seed"):
        schedule = show_field(training, "schedule")
        training = training.but(schedule=schedule)
        if schedule is Schedule.PLATEAU:
            training = show_fields(training, "plateau_patience", "plateau_factor")
        elif schedule is Schedule.EXPONENTIAL:
            training = show_fields(training, "decay")
        if training.optimizer is Optimizer.SGD:
            training = show_fields(training, "momentum")
        elif training.optimizer is Optimizer.ADAMW:
            training = show_fields(training, "weight_decay")
        if not kind.numeric:
            training = training.but(class_weights=show_field(training, "class_weights"))
        network = show_fields(network, "neutral_start")
        seed = st.number_input(
            "Seed",
            min_value=0,
            max_value=2**31 - 1,
            value=draft.seed,
            step=1,
            help="Fixes the starting weights, the order of cases and dropout.",
            key=state.key("seed"),
        )
    state.change(training=training, network=network, seed=seed)


def _show_restraints(
    training: TrainingSpec, network: NetworkSpec
) -> tuple[TrainingSpec, NetworkSpec]:
    """What keeps the network from over-fitting, in one row, for it belongs to two specs."""
    with st.container(key="fields_restraints"):
        # A switch has its words beside it.
        columns = st.columns([1.5, 1, 1, 1], vertical_alignment="bottom")
    with columns[0]:
        training = training.but(early_stopping=show_field(training, "early_stopping"))
    with columns[1]:
        training = training.but(patience=show_field(training, "patience"))
    with columns[2]:
        network = network.but(ridge=show_field(network, "ridge"))
    with columns[3]:
        network = network.but(input_dropout=show_field(network, "input_dropout"))
    return training, network
