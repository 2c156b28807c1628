"""Members side by side: each as if it were alone, again as before, on from where it was."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache

import keras
import numpy as np
import pytest

from dnn_core.network.model import build_model, starting_weights
from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec, Optimizer, Schedule, TrainingSpec
from dnn_core.training.batched_training import BatchedTraining, _Pace
from dnn_core.training.forward import forward
from dnn_core.training.member import Cases, Member, Unwatched

pytestmark = pytest.mark.training

CASES, INPUTS = 120, 6
EVERYTHING = NetworkSpec(
    hidden=(
        HiddenLayer(units=12, batch_norm=True, dropout=0.2),
        HiddenLayer(units=8, dropout=0.3, l2=0.001),
    ),
    input_dropout=0.1,
    ridge=1.0,
)
TRAINING = TrainingSpec(epochs=4, batch_size=16, learning_rate=0.01, early_stopping=False)


class Recorder(Unwatched):
    def __init__(self):
        self.records = []

    def on_epoch(self, records):
        self.records += records

    def of(self, member):
        return [r for r in self.records if r.member == member]


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(CASES, INPUTS)).astype("float32")
    y = (x[:, 0] - x[:, 1] * x[:, 2] + rng.normal(size=CASES) > 0).astype("float32")
    return Cases(x, y, Kind.BINARY, output_of(Kind.BINARY, 2))


def member(seed=1, *, fold=None, network=EVERYTHING, training=TRAINING, **rest):
    rows = np.arange(CASES)
    taken = rows >= 90 if fold is None else rows % 7 == fold
    return Member(network, training, seed, rows[~taken], rows[taken], **rest)


def flat(fitted):
    return np.concatenate([array.ravel() for array in fitted.weights])


def train(cases, members, **rest):
    recorder = Recorder()
    return BatchedTraining(cases, members, **rest).run(recorder), recorder


def variety():
    """Fifty members that differ in whatever members may differ in."""
    rng = np.random.default_rng(8)
    result = []
    for seed in range(50):
        rates = rng.uniform(0, 0.5, size=2)
        hidden = tuple(
            layer.but(dropout=float(rate), l1=float(rng.choice([0, 1e-3])))
            for layer, rate in zip(EVERYTHING.hidden, rates, strict=True)
        )
        training = TRAINING.but(
            learning_rate=float(rng.uniform(0.001, 0.02)),
            schedule=[Schedule.CONSTANT, Schedule.EXPONENTIAL, Schedule.COSINE][seed % 3],
        )
        # Folds of 120 rows by 7 have 102 or 103 training rows: 7 batches, the last of 6 or 7.
        fold = seed % 8 if seed % 8 < 7 else None
        weight = rng.uniform(0.5, 1.5, size=CASES).astype("float32")
        asked = member(seed, fold=fold, network=EVERYTHING.but(hidden=hidden), training=training)
        result.append(replace(asked, weight=weight[asked.rows]))
    return result


@pytest.fixture(scope="module")
def company(cases):
    members = variety()
    fitted, recorder = train(cases, members)
    return members, fitted, recorder


@pytest.mark.parametrize("position", [0, 1, 7, 23, 49])
def test_a_member_among_fifty_is_the_one_that_is_alone(cases, company, position):
    members, fitted, recorder = company
    alone, watch = train(cases, [members[position]])
    assert flat(fitted[position]) == pytest.approx(flat(alone[0]), abs=1e-5)
    beside = recorder.of(position + 1)
    assert [r.val_loss for r in beside] == pytest.approx([r.val_loss for r in watch.records])
    assert [r.loss for r in beside] == pytest.approx([r.loss for r in watch.records], abs=1e-5)
    assert [r.learning_rate for r in beside] == [r.learning_rate for r in watch.records]


def test_the_same_again_is_the_same_bit_for_bit(cases, company):
    members, fitted, _ = company
    again, _ = train(cases, members)
    assert all(np.array_equal(flat(a), flat(b)) for a, b in zip(fitted, again, strict=True))


def test_seeds_differ(cases):
    fitted, _ = train(cases, [member(1), member(2)])
    assert not np.allclose(flat(fitted[0]), flat(fitted[1]), atol=1e-3)


def test_a_member_that_has_stopped_is_left_as_it_was(cases):
    # A rate at which the loss soon rises, beside one that goes on to the end.
    impatient = TRAINING.but(epochs=40, learning_rate=0.3, early_stopping=True, patience=2)
    steady = TRAINING.but(epochs=40, learning_rate=0.0005)
    fitted, recorder = train(cases, [member(1, training=impatient), member(2, training=steady)])
    alone, _ = train(cases, [member(1, training=impatient)])
    assert fitted[0].last_epoch == fitted[0].best_epoch + 2 < 40
    assert fitted[1].last_epoch == 40
    assert len(recorder.of(1)) == fitted[0].last_epoch
    assert fitted[0].best_epoch == alone[0].best_epoch
    assert flat(fitted[0]) == pytest.approx(flat(alone[0]), abs=1e-4)


@pytest.mark.parametrize("optimizer", list(Optimizer))
def test_more_epochs_are_those_of_an_uninterrupted_run(cases, optimizer):
    training = TRAINING.but(optimizer=optimizer, epochs=6, schedule=Schedule.EXPONENTIAL)
    whole, recorder = train(cases, [member(s, training=training, fold=s) for s in range(3)])
    short = training.but(epochs=2)
    first = BatchedTraining(cases, [member(s, training=short, fold=s) for s in range(3)])
    first.run(Unwatched())
    members = [member(s, training=training, fold=s) for s in range(3)]
    continued, rest = train(cases, members, snapshot=first.snapshot())
    assert [r.epoch for r in rest.of(1)] == [3, 4, 5, 6]
    assert [r.val_loss for r in rest.of(2)] == [r.val_loss for r in recorder.of(2)][2:]
    assert all(np.array_equal(flat(a), flat(b)) for a, b in zip(whole, continued, strict=True))


class KeepsSnapshots(Unwatched):
    def __init__(self):
        self.taken = []

    def on_snapshot(self, take):
        self.taken.append(take())


@pytest.mark.parametrize("moment", [0, 2, 9, 14, -1])
def test_training_is_taken_up_again_at_any_moment(cases, monkeypatch, moment):
    monkeypatch.setattr("dnn_core.training.batched_training.SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr("dnn_core.training.batched_training.FIRST_STEPS", 1)
    members = [member(s, fold=s) for s in range(3)]
    watch = KeepsSnapshots()
    whole = BatchedTraining(cases, members).run(watch)
    assert len(watch.taken) > 20
    again, recorder = train(cases, members, snapshot=watch.taken[moment])
    assert all(np.array_equal(flat(a), flat(b)) for a, b in zip(whole, again, strict=True))
    uninterrupted, watched = train(cases, members)
    epochs = {r.epoch for r in recorder.records}
    expected = [r for r in watched.records if r.epoch in epochs]
    assert [r.loss for r in recorder.records] == [r.loss for r in expected]
    assert [r.metric for r in recorder.records] == [r.metric for r in expected]
    assert len(uninterrupted) == 3


@lru_cache
def compiled(network, output):
    model = build_model(network, 5, output, seed=0)
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model


def fit_by_keras(cases, asked):
    """Validation loss after plain `fit`; compiled once, then set back to a start each time."""
    model = compiled(asked.network, cases.output)
    model.set_weights(starting_weights(asked.network, 5, cases.output, seed=asked.seed))
    for variable in model.optimizer.variables:
        if variable is not model.optimizer.learning_rate:
            variable.assign(np.zeros(variable.shape))
    fitted = model.fit(
        cases.x[asked.rows],
        cases.y[asked.rows],
        batch_size=asked.training.batch_size,
        epochs=asked.training.epochs,
        verbose=0,
    )
    assert len(fitted.history["loss"]) == 4
    return model.evaluate(cases.x[asked.validation], cases.y[asked.validation], verbose=0)


def test_dropout_is_that_of_keras_in_distribution():
    """Mean validation loss over 20 seeds, within two standard errors."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 5)).astype("float32")
    y = (x[:, 0] + x[:, 1] * x[:, 2] + 0.5 * rng.normal(size=400) > 0).astype("float32")
    cases = Cases(x, y, Kind.BINARY, output_of(Kind.BINARY, 2))
    network = NetworkSpec(hidden=(HiddenLayer(units=16, dropout=0.5),), input_dropout=0.2)
    training = TrainingSpec(epochs=4, batch_size=20, learning_rate=0.01, early_stopping=False)
    learnt, evaluated = np.arange(300), np.arange(300, 400)
    members = [Member(network, training, seed, learnt, evaluated) for seed in range(20)]
    _, recorder = train(cases, members)
    ours = np.array([recorder.of(m + 1)[-1].val_loss for m in range(20)])
    theirs = [fit_by_keras(cases, asked) for asked in members]
    difference = ours.mean() - np.mean(theirs)
    error = np.sqrt(ours.var(ddof=1) / 20 + np.var(theirs, ddof=1) / 20)
    assert abs(difference) < 2 * error


