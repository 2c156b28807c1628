"""How the network learns: five settings in sight, the rest folded away."""

from __future__ import annotations

import streamlit as st

from dnn_core.specs import Kind, Optimizer, Schedule
from pages.components.fields import show_field, show_fields
from pages.session import state


def show_training(kind: Kind) -> None:
    """Training settings, input dropout and seed."""
    st.header("Training", anchor=False)
    draft = state.draft()
    training = show_fields(
        draft.training, "members", "epochs", "batch_size", "optimizer", "learning_rate"
    )
    network = draft.network
    with st.expander("Early stopping, schedule, class weights, seed"):
        training = show_fields(training, "early_stopping", "patience")
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
        network = show_fields(network, "ridge", "input_dropout", "neutral_start")
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
