"""Networks that are read back say what the saved Keras model says."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.networks import Networks, output_names
from dnn_core.evaluation.predictor import raw_to_predictions
from dnn_core.network.fixed import with_fixed
from dnn_core.network.model import build_model, finish_model, save_model, starting_weights
from dnn_core.outcome.output import output_for
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec

NETWORK = NetworkSpec(hidden=(HiddenLayer(units=6, batch_norm=True), HiddenLayer(units=4)))


def coding(kind: Kind) -> TargetCoding:
    labels = () if kind.numeric else ("no", "yes") if kind is Kind.BINARY else ("a", "b", "c")
    mean = 3.0 if kind is Kind.REGRESSION else 0.0
    return TargetCoding("y", kind, tuple(map(str, range(len(labels)))), labels, mean, 2.0)


def members_of(target: TargetCoding, count: int) -> list:
    """Untrained, with weights drawn at random so that none are alike."""
    output = output_for(target)
    models = []
    for number in range(count):
        rng = np.random.default_rng(number)
        model = build_model(NETWORK, 5, output, seed=number, name=f"member_{number}")
        learnt = starting_weights(NETWORK, 5, output, seed=number)
        learnt = learnt if output.ordered else model.get_weights()
        moved = [w + np.abs(rng.normal(0, 0.3, w.shape)).astype("float32") for w in learnt]
        if output.ordered:
            # Thresholds fall.
            *below, _, biases, _, _ = model.get_weights()
            kernels = [w + rng.normal(0, 0.3, w.shape).astype("float32") for w in below]
            kernels = [np.abs(w) if w.ndim == 1 else w for w in kernels]
            moved = with_fixed([*kernels, biases], output)
        model.set_weights(moved)
        models.append(model)
    return models


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("kind", Kind)
def test_agree_with_the_saved_model(kind: Kind, count: int, tmp_path) -> None:
    target = coding(kind)
    members = members_of(target, count)
    model = finish_model(members, target)
    save_model(model, tmp_path / "model.keras")
    networks = Networks.load(tmp_path / "model.keras", NETWORK, target)
    assert len(networks.weights) == count
    x = np.random.default_rng(9).normal(size=(30, 5)).astype("float32")
    expected = raw_to_predictions(target, model.predict_on_batch(x))
    assert expected.std() > 1e-3
    np.testing.assert_allclose(networks.predict(x), expected, rtol=1e-4, atol=1e-5)
    outputs = networks.outputs(x)
    assert outputs.shape == (30, len(output_names(target)))
    # Each case by its own member, in the order of the cases.
    folds = np.arange(30) % count
    left_out = networks.predict_left_out(np.stack([x, x[::-1]]), folds)
    assert left_out.shape == (2, *expected.shape)
    for number in range(count):
        alone = raw_to_predictions(target, finish_model([members[number]], target)(x).numpy())
        np.testing.assert_allclose(
            left_out[0][folds == number], alone[folds == number], rtol=1e-4, atol=1e-5
        )
