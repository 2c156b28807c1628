"""Networks that are read back say what the saved Keras model says."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.target import TargetCoding
from dnn_core.evaluation import networks as module
from dnn_core.evaluation.networks import Networks, output_names
from dnn_core.evaluation.predictor import raw_to_predictions
from dnn_core.network.fixed import with_fixed
from dnn_core.network.model import build_model, finish_model, save_model, starting_weights
from dnn_core.outcome.output import output_for
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec
from dnn_core.training.forward import forward

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


def two_members(kind: Kind, scale: float = 1.0) -> Networks:
    """Without a hidden layer: raw outputs are sums of inputs, and of inputs twice."""
    target, units = coding(kind), 3 if kind is Kind.MULTICLASS else 1
    ones = np.ones((2, units), dtype="float32") * (1 + np.arange(units, dtype="float32"))
    bias = np.zeros(units, dtype="float32")
    return Networks(NetworkSpec(hidden=()), target, ([ones, bias], [2 * ones, bias]), scale)


X = np.array([[0.25, 0.5], [1.0, -1.0], [0.0, 2.0], [0.5, 0.5], [1.0, 1.0]], dtype="float32")


def test_numbers_come_back_in_their_own_units() -> None:
    # Mean 3 and scale 2: 3 + 2 * 1.5 times the sum of the inputs.
    expected = 3 + 3 * X.sum(axis=1)
    np.testing.assert_allclose(two_members(Kind.REGRESSION).predict(X), expected)
    np.testing.assert_allclose(two_members(Kind.REGRESSION).outputs(X), expected[:, np.newaxis])
    tenth = two_members(Kind.REGRESSION, 0.1)
    np.testing.assert_allclose(tenth.predict(X), 3 + 0.3 * X.sum(axis=1), rtol=1e-6)


def test_members_are_averaged_after_the_link() -> None:
    total = X.sum(axis=1)
    positive = (1 / (1 + np.exp(-total)) + 1 / (1 + np.exp(-2 * total))) / 2
    networks = two_members(Kind.BINARY)
    np.testing.assert_allclose(
        networks.predict(X), np.column_stack([1 - positive, positive]), rtol=1e-5
    )
    np.testing.assert_allclose(networks.outputs(X), positive[:, np.newaxis], rtol=1e-5)
    assert output_names(networks.target) == ["yes"]
    several = two_members(Kind.MULTICLASS)
    raw = np.exp(np.multiply.outer(total, [1.0, 2.0, 3.0]))
    both = (raw / raw.sum(axis=1, keepdims=True), raw**2 / (raw**2).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(several.outputs(X), (both[0] + both[1]) / 2, rtol=1e-5)
    assert output_names(several.target) == ["a", "b", "c"]
    assert output_names(coding(Kind.COUNT)) == ["y"]


@pytest.mark.parametrize("kind", [Kind.REGRESSION, Kind.BINARY, Kind.MULTICLASS])
@pytest.mark.parametrize("rows", [1, 2, 3, 5, 100])
def test_rows_a_few_at_a_time_have_the_same_predictions(
    kind: Kind, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = two_members(kind)
    whole = networks.predict(X)
    seen: list[int] = []

    def counting(network, weights, x, *, precision):
        seen.append(len(x))
        return forward(network, weights, x, precision=precision)

    monkeypatch.setattr(module, "ROWS_AT_ONCE", rows)
    monkeypatch.setattr(module, "forward", counting)
    np.testing.assert_allclose(networks.predict(X), whole, rtol=1e-6)
    assert max(seen) == min(rows, 5)
    assert sum(seen) == 2 * 5


def test_no_rows_have_no_predictions() -> None:
    assert two_members(Kind.REGRESSION).predict(X[:0]).shape == (0,)
    assert two_members(Kind.MULTICLASS).predict(X[:0]).shape == (0, 3)


@pytest.mark.parametrize("kind", [Kind.REGRESSION, Kind.BINARY, Kind.MULTICLASS])
def test_each_case_is_predicted_by_the_member_that_left_it_out(kind: Kind) -> None:
    networks = two_members(kind)
    folds = np.array([1, 0, 1, 1, 0])
    alone = [
        Networks(networks.network, networks.target, (weights,)).predict(X)
        for weights in networks.weights
    ]
    expected = np.stack([alone[fold][case] for case, fold in enumerate(folds)])
    copies = np.stack([X, X])
    copies[1, 0] = 0.0
    found = networks.predict_left_out(copies, folds)
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)
    np.testing.assert_allclose(found[1][1:], expected[1:], rtol=1e-6)
    nothing = Networks(networks.network, networks.target, networks.weights[1:])
    np.testing.assert_allclose(found[1][0], nothing.predict(0 * X)[0], rtol=1e-6)
