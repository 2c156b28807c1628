import math
from itertools import cycle

import keras
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.utils.class_weight import compute_sample_weight

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.prepare import PartData, Prepared
from dnn_core.data.target import TargetCoding
from dnn_core.network.model import build_model, starting_weights
from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec, Optimizer, Schedule, TrainingSpec
from dnn_core.training.fit import build_members, case_weights, fit

pytestmark = pytest.mark.training

INPUTS = 4
SMALL = NetworkSpec(hidden=(HiddenLayer(units=8),))
LINEAR = NetworkSpec(hidden=())


def make_prepared(kind, cases=60, seed=0, weight=None):
    """Training and validation part, and no test part: the engine must not miss it."""
    rng = np.random.default_rng(seed)
    classes = () if kind.numeric else ("0", "1") if kind is Kind.BINARY else ("a", "b", "c")
    x = rng.normal(size=(2 * cases, INPUTS)).astype("float32")
    signal = x[:, 0] - x[:, 1] + 0.5 * rng.normal(size=2 * cases)
    if kind is Kind.REGRESSION:
        y = (50 + 10 * signal).astype("float32")
        coding = TargetCoding("y", kind, mean=float(y[:cases].mean()), scale=float(y[:cases].std()))
    elif kind is Kind.COUNT:
        y = rng.poisson(np.exp(1 + signal / 2)).astype("float32")
        coding = TargetCoding("y", kind, scale=float(y[:cases].mean()))
    elif kind is Kind.AMOUNT:
        y = rng.gamma(3.0, np.exp(5 + signal / 2)).astype("float32")
        coding = TargetCoding("y", kind, scale=float(y[:cases].mean()))
    else:
        cuts = [0.0] if kind is Kind.BINARY else [-0.7, 0.7]
        y = np.digitize(signal, cuts).astype("int32")
        coding = TargetCoding("y", kind, classes, classes)
    rows = np.arange(2 * cases)
    parts = {}
    for name, span in (("training", slice(0, cases)), ("validation", slice(cases, None))):
        part_weight = None if weight is None else weight[span]
        parts[name] = PartData(rows[span], x[span], y[span], part_weight)
    return Prepared(parts, Encoder((), coding, None, ("x",) * INPUTS, ("x",) * INPUTS))


class Recorder:
    """A watch that remembers."""

    def __init__(self, should_stop=lambda: False):
        self.records, self.progress = [], []
        self.should_stop = should_stop

    def on_epoch(self, records):
        self.records += records

    def on_progress(self, epoch, share):
        self.progress.append((epoch, share))

    def on_snapshot(self, take):
        pass


def train(prepared, training, *, network=SMALL, seed=1, watch=None):
    watch = watch or Recorder()
    fitted = fit(prepared, network, training.but(members=1), seed=seed, watch=watch)
    model = None
    if fitted.usable:
        members = build_members(prepared, network, fitted.members, seed=seed)
        model = members[0] if len(members) == 1 else members
    return model, fitted, watch


def validation_loss(model, prepared):
    """The loss of the validation part, computed without Keras."""
    part, target = prepared.parts["validation"], prepared.target
    output = model.predict(part.x, verbose=0).astype("float64")
    weight = np.ones(len(part)) if part.weight is None else part.weight
    if target.kind is Kind.REGRESSION:
        losses = ((part.y - target.mean) / target.scale - output[:, 0]) ** 2
    elif target.kind is Kind.COUNT:
        losses = output[:, 0] - part.y / target.scale * np.log(output[:, 0])
    elif target.kind is Kind.AMOUNT:
        losses = part.y / target.scale / output[:, 0] + np.log(output[:, 0])
    elif target.kind is Kind.BINARY:
        losses = -np.log(np.where(part.y == 1, output[:, 0], 1 - output[:, 0]))
    else:
        losses = -np.log(output[np.arange(len(part)), part.y])
    # Keras divides by the number of cases, not by the sum of their weights.
    return float((losses * weight).sum() / len(part))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", list(Kind))
