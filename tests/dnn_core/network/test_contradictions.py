"""Every remark: settings in which it fires, and close by, settings in which it is silent."""

from __future__ import annotations

from typing import Any

import pytest

from dnn_core.network.contradictions import contradictions, idle_settings
from dnn_core.specs import PRESETS, Activation, HiddenLayer, Kind, NetworkSpec, TrainingSpec

LINEAR, RELU, SELU = Activation.LINEAR, Activation.RELU, Activation.SELU


def _network(*layers: dict[str, Any], input_dropout: float = 0.0) -> NetworkSpec:
    hidden = tuple(HiddenLayer(**{"units": 8, **layer}) for layer in layers)
    return NetworkSpec(hidden=hidden, input_dropout=input_dropout)


PLAIN = _network({}, {})

# code, network that fires, training that fires, network and training that are silent.
CASES: dict[str, tuple[NetworkSpec, dict[str, Any], NetworkSpec, dict[str, Any]]] = {
    "all_linear": (
        _network({"activation": LINEAR}, {"activation": LINEAR, "batch_norm": True}),
        {},
        _network({"activation": LINEAR}, {"activation": RELU}),
        {},
    ),
    "linear_layer": (
        _network({}, {"activation": LINEAR}),
        {},
        _network({}, {"activation": LINEAR, "dropout": 0.2}),
        {},
    ),
    "batch_norm_of_one_case": (
        _network({"batch_norm": True}),
        {"batch_size": 1},
        _network({"batch_norm": True}),
        {"batch_size": 2},
    ),
    "batch_exceeds_rows": (PLAIN, {"batch_size": 101}, PLAIN, {"batch_size": 100}),
    "several_restraints": (
        _network({"dropout": 0.2}, {"l2": 0.01}),
        {},
        _network({"dropout": 0.2}, {"dropout": 0.2}),
        {},
    ),
    "weight_decay_and_l2": (
        _network({"l2": 0.01}),
        {"optimizer": "adamw"},
        _network({"l2": 0.01}),
        {"optimizer": "adamw", "weight_decay": 0.0},
    ),
    "dropout_and_batch_norm": (
        _network({"batch_norm": True}, {"dropout": 0.2}),
        {},
        _network({"batch_norm": True}, {}),
        {},
    ),
    "selu_disturbed": (
        _network({"activation": SELU, "batch_norm": True}),
        {},
        _network({"activation": SELU}, {"batch_norm": True}),
        {},
    ),
    "dropout_on_few_units": (
        _network({"units": 2, "dropout": 0.2}),
        {},
        _network({"units": 3, "dropout": 0.2}),
        {},
    ),
    # Patience 18 of 20 epochs can stop after epoch 19; patience 19 only after the last.
    "early_stopping_never_acts": (
        PLAIN,
        {"epochs": 20, "patience": 19},
        PLAIN,
        {"epochs": 20, "patience": 18},
    ),
    "plateau_never_acts": (
        PLAIN,
        {"schedule": "plateau", "plateau_patience": 10, "patience": 10},
        PLAIN,
        {"schedule": "plateau", "plateau_patience": 9, "patience": 10},
    ),
    "momentum_unused": (PLAIN, {"momentum": 0.5}, PLAIN, {"momentum": 0.5, "optimizer": "sgd"}),
    "weight_decay_unused": (
        PLAIN,
        {"weight_decay": 0.1},
        PLAIN,
        {"weight_decay": 0.1, "optimizer": "adamw"},
    ),
    "plateau_patience_unused": (
        PLAIN,
        {"plateau_patience": 3},
        PLAIN,
        {"plateau_patience": 3, "schedule": "plateau"},
    ),
    "plateau_factor_unused": (
        PLAIN,
        {"plateau_factor": 0.2},
        PLAIN,
        {"plateau_factor": 0.2, "schedule": "plateau"},
    ),
    "decay_unused": (PLAIN, {"decay": 0.8}, PLAIN, {"decay": 0.8, "schedule": "exponential"}),
    "patience_unused": (
        PLAIN,
        {"patience": 7, "early_stopping": False},
        PLAIN,
        {"patience": 7},
    ),
}


def _codes(network: NetworkSpec, kind: Kind = Kind.BINARY, **training: Any) -> list[str]:
    spec = TrainingSpec.of(**training)
    return [r.code for r in contradictions(network, spec, training_rows=100, kind=kind)]


@pytest.mark.parametrize("code", CASES)
def test_fires(code: str) -> None:
    network, training, _, _ = CASES[code]
    assert _codes(network, **training).count(code) == 1


@pytest.mark.parametrize("code", CASES)
def test_silent(code: str) -> None:
    _, _, network, training = CASES[code]
    assert code not in _codes(network, **training)


def test_class_weights_fire_for_a_quantity_only() -> None:
    assert _codes(PLAIN, Kind.REGRESSION, class_weights=True) == ["class_weights_of_quantity"]
    assert _codes(PLAIN, Kind.MULTICLASS, class_weights=True) == []


def test_plateau_beyond_the_last_epoch() -> None:
    settings = {"schedule": "plateau", "early_stopping": False, "epochs": 10}
    assert _codes(PLAIN, plateau_patience=9, **settings) == ["plateau_never_acts"]
    assert _codes(PLAIN, plateau_patience=8, **settings) == []


def test_a_linear_network_is_called_linear_once() -> None:
    assert _codes(_network({"activation": LINEAR})) == ["all_linear"]


def test_restraints_are_named() -> None:
    network = _network({"dropout": 0.2, "l1": 0.01, "l2": 0.01})
    (remark,) = contradictions(network, TrainingSpec(), training_rows=100, kind=Kind.BINARY)
    assert remark.title == "Dropout, L1 and L2 all regularise the network."


def test_unused_setting_is_named_with_its_value() -> None:
    remarks = contradictions(
        PLAIN, TrainingSpec(plateau_factor=0.2), training_rows=100, kind=Kind.BINARY
    )
    assert [remark.title for remark in remarks] == ["“Plateau factor” (0.2) has no effect."]


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_contradict_nothing(preset: str) -> None:
    assert _codes(PRESETS[preset]) == []


def idle(**changes: Any) -> dict[str, str]:
    return idle_settings(TrainingSpec(**changes), training_rows=1000, kind=Kind.BINARY)


def test_idle_settings_are_those_that_nothing_reads() -> None:
    # Adam without a schedule, with early stopping: all that belongs to others is idle.
    unread = {"momentum", "weight_decay", "plateau_patience", "plateau_factor", "decay"}
    assert set(idle()) == unread
    assert set(idle(optimizer="sgd")) == unread - {"momentum"}
    assert set(idle(schedule="exponential")) == unread - {"decay"}
    assert set(idle(early_stopping=False)) == unread | {"patience"}
    assert "SGD" in idle()["momentum"]


def test_what_never_acts_is_idle() -> None:
    plateau = {"schedule": "plateau", "epochs": 100, "patience": 10}
    unread = {"momentum", "weight_decay", "decay"}
    assert set(idle(**plateau, plateau_patience=9)) == unread
    assert set(idle(**plateau, plateau_patience=10)) == unread | {
        "plateau_patience",
        "plateau_factor",
    }
    assert "Early stopping never acts" in idle(epochs=11, patience=10)["patience"]
    assert "patience" not in idle(epochs=12, patience=10)
    quantity = idle_settings(
        TrainingSpec(class_weights=True), training_rows=1000, kind=Kind.REGRESSION
    )
    assert "no effect on a quantity" in quantity["class_weights"]