def test_dropout_drops_as_often_as_asked_and_each_member_its_own():
    # Identity activations, inputs of 1, weights fixed: outputs show the masks.
    cases = Cases(
        np.ones((64, 50), dtype="float32"),
        np.zeros(64, dtype="float32"),
        Kind.REGRESSION,
        output_of(Kind.REGRESSION, 0),
    )
    training = TrainingSpec(
        epochs=1, batch_size=64, optimizer=Optimizer.SGD, momentum=0, learning_rate=0.5
    )
    rows = np.arange(64)
    none = np.zeros(0, dtype=int)
    members = [
        Member(
            NetworkSpec(hidden=(), input_dropout=rate),
            training,
            seed,
            rows,
            none,
            start=[np.ones((50, 1), dtype="float32"), np.zeros(1, dtype="float32")],
        )
        for seed, rate in ((1, 0.2), (2, 0.2), (3, 0.6))
    ]
    batched = BatchedTraining(cases, members)
    seen = []
    original = BatchedTraining._close_epoch

    def keep(self, epoch):
        outputs = np.concatenate(epoch.outputs)
        seen.extend(outputs[:, member, :, 0].ravel() for member in range(3))
        return original(self, epoch)

    BatchedTraining._close_epoch = keep
    try:
        batched.run(Unwatched())
    finally:
        BatchedTraining._close_epoch = original
    # The sum of 50 inputs, kept with probability 1 - rate and scaled by 1 / (1 - rate).
    for sums, rate in zip(seen, (0.2, 0.2, 0.6), strict=True):
        expected_error = np.sqrt(50 * rate / (1 - rate) / 64)
        assert sums.mean() == pytest.approx(50, abs=4 * expected_error)
        kept = sums * (1 - rate)
        assert kept == pytest.approx(np.round(kept), abs=1e-3)
        # Binomial variance, within what 64 draws allow.
        assert kept.var() == pytest.approx(50 * rate * (1 - rate), rel=0.6)
    assert abs(np.corrcoef(seen[0], seen[1])[0, 1]) < 0.4


