"""One timed fit of one contestant, in a process of its own; prints a line of JSON.

    python -m benchmarks.contestants JOB CONTESTANT [--quick]

`benchmarks.training` starts one such process for every single timing, so that
nothing an earlier fit has traced or compiled is there. Reading the data, importing
libraries, and a fit of a few cases by a network of another architecture (a library's
own start-up) come before the clock starts; building, tracing and compiling the
network of the job come after.

All learn with Adam, 0.001, for the same number of epochs, without early stopping.

- `engine`: `BatchedTraining`, which also keeps the best weights and reports the training loss
  and the main figure of each epoch.
- `keras`: `Model.fit` as it is, `verbose=0`, the loss only.
- `sklearn`: `MLPClassifier`, never ending early; it knows neither validation cases
  of one's own nor batch normalisation nor dropout.
- `torch`: eager, batches by index, the loss on the validation cases after each epoch.
- `h2o`: `H2ODeepLearningEstimator`, ADADELTA as it has no Adam, on a server of which
  `H2O_URL` holds the address and which has the cases already. The server outlives a
  fit, so this contestant starts warm.

Where a job asks for several networks, the engine trains all of them; every other
contestant, and the engine under the name `engine_alone`, trains the first one only.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from dnn_core.data.images.mnist import find_mnist, read_mnist
from dnn_core.data.prepare import PIXEL_SCALE

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"

LEARNING_RATE = 1e-3
MATRIX = 2048
PRODUCTS = 10


@dataclass(frozen=True)
class Job:
    """What is fitted.

    `members` networks are asked for; the m-th, from 0, leaves out cases
    m * validation to (m + 1) * validation. `inputs` 784 stands for MNIST, other
    cases are drawn at random.
    """

    title: str
    cases: int
    inputs: int
    layers: tuple[int, ...]
    batch_size: int
    epochs: int
    validation: int = 0
    members: int = 1
    batch_norm: bool = False
    dropout: tuple[float, ...] = ()

    @property
    def mnist(self) -> bool:
        return self.inputs == 784

    @property
    def outputs(self) -> int:
        return 10 if self.mnist else 1

    @property
    def operations(self) -> int:
        """Floating-point operations of all networks: 6 for each weight, training case and epoch.

        A multiplication and an addition forwards, and twice as many backwards; biases,
        activations and validation are not counted.
        """
        widths = (self.inputs, *self.layers, self.outputs)
        weights = sum(before * after for before, after in pairwise(widths))
        return 6 * weights * (self.cases - self.validation) * self.epochs * self.members

    def dropout_of(self, layer: int) -> float:
        return self.dropout[layer] if self.dropout else 0.0


_TABLE = Job("1,000 x 20, 64-32, batch 32, 100 epochs", 1_000, 20, (64, 32), 32, 100)
_DIGITS = Job("MNIST, 256-128-64, batch 128, 5 epochs", 60_000, 784, (256, 128, 64), 128, 5, 12_000)

JOBS = {
    "a": _TABLE,
    "b": Job("39,000 x 100, 128-64, batch 256, 10 epochs", 39_000, 100, (128, 64), 256, 10),
    "c": _DIGITS,
    "d": replace(
        _DIGITS,
        title=f"{_DIGITS.title}, batch norm., dropout",
        batch_norm=True,
        dropout=(0.4, 0.3, 0.2),
    ),
    "e": replace(_TABLE, title="fifty seeds of a", members=50),
    "f": replace(_TABLE, title="ten-fold cross-validation of a", members=10, validation=100),
}

WARM_UP = Job("warm-up", 40, 5, (7,), 8, 2)


def shortened(job: Job) -> Job:
    """A tenth of the cases, two epochs, three networks: to see that everything runs."""
    return replace(
        job,
        cases=job.cases // 10,
        validation=job.validation // 10,
        epochs=2,
        members=min(job.members, 3),
    )


@dataclass(frozen=True, eq=False)
class Data:
    """Cases as they are read, and as float32 in two parts for those who want them so.

    Parameters
    ----------
    x, y : numpy.ndarray
        All cases: uint8 grey values or float32, shape (cases, inputs), and classes,
        shape (cases,).
    training, validation : tuple of numpy.ndarray
        Inputs and classes of the first network.
    """

    x: np.ndarray
    y: np.ndarray
    training: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]


Predict = Callable[[np.ndarray], np.ndarray]
"""From inputs, float32, to classes."""

Fit = Callable[[], Predict]
"""What is timed."""


def mnist_folder() -> Path | None:
    return find_mnist([SHARED_DATA / "mnist"])


def rows_of(job: Job, member: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation cases of one network."""
    left_out = np.arange(member * job.validation, (member + 1) * job.validation)
    return np.setdiff1d(np.arange(job.cases), left_out), left_out