def test_the_weights_of_the_best_epoch_are_kept(kind, weighted):
    weight = None
    if weighted:
        weight = np.random.default_rng(5).uniform(0.2, 1.8, size=120).astype("float32")
    prepared = make_prepared(kind, weight=weight)
    # A high rate makes the validation loss go up and down; training ends where it has gone up.
    training = TrainingSpec(epochs=20, batch_size=7, learning_rate=0.4, early_stopping=False)
    _, _, watch = train(prepared, training)
    rises = np.flatnonzero(np.diff([record.val_loss for record in watch.records]) > 0)
    training = training.but(epochs=int(rises[0]) + 2)
    model, outcome, watch = train(prepared, training)
    losses = [record.val_loss for record in watch.records]
    assert outcome.best_epoch == int(np.argmin(losses)) + 1 != len(losses)
    assert validation_loss(model, prepared) == pytest.approx(min(losses), abs=1e-5)


def test_early_stopping_waits_for_its_patience_and_keeps_the_best():
    prepared = make_prepared(Kind.BINARY)
    training = TrainingSpec(epochs=200, batch_size=10, learning_rate=0.1, patience=4)
    model, outcome, watch = train(prepared, training)
    assert len(watch.records) == outcome.best_epoch + 4 < 200
    best = watch.records[outcome.best_epoch - 1].val_loss
    assert validation_loss(model, prepared) == pytest.approx(best, abs=1e-5)
    assert not outcome.stopped
    assert outcome.diverged_epoch is None


def test_the_same_seed_gives_the_same_weights_and_another_one_others():
    prepared = make_prepared(Kind.MULTICLASS)
    network = NetworkSpec(hidden=(HiddenLayer(units=8, dropout=0.3, batch_norm=True),))
    training = TrainingSpec(epochs=3, batch_size=16)

    def weights(seed):
        # The starting weights are the same; only the order of cases differs.
        model, _, _ = train(prepared, training, network=network, seed=seed)
        return np.concatenate([w.ravel() for w in model.get_weights()])

    first = weights(1)
    assert np.array_equal(first, weights(1))
    assert not np.allclose(first, weights(2))


@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    list(zip(Optimizer, cycle([*Schedule, Schedule.PLATEAU]), strict=False)),
)
def test_every_optimizer_and_schedule_learns(optimizer, schedule):
    prepared = make_prepared(Kind.REGRESSION)
    training = TrainingSpec(
        epochs=20, batch_size=20, learning_rate=0.02, optimizer=optimizer, schedule=schedule
    )
    model, _, watch = train(prepared, training)
    # The output layer starts at zero: everybody gets the mean, and the loss is the variance.
    before = float(
        np.mean(
            ((prepared.parts["validation"].y - prepared.target.mean) / prepared.target.scale) ** 2
        )
    )
    assert validation_loss(model, prepared) < before
    assert watch.records[0].learning_rate == pytest.approx(0.02)


def rates(training, prepared=None, network=SMALL):
    prepared = prepared or make_prepared(Kind.REGRESSION)
    _, _, watch = train(prepared, training, network=network)
    return [record.learning_rate for record in watch.records]


def test_exponential_decay_multiplies_the_rate_after_every_epoch():
    training = TrainingSpec(
        epochs=4, batch_size=25, learning_rate=0.01, schedule=Schedule.EXPONENTIAL, decay=0.5
    )
    # 60 cases in batches of 25 are 3 steps an epoch, the last one of 10 cases.
    assert rates(training) == pytest.approx([0.01, 0.005, 0.0025, 0.00125])


def test_cosine_falls_to_zero_over_all_epochs():
    training = TrainingSpec(
        epochs=4, batch_size=60, learning_rate=0.01, schedule=Schedule.COSINE, early_stopping=False
    )
    # At the start of epoch e of 4 the rate is 0.01 (1 + cos(pi (e - 1) / 4)) / 2.
    expected = [0.005 * (1 + math.cos(math.pi * e / 4)) for e in range(4)]
    assert rates(training) == pytest.approx(expected, rel=1e-5)


def test_a_plateau_reduces_the_rate():
    prepared = make_prepared(Kind.REGRESSION)
    # A rate so small that float32 weights do not move: every epoch is a plateau.
    training = TrainingSpec(
        epochs=6,
        optimizer=Optimizer.SGD,
        learning_rate=1e-7,
        momentum=0,
        batch_size=60,
        schedule=Schedule.PLATEAU,
        plateau_patience=2,
        plateau_factor=0.5,
        early_stopping=False,
    )
    # An epoch with the first loss, two without a better one, then half the rate; and so on.
    for part in prepared.parts.values():
        part.x[:] = 0
    prepared.parts["training"].y[:] = prepared.target.mean
    assert rates(training, prepared, LINEAR) == pytest.approx(
        [1e-7, 1e-7, 1e-7, 5e-8, 5e-8, 2.5e-8]
    )