def test_bootstrap_samples_may_repeat_rows(cases):
    rows = np.random.default_rng(0).integers(0, 90, size=90)
    weighted = member()
    counts = np.bincount(rows, minlength=CASES).astype("float32")
    everybody = np.arange(90)
    # One batch of all cases: repeating a row is weighting it.
    training = TRAINING.but(batch_size=90, optimizer=Optimizer.SGD)
    plain = NetworkSpec(hidden=(HiddenLayer(units=8),))
    asked = [
        replace(weighted, rows=np.sort(rows), network=plain, training=training),
        replace(weighted, rows=everybody, weight=counts[:90], network=plain, training=training),
    ]
    fitted, _ = train(cases, asked)
    assert flat(fitted[0]) == pytest.approx(flat(fitted[1]), abs=1e-5)


@pytest.mark.parametrize(
    "other", [{"batch_size": 8}, {"optimizer": Optimizer.SGD}], ids=["batch size", "optimizer"]
)
def test_members_that_step_differently_are_refused(cases, other):
    with pytest.raises(ValueError, match="share optimizer and batch size"):
        BatchedTraining(cases, [member(), member(training=TRAINING.but(**other))])


def test_members_of_different_shape_are_refused(cases):
    other = member(network=NetworkSpec(hidden=(HiddenLayer(units=3),)))
    with pytest.raises(ValueError, match="different shape"):
        BatchedTraining(cases, [member(), other])


def test_how_many_steps_are_taken_between_two_looks(monkeypatch):
    monkeypatch.setattr("dnn_core.training.batched_training.SECONDS_BETWEEN_LOOKS", 0.25)
    monkeypatch.setattr("dnn_core.training.batched_training.FIRST_STEPS", 5)
    pace = _Pace()
    assert pace.steps == 5
    # The first call may have compiled.
    pace.enter(100.0, 1)
    assert pace.steps == 5
    pace.enter(0.125, 8)
    assert pace.steps == 16
    pace.enter(3.0, 2)
    assert pace.steps == 1
    pace.enter(0.25, 3)
    assert pace.steps == 3


class Stops(Recorder):
    """Asks to stop from a number of looks on."""

    def __init__(self, after):
        super().__init__()
        self.looks, self.after, self.progress = 0, after, []

    def should_stop(self):
        self.looks += 1
        return self.looks > self.after

    def on_progress(self, epoch, share):
        self.progress.append((epoch, round(6 * share)))


