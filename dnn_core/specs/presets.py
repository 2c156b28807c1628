"""Networks to start from."""

from __future__ import annotations

from dnn_core.specs.encoding import EncodingSpec
from dnn_core.specs.fields import Spec
from dnn_core.specs.network import Activation, HiddenLayer, NetworkSpec
from dnn_core.specs.training import TrainingSpec

MANY_CASES = 10_000
"""Number of cases from which finer bins and larger batches pay off."""


def _layers(*units: int, **settings: object) -> tuple[HiddenLayer, ...]:
    return tuple(HiddenLayer.of(units=width, **settings) for width in units)


def _plain(*units: int, **settings: object) -> NetworkSpec:
    return NetworkSpec(hidden=_layers(*units, **settings))


SAFE = NetworkSpec(hidden=_layers(128, 64), ridge=3.0, neutral_start=True)
"""The network to begin with: never clearly worse than a linear model on ten survey-like
tables, together with the default encoding and training (docs/results.md)."""

PRESETS: dict[str, NetworkSpec] = {
    "Safe": SAFE,
    "Rich": NetworkSpec(
        hidden=_layers(128, 64, activation=Activation.SILU, dropout=0.3), neutral_start=True
    ),
    "Linear": _plain(),
    "Small": _plain(16, dropout=0.1),
    "Medium": _plain(64, 32, dropout=0.2),
    "Large": _plain(128, 64, 32, dropout=0.3),
}
"""For tables. “Rich” finds more than “Safe” where there is more to find; the others are for
teaching."""

HOML_PRESETS: dict[str, NetworkSpec] = {
    "Linear": _plain(),
    "128-64": _plain(128, 64),
    "256-128-64": _plain(256, 128, 64),
    "256-128-64, regularised": NetworkSpec(
        hidden=(
            HiddenLayer(units=256, batch_norm=True, dropout=0.4),
            HiddenLayer(units=128, batch_norm=True, dropout=0.3),
            HiddenLayer(units=64, batch_norm=True, dropout=0.2),
        ),
    ),
}
"""Networks for MNIST from "Hands-On Machine Learning with R", chapter 13."""

HOML_TRAINING = TrainingSpec(epochs=25, batch_size=128, members=1)
"""What that chapter trains them with, but for the optimizer."""


def preset(name: str, cases: int) -> dict[str, Spec]:
    """Return what a preset for tables asks for: network, encoding and training.

    Parameters
    ----------
    name : str
        A key of `PRESETS`.
    cases : int
        Number of training cases.

    Returns
    -------
    dict of str to Spec
        By the names of an experiment's fields. “Safe” and “Rich” were measured as a
        whole; the others leave encoding and training as they are.
    """
    network = PRESETS[name]
    if name == "Safe":
        return {"network": network, "encoding": EncodingSpec(), "training": TrainingSpec()}
    if name != "Rich":
        return {"network": network}
    if cases <= MANY_CASES:
        return {
            "network": network,
            "encoding": EncodingSpec(bins=8),
            "training": TrainingSpec(),
        }
    return {
        "network": network.but(hidden=_layers(128, 64, activation=Activation.SILU, dropout=0.2)),
        "encoding": EncodingSpec(bins=16),
        "training": TrainingSpec(batch_size=128, learning_rate=2e-3, members=3),
    }
