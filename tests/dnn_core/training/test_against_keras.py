"""The engine beside `keras.Model.fit`, from the same weights, with the same batches."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from dnn_core.network.fitting import DATA_LOSS, metric_calls, optimizer_call
from dnn_core.network.model import build_model, make, starting_weights
from dnn_core.network.plan import Variable
from dnn_core.outcome.metrics import main_metric
from dnn_core.outcome.output import output_of
from dnn_core.specs import Activation, HiddenLayer, Kind, NetworkSpec, Optimizer, TrainingSpec
from dnn_core.training.batched_training import BatchedTraining
from dnn_core.training.member import Cases, Member, Unwatched

pytestmark = pytest.mark.training

CASES, VALIDATION, INPUTS = 70, 33, 5
CLASSES = {
    Kind.REGRESSION: 0,
    Kind.BINARY: 2,
    Kind.MULTICLASS: 3,
    Kind.ORDINAL: 4,
    Kind.COUNT: 0,
    Kind.AMOUNT: 0,
}
CUTS = {Kind.BINARY: [0.0], Kind.MULTICLASS: [-0.7, 0.7], Kind.ORDINAL: [-1.2, 0.0, 0.9]}


class Recorder(Unwatched):
    def __init__(self):
        self.records = []

    def on_epoch(self, records):
        self.records += records


def make_cases(kind, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(CASES + VALIDATION, INPUTS)).astype("float32")
    signal = x[:, 0] - x[:, 1] * x[:, 2] + 0.5 * rng.normal(size=len(x))
    if kind is Kind.REGRESSION:
        y = signal.astype("float32")
    elif kind is Kind.COUNT:
        y = rng.poisson(np.exp(0.6 * signal)).astype("float32")
    elif kind is Kind.AMOUNT:
        y = rng.gamma(3.0, np.exp(0.6 * signal) / 3).astype("float32")
    else:
        y = np.digitize(signal, CUTS[kind])
        y = y.astype("float32" if kind is Kind.BINARY else "int32")
    return Cases(x, y, kind, output_of(kind, CLASSES[kind]))


def make_member(network, training, *, seed=1, weighted=False, rows=None, **rest):
    rng = np.random.default_rng(7)
    weight, validation_weight = (
        (rng.uniform(0.2, 1.8, size=n).astype("float32") if weighted else None)
        for n in (CASES, VALIDATION)
    )
    rows = np.arange(CASES) if rows is None else rows
    weight = None if weight is None else weight[: len(rows)]
    validation = np.arange(CASES, CASES + VALIDATION)
    return Member(network, training, seed, rows, validation, weight, validation_weight, **rest)


def data_loss(y_true, y_pred):
    """Gamma deviance, which Keras does not have, from its definition: half, and less 1 + log y."""
    y_true = keras.ops.reshape(y_true, keras.ops.shape(y_pred))
    return keras.ops.mean(y_true / y_pred + keras.ops.log(y_pred), axis=-1)


def written(call):
    """What a call makes; of a loss that scripts define themselves, a function like theirs."""
    return data_loss if isinstance(call, Variable) else make(call)


def fit_by_keras(cases, member):
    """History and last weights of plain `fit`, with Keras' own optimizer, loss and metrics."""
    training = member.training
    model = build_model(
        member.network, INPUTS, cases.output, seed=member.seed, cases=len(member.rows)
    )
    steps = -(-len(member.rows) // training.batch_size)
    optimizer = optimizer_call(training, steps_in_epoch=steps, steps_in_all=steps * training.epochs)
    model.compile(
        make(optimizer),
        data_loss if cases.kind is Kind.AMOUNT else cases.output.loss,
        weighted_metrics=[written(call) for call in metric_calls(cases.kind)],
        # Tracing would take longer than the few steps.
        run_eagerly=True,
    )
    evaluated = (cases.x[member.validation], cases.y[member.validation])
    if member.validation_weight is not None:
        evaluated = (*evaluated, member.validation_weight)
    history = model.fit(
        cases.x[member.rows],
        cases.y[member.rows],
        sample_weight=member.weight,
        batch_size=training.batch_size,
        epochs=training.epochs,
        shuffle=False,
        validation_data=evaluated,
        verbose=0,
    )
    return history.history, model.get_weights()


def fit_by_engine(cases, members, shuffle=False):
    recorder = Recorder()
    batched = BatchedTraining(cases, members, shuffle=shuffle)
    fitted = batched.run(recorder)
    snapshot = batched.snapshot()
    last = [
        batched._architecture.unpack(w, s)
        for w, s in zip(snapshot["state.weights"], snapshot["state.statistics"], strict=True)
    ]
    return recorder.records, last, fitted


def assert_equal(cases, member):
    expected, weights = fit_by_keras(cases, member)
    records, result, _ = fit_by_engine(cases, [member])
    columns = {}
    metric = main_metric(cases.kind).name
    # Keras knows neither a weighted kappa nor a share of deviance.
    if cases.kind not in (Kind.ORDINAL, Kind.COUNT, Kind.AMOUNT):
        columns |= {"metric": metric, "val_metric": f"val_{metric}"}
    for name, column in columns.items():
        # Keras adds 1e-7 to expected counts before it takes their logarithm.
        exactness = 1e-4 if cases.kind is Kind.COUNT else 1e-5
        assert [getattr(r, name) for r in records] == pytest.approx(
            expected[column], abs=exactness, rel=exactness
        )
    parts = {"loss": member.weight, "val_loss": member.validation_weight}
    for name, weight in parts.items():
        # A loss is divided by the number of cases, a metric by the sum of their weights.
        share = 1.0 if weight is None else float(weight.mean())
        plain = np.array(expected[name.replace("loss", DATA_LOSS)]) * share
        exactness = 1e-4 if cases.kind is Kind.COUNT else 1e-5
        assert [getattr(r, name) for r in records] == pytest.approx(
            plain, abs=exactness, rel=exactness
        )
    # Keras' own losses contain the penalties.
    assert [r.val_loss + r.penalty for r in records] == pytest.approx(
        expected["val_loss"], abs=1e-4, rel=1e-4
    )
    if member.network.ridge:
        assert all(r.penalty > 0.01 for r in records)
    else:
        assert {r.penalty for r in records} == {0.0}
    for here, there in zip(result[0], weights, strict=True):
        assert here == pytest.approx(there, abs=1e-5)


PLAIN = NetworkSpec(hidden=(HiddenLayer(units=8), HiddenLayer(units=6, activation="tanh")))
NORMALISED = NetworkSpec(
    hidden=(HiddenLayer(units=8, batch_norm=True), HiddenLayer(units=6, batch_norm=True))
)
PENALISED = NetworkSpec(
    hidden=(HiddenLayer(units=8, l1=0.002, l2=0.01), HiddenLayer(units=6, l2=0.02)), ridge=0.5
)
BOTH = NetworkSpec(
    hidden=(
        HiddenLayer(units=8, batch_norm=True, l1=0.002, l2=0.01),
        HiddenLayer(units=6, batch_norm=True, l2=0.02),
    ),
    ridge=0.5,
)
NETWORKS = {"plain": PLAIN, "batch norm": NORMALISED, "penalties": PENALISED, "both": BOTH}
CASES_AND_NETWORKS = [
    *[(network, False) for network in ("plain", "batch norm", "penalties")],
    ("both", True),
]
"""Where weights go wrong, they do so beside whatever else there is."""


@pytest.mark.parametrize(("network", "weighted"), CASES_AND_NETWORKS)
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_network_agrees_with_keras(kind, network, weighted):
    # 70 cases in batches of 16: the last batch has 6.
    training = TrainingSpec(epochs=3, batch_size=16, learning_rate=0.01, early_stopping=False)
    assert_equal(make_cases(kind), make_member(NETWORKS[network], training, weighted=weighted))


@pytest.mark.parametrize("optimizer", list(Optimizer))
def test_every_optimizer_agrees_with_keras(optimizer):
    training = TrainingSpec(
        epochs=3, batch_size=16, optimizer=optimizer, learning_rate=0.01, early_stopping=False
    )
    assert_equal(make_cases(Kind.BINARY), make_member(BOTH, training, weighted=True))


@pytest.mark.parametrize("schedule", ["exponential", "cosine"])
@pytest.mark.parametrize("optimizer", [Optimizer.SGD, Optimizer.NADAM])
def test_every_schedule_agrees_with_keras(optimizer, schedule):
    training = TrainingSpec(
        epochs=3,
        batch_size=16,
        optimizer=optimizer,
        schedule=schedule,
        learning_rate=0.01,
        decay=0.7,
        momentum=0.0,
        early_stopping=False,
    )
    assert_equal(make_cases(Kind.BINARY), make_member(PLAIN, training))


def test_every_activation_agrees_with_keras():
    hidden = tuple(HiddenLayer(units=6, activation=activation) for activation in Activation)
    training = TrainingSpec(epochs=3, batch_size=16, learning_rate=0.001, early_stopping=False)
    assert_equal(make_cases(Kind.MULTICLASS), make_member(NetworkSpec(hidden=hidden), training))


def test_starting_weights_are_those_of_the_built_model():
    network = NetworkSpec(
        hidden=(
            HiddenLayer(units=8, batch_norm=True, dropout=0.2),
            HiddenLayer(units=6, activation="selu", l2=0.1),
        ),
        input_dropout=0.1,
    )
    output = output_of(Kind.MULTICLASS, 3)
    expected = build_model(network, INPUTS, output, seed=5).get_weights()
    result = starting_weights(network, INPUTS, output, seed=5)
    assert len(result) == len(expected)
    for here, there in zip(result, expected, strict=True):
        assert np.array_equal(here, there)