def test_one_step_is_the_gradient_of_the_weighted_loss():
    rng = np.random.default_rng(3)
    weight = rng.uniform(0.2, 1.8, size=120).astype("float32")
    prepared = make_prepared(Kind.REGRESSION, weight=weight)
    training = TrainingSpec(
        epochs=1, batch_size=60, optimizer=Optimizer.SGD, momentum=0, learning_rate=0.1
    )
    kernel, bias = starting_weights(LINEAR, INPUTS, output_of(Kind.REGRESSION, 0), seed=1)
    part, target = prepared.parts["training"], prepared.target
    y = (part.y - target.mean) / target.scale
    # d/dk of mean(w (y - x k - b)^2) is -2 mean(w (y - x k - b) x).
    error = part.weight * (y - part.x @ kernel[:, 0] - bias[0])
    model, _, _ = train(prepared, training, network=LINEAR)
    found_kernel, found_bias = model.get_weights()
    step = 0.1 * 2 * (error[:, None] * part.x).mean(axis=0)
    assert found_kernel[:, 0] == pytest.approx(kernel[:, 0] + step, abs=1e-5)
    assert found_bias[0] == pytest.approx(bias[0] + 0.2 * error.mean(), abs=1e-5)


def test_a_linear_network_finds_the_weighted_least_squares_solution():
    rng = np.random.default_rng(3)
    weight = rng.uniform(0.0, 2.0, size=120).astype("float32")
    prepared = make_prepared(Kind.REGRESSION, weight=weight)
    # Evaluated on its training cases, the last epoch is the best.
    prepared.parts["validation"] = prepared.parts["training"]
    training = TrainingSpec(
        epochs=30,
        batch_size=60,
        optimizer=Optimizer.SGD,
        momentum=0,
        learning_rate=0.4,
        early_stopping=False,
    )
    model, _, _ = train(prepared, training, network=LINEAR)
    part, target = prepared.parts["training"], prepared.target
    reference = LinearRegression().fit(
        part.x, (part.y - target.mean) / target.scale, sample_weight=part.weight
    )
    assert model.get_weights()[0][:, 0] == pytest.approx(reference.coef_, abs=1e-4)


def test_class_weights_are_those_of_scikit_learn():
    prepared = make_prepared(Kind.MULTICLASS)
    part = prepared.parts["training"]
    result = case_weights(prepared, TrainingSpec(class_weights=True), part)
    assert result == pytest.approx(compute_sample_weight("balanced", part.y), rel=1e-6)


def test_class_weights_multiply_survey_weights_and_leave_their_sum():
    weight = np.random.default_rng(3).uniform(0.2, 1.8, size=120).astype("float32")
    prepared = make_prepared(Kind.MULTICLASS, weight=weight)
    part = prepared.parts["training"]
    result = case_weights(prepared, TrainingSpec(class_weights=True), part)
    sums = np.bincount(part.y, weights=result)
    assert sums == pytest.approx(np.full(3, part.weight.sum() / 3), rel=1e-5)


def test_a_category_without_any_weight_does_not_spoil_the_others():
    prepared = make_prepared(Kind.BINARY, weight=np.ones(120, dtype="float32"))
    part = prepared.parts["training"]
    part.weight[part.y == 0] = 0
    result = case_weights(prepared, TrainingSpec(class_weights=True), part)
    assert np.isfinite(result).all()
    assert (result[part.y == 0] == 0).all()


def test_class_weights_do_not_apply_to_a_quantity():
    prepared = make_prepared(Kind.REGRESSION)
    part = prepared.parts["training"]
    assert case_weights(prepared, TrainingSpec(class_weights=True), part) is None