@pytest.fixture
def always_looking(monkeypatch):
    monkeypatch.setattr("dnn_core.training.batched_training.SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr("dnn_core.training.batched_training.FIRST_STEPS", 1)


# 90 cases in batches of 16 are six steps, the last of which is looked at as an epoch's end.
@pytest.mark.parametrize(
    ("looks", "epochs", "steps"),
    [
        # The first epoch is reported though it was cut short, since else there were nothing.
        (0, 1, [(1, 1)]),
        (2, 1, [(1, 1), (1, 2), (1, 3)]),
        (5, 1, [(1, step) for step in range(1, 7)]),
        (6, 1, [*[(1, step) for step in range(1, 7)], (2, 1)]),
        (9, 1, [*[(1, step) for step in range(1, 7)], *[(2, step) for step in range(1, 5)]]),
        (11, 2, [(epoch, step) for epoch in (1, 2) for step in range(1, 7)]),
        (99, 4, [(epoch, step) for epoch in (1, 2, 3, 4) for step in range(1, 7)]),
    ],
)
def test_a_request_to_stop_is_heard_within_an_epoch(cases, always_looking, looks, epochs, steps):
    watch = Stops(looks)
    batched = BatchedTraining(cases, [member()])
    (fitted,) = batched.run(watch)
    assert watch.progress == steps
    assert [record.epoch for record in watch.records] == list(range(1, epochs + 1))
    assert fitted.last_epoch == epochs and fitted.stopped is (epochs < 4)
    whole, _ = train(cases, [member()], snapshot=batched.snapshot())
    uninterrupted, _ = train(cases, [member()])
    if looks >= 5:
        # What was cut short is taken up where it was.
        assert np.array_equal(flat(whole[0]), flat(uninterrupted[0]))


def test_within_an_epoch_nobody_looks_before_it_is_time(cases, monkeypatch):
    monkeypatch.setattr("dnn_core.training.batched_training.SECONDS_BETWEEN_LOOKS", 120.0)
    monkeypatch.setattr("dnn_core.training.batched_training.FIRST_STEPS", 1)
    paces = []

    class Spied(_Pace):
        def enter(self, seconds, steps):
            paces.append((seconds, steps))
            super().enter(seconds, steps)

    monkeypatch.setattr("dnn_core.training.batched_training._Pace", Spied)
    watch = Stops(0)
    began = time.monotonic()
    (fitted,) = BatchedTraining(cases, [member()]).run(watch)
    assert (watch.looks, watch.progress, fitted.last_epoch) == (0, [], 4)
    # All six steps of each epoch are timed, each once.
    assert sum(steps for _, steps in paces) == 4 * 6
    assert all(seconds > 0 for seconds, _ in paces)
    assert sum(seconds for seconds, _ in paces) <= time.monotonic() - began


def test_cases_are_shuffled_unless_their_order_is_to_be_kept(cases):
    shuffled, kept = (train(cases, [member()], **rest)[0][0] for rest in ({}, {"shuffle": False}))
    assert not np.allclose(flat(shuffled), flat(kept), atol=1e-4)


def test_members_of_fewer_steps_wait_for_the_others(cases):
    # Six steps beside two; momentum and penalties would move weights in steps without cases.
    few = replace(member(2), rows=np.arange(20))
    fitted, _ = train(cases, [member(1), few])
    alone, _ = train(cases, [few])
    assert flat(fitted[1]) == pytest.approx(flat(alone[0]), abs=1e-5)


def test_the_time_of_an_earlier_training_is_counted(cases):
    began = time.monotonic()
    _, plain = train(cases, [member(training=TRAINING.but(epochs=1))])
    assert 0 < plain.records[0].elapsed_seconds <= time.monotonic() - began
    batched = BatchedTraining(cases, [member(training=TRAINING.but(epochs=1))])
    batched.run(Unwatched())
    snapshot = batched.snapshot()
    assert 0 < snapshot["seconds"] < 600
    _, recorder = train(cases, [member()], snapshot=snapshot | {"seconds": np.array(1e4)})
    times = [record.elapsed_seconds for record in recorder.records]
    assert times == sorted(times) and times[0] > 1e4 and times[-1] < 1e4 + 600


def test_predictions_are_those_of_the_best_epoch(cases):
    plain = NetworkSpec(hidden=(HiddenLayer(units=3),))
    training = TRAINING.but(learning_rate=1.0, epochs=6)
    members = [member(seed, network=plain, training=training) for seed in (1, 2)]
    batched = BatchedTraining(cases, members)
    fitted = batched.run(Unwatched())
    rows = np.array([3, 100, 7])
    raw = batched.predict(rows)
    assert raw.shape == (2, 3, 1)
    for m in range(2):
        expected = forward(plain, fitted[m].weights, cases.x[rows])
        assert raw[m] == pytest.approx(expected, rel=1e-4, abs=1e-5)
    # Six operations for each weight and case: six inputs by three units, and four more weights.
    steps = 6 * 16 * 2 * 6
    assert batched._states.work == pytest.approx(6.0 * (21 + 4) * steps)


def test_of_a_training_without_a_finite_loss_no_epoch_is_kept(cases):
    broken = Cases(cases.x * np.float32(np.nan), cases.y, cases.kind, cases.output)
    fitted, recorder = train(broken, [member()])
    assert (fitted[0].best_epoch, fitted[0].last_epoch, fitted[0].diverged_epoch) == (None, 1, 1)
    assert not fitted[0].stopped and len(recorder.records) == 1