def read_data(job: Job) -> Data:
    x, y = _read_digits(job) if job.mnist else _draw_cases(job)
    floats = x * np.float32(PIXEL_SCALE) if job.mnist else x
    training, validation = ((floats[rows], y[rows]) for rows in rows_of(job, 0))
    return Data(x, y, training, validation)


def _read_digits(job: Job) -> tuple[np.ndarray, np.ndarray]:
    folder = mnist_folder()
    if folder is None:
        raise FileNotFoundError("MNIST was not found.")
    data = read_mnist(folder)
    assert data.images is not None
    x = data.images[: job.cases].reshape(job.cases, -1)
    return np.ascontiguousarray(x), data.frame["digit"].to_numpy()[: job.cases].astype("int32")


def _draw_cases(job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Two classes that depend on sums and products of the inputs, and on chance."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((job.cases, job.inputs)).astype("float32")
    logit = x @ rng.standard_normal(job.inputs) / np.sqrt(job.inputs) + x[:, 0] * x[:, 1]
    return x, (logit + rng.logistic(scale=0.5, size=job.cases) > 0).astype("int32")


def engine(job: Job, data: Data) -> Fit:
    from dnn_core.outcome.output import output_of
    from dnn_core.specs import HiddenLayer, Kind, NetworkSpec, TrainingSpec
    from dnn_core.training.batched_training import BatchedTraining
    from dnn_core.training.member import Cases, Member, Unwatched

    layers = [
        HiddenLayer(units=units, batch_norm=job.batch_norm, dropout=job.dropout_of(i))
        for i, units in enumerate(job.layers)
    ]
    network = NetworkSpec(hidden=tuple(layers))
    training = TrainingSpec(
        members=1,
        epochs=job.epochs,
        batch_size=job.batch_size,
        learning_rate=LEARNING_RATE,
        early_stopping=False,
    )
    kind = Kind.MULTICLASS if job.mnist else Kind.BINARY
    y = data.y if job.mnist else data.y.astype("float32")
    scale = PIXEL_SCALE if job.mnist else 1.0

    def fit() -> Predict:
        cases = Cases(data.x, y, kind, output_of(kind, job.outputs), scale)
        members = [
            Member(network, training, number + 1, *rows_of(job, number))
            for number in range(job.members)
        ]
        batch = BatchedTraining(cases, members)
        batch.run(Unwatched())
        return lambda x: _classes(_first_member(batch, job, len(x)))

    return fit


def _first_member(batch: object, job: Job, cases: int) -> np.ndarray:
    """Raw outputs of the first network for the cases on which it is judged."""
    training, left_out = rows_of(job, 0)
    rows = left_out if len(left_out) else training
    assert len(rows) == cases
    return batch.predict(rows)[0]


def _classes(raw: np.ndarray) -> np.ndarray:
    return raw[:, 0] > 0 if raw.shape[1] == 1 else raw.argmax(axis=1)


def engine_alone(job: Job, data: Data) -> Fit:
    return engine(replace(job, members=1), data)


def keras_fit(job: Job, data: Data) -> Fit:
    import keras

    def fit() -> Predict:
        model = keras.Sequential([keras.Input((job.inputs,))])
        for i, units in enumerate(job.layers):
            model.add(keras.layers.Dense(units, use_bias=not job.batch_norm))
            if job.batch_norm:
                model.add(keras.layers.BatchNormalization())
            model.add(keras.layers.Activation("relu"))
            if job.dropout:
                model.add(keras.layers.Dropout(job.dropout[i]))
        model.add(keras.layers.Dense(job.outputs, "softmax" if job.mnist else "sigmoid"))
        loss = "sparse_categorical_crossentropy" if job.mnist else "binary_crossentropy"
        model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss=loss)
        model.fit(
            *data.training,
            batch_size=job.batch_size,
            epochs=job.epochs,
            validation_data=data.validation if job.validation else None,
            verbose=0,
        )
        shift = 0.0 if job.mnist else 0.5
        return lambda x: _classes(model.predict(x, verbose=0) - shift)

    return fit