class StopWithin(Recorder):
    """Says stop as soon as training has come to an epoch, before that epoch's end."""

    def __init__(self, epoch):
        super().__init__(self.look)
        self.epoch = epoch
        self.within = False

    def on_epoch(self, records):
        super().on_epoch(records)
        self.within = False

    def on_progress(self, epoch, share):
        self.within = epoch == self.epoch and share < 1

    def look(self):
        return self.within


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_stop_within_an_epoch_keeps_the_best_so_far(epoch, monkeypatch):
    monkeypatch.setattr("dnn_core.training.batched_training.SECONDS_BETWEEN_LOOKS", 0.0)
    prepared = make_prepared(Kind.BINARY)
    training = TrainingSpec(epochs=50, batch_size=2)
    model, outcome, watch = train(prepared, training, watch=StopWithin(epoch))
    assert outcome.stopped
    # Of an epoch that was cut short nothing is reported, unless there is nothing else.
    assert len(watch.records) == max(epoch - 1, 1)
    best = watch.records[outcome.best_epoch - 1].val_loss
    assert validation_loss(model, prepared) == pytest.approx(best, abs=1e-5)


def test_progress_is_a_share_of_the_epoch(monkeypatch):
    monkeypatch.setattr("dnn_core.training.batched_training.SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr("dnn_core.training.batched_training.FIRST_STEPS", 1)
    prepared = make_prepared(Kind.BINARY)
    _, _, watch = train(prepared, TrainingSpec(epochs=2, batch_size=20))
    third = pytest.approx(1 / 3)
    assert [p for p in watch.progress if p[0] == 1] == [(1, third), (1, 2 * third.expected), (1, 1)]
    assert [p[0] for p in watch.progress] == [1, 1, 1, 2, 2, 2]


def test_divergence_from_the_start_ends_training():
    prepared = make_prepared(Kind.REGRESSION)
    prepared.parts["training"].x[:, 0] = np.inf
    _, outcome, watch = train(prepared, TrainingSpec(epochs=9))
    assert outcome.diverged_epoch == 1
    assert outcome.best_epoch is None
    assert len(watch.records) == 1


def test_divergence_after_a_while_keeps_the_best_epoch():
    prepared = make_prepared(Kind.REGRESSION)
    # A rate of 2 is beyond the stable range of a linear model with inputs of
    # variance 1 (2 / (2 * 1)), so the error grows by a factor in every epoch until it overflows.
    training = TrainingSpec(
        epochs=500,
        batch_size=60,
        optimizer=Optimizer.SGD,
        momentum=0,
        learning_rate=2.0,
        early_stopping=False,
    )
    model, outcome, watch = train(prepared, training, network=LINEAR)
    assert 1 < outcome.diverged_epoch < 500
    assert len(watch.records) == outcome.diverged_epoch
    best = watch.records[outcome.best_epoch - 1].val_loss
    assert math.isfinite(best)
    assert validation_loss(model, prepared) == pytest.approx(best, rel=1e-5)


def test_the_reported_metrics_are_those_of_the_validation_part():
    prepared = make_prepared(Kind.MULTICLASS)
    model, outcome, watch = train(prepared, TrainingSpec(epochs=3, early_stopping=False))
    part = prepared.parts["validation"]
    chosen = model.predict(part.x, verbose=0).argmax(axis=1)
    best = watch.records[outcome.best_epoch - 1]
    assert best.val_metric == pytest.approx((chosen == part.y).mean(), abs=1e-6)


def test_grey_values_are_trained_on_as_they_are():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, size=(80, 64), dtype="uint8")
    y = (x[:, :8].mean(axis=1) > 127).astype("int32")
    coding = TargetCoding("digit", Kind.MULTICLASS, ("0", "1", "2"), ("0", "1", "2"))
    part = PartData(np.arange(80), x, y)
    encoder = Encoder((), coding, None, ("pixel",) * 64, ("image",) * 64)
    prepared = Prepared({"training": part, "validation": part}, encoder, 1 / 255)
    output = output_of(Kind.MULTICLASS, 3)
    model, _, watch = train(prepared, TrainingSpec(epochs=15, batch_size=16, learning_rate=0.01))
    assert watch.records[-1].val_metric > 0.8
    scaled = build_model(SMALL, 64, output, seed=1)
    scaled.set_weights(model.get_weights())
    assert np.allclose(
        model.predict(x, verbose=0), scaled.predict(x / np.float32(255), verbose=0), atol=1e-5
    )


def test_the_model_is_left_usable_by_keras_alone(tmp_path):
    prepared = make_prepared(Kind.BINARY)
    model, _, _ = train(prepared, TrainingSpec(epochs=1))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    x = prepared.parts["validation"].x
    assert np.array_equal(model.predict(x, verbose=0), again.predict(x, verbose=0))