def sklearn_fit(job: Job, data: Data) -> Fit:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    def fit() -> Predict:
        model = MLPClassifier(
            job.layers,
            batch_size=job.batch_size,
            learning_rate_init=LEARNING_RATE,
            max_iter=job.epochs,
            n_iter_no_change=job.epochs + 1,
            tol=0.0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(*data.training)
        return model.predict

    return fit


def torch_fit(job: Job, data: Data) -> Fit:
    import torch

    losses = {True: torch.nn.CrossEntropyLoss(), False: torch.nn.BCEWithLogitsLoss()}
    loss_of = losses[job.mnist]

    def tensors(part: tuple[np.ndarray, np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
        y = part[1].astype("int64") if job.mnist else part[1].astype("float32")[:, np.newaxis]
        return torch.from_numpy(part[0]), torch.from_numpy(y)

    def build() -> torch.nn.Module:
        layers: list[torch.nn.Module] = []
        for i, (before, units) in enumerate(pairwise((job.inputs, *job.layers))):
            layers.append(torch.nn.Linear(before, units, bias=not job.batch_norm))
            layers += [torch.nn.BatchNorm1d(units)] if job.batch_norm else []
            layers.append(torch.nn.ReLU())
            layers += [torch.nn.Dropout(job.dropout[i])] if job.dropout else []
        return torch.nn.Sequential(*layers, torch.nn.Linear(job.layers[-1], job.outputs))

    def judge(model: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
        model.eval()
        with torch.no_grad():
            raw = model(x)
        model.train()
        return raw

    def fit() -> Predict:
        (x, y), (new_x, new_y) = tensors(data.training), tensors(data.validation)
        model = build()
        optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
        for _ in range(job.epochs):
            for chosen in torch.randperm(len(x)).split(job.batch_size):
                optimizer.zero_grad()
                loss_of(model(x[chosen]), y[chosen]).backward()
                optimizer.step()
            if len(new_x):
                loss_of(judge(model, new_x), new_y)
        return lambda x: _classes(judge(model, torch.from_numpy(x)).numpy())

    return fit


def h2o_fit(job: Job, data: Data) -> Fit:
    import h2o
    from h2o.estimators import H2ODeepLearningEstimator

    h2o.connect(url=os.environ["H2O_URL"], verbose=False)
    h2o.no_progress()
    x, y = data.training
    frame = h2o.H2OFrame(np.column_stack([x, y]))
    outcome = frame.columns[-1]
    frame[outcome] = frame[outcome].asfactor()

    def fit() -> Predict:
        model = H2ODeepLearningEstimator(
            hidden=list(job.layers),
            epochs=job.epochs,
            mini_batch_size=job.batch_size,
            stopping_rounds=0,
        )
        model.train(y=outcome, training_frame=frame)

        def predict(x: np.ndarray) -> np.ndarray:
            predicted = model.predict(h2o.H2OFrame(x, column_names=frame.columns[:-1]))
            return np.array(
                [int(row[0]) for row in predicted["predict"].as_data_frame().to_numpy()]
            )

        return predict

    return fit


CONTESTANTS: dict[str, Callable[[Job, Data], Fit]] = {
    "engine": engine,
    "engine_alone": engine_alone,
    "keras": keras_fit,
    "sklearn": sklearn_fit,
    "torch": torch_fit,
    "h2o": h2o_fit,
}


def measure(job: Job, contestant: str) -> dict[str, float]:
    """Seconds of one fit, and how many cases its first network puts into the right class."""
    prepare = CONTESTANTS[contestant]
    prepare(WARM_UP, read_data(WARM_UP))()
    data = read_data(job)
    fit = prepare(job, data)
    started = time.perf_counter()
    predict = fit()
    seconds = time.perf_counter() - started
    x, y = data.validation if job.validation else data.training
    predicted = {"seconds": seconds, "accuracy": float(np.mean(predict(x) == y))}
    if contestant.startswith("engine"):
        members = job.members if contestant == "engine" else 1
        operations = job.operations * members / job.members
        predicted |= {"gflops": operations / seconds / 1e9, "matmul_gflops": _matmul_gflops()}
    return predicted


def _matmul_gflops() -> float:
    """What one large matrix product reaches in this process, at best."""
    import tensorflow as tf

    matrix = tf.random.normal((MATRIX, MATRIX))
    seconds = []
    for _ in range(PRODUCTS):
        started = time.perf_counter()
        tf.matmul(matrix, matrix).numpy()
        seconds.append(time.perf_counter() - started)
    return 2 * MATRIX**3 / min(seconds) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    job = JOBS[asked.job]
    print(json.dumps(measure(shortened(job) if asked.quick else job, asked.contestant)))


if __name__ == "__main__":
    main()
