"""What a network has to beat: a constant, and a linear model of the same columns.

Baselines see exactly what the network sees: the encoded columns, the training
rows and the case weights.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from dnn_core.data.prepare import Part, Prepared
from dnn_core.evaluation.ordered_logit import fit_ordered_logit
from dnn_core.specs import Kind

PENALTY_INVERSE = 1e4
"""scikit-learn's C: so weak a ridge penalty that estimates agree with maximum
likelihood to three digits, yet they stay finite where categories are separable."""

MOST_CELLS = 50_000_000
"""Rows x columns that a linear model is fitted on (400 MB); beyond it, a random
sample of rows. All of MNIST's 60,000 x 784 are below it."""

CELLS_READ = 1_500_000_000
"""Rows x columns x iterations after which a logistic regression ends: about 3
seconds of one core, 39 iterations for 48,000 digits, where the accuracy on new
digits has reached .92 and hardly rises any more."""

BLAS_THREADS = 1
"""Several threads wait for each other in a busy loop: on a processor that others
use as well, two take 5 to 8 times as long as one for 48,000 digits (measured)."""

MOST_ITERATIONS = 1000
FEWEST_ITERATIONS = 20

SAMPLE_SEED = 1
"""The sample of rows depends on nothing but their number."""


@dataclass(frozen=True)
class Baseline:
    """A fitted baseline.

    Parameters
    ----------
    name : str
        Key in tables.
    title : str
        As the researcher sees it.
    caption : str
        On what it was fitted, and how that ended.
    converged : bool
        False where the iterations ended before the estimates had settled.
    predict : callable
        From encoded columns, shape (cases, inputs), to predictions by the
        convention of `dnn_core.evaluation.metrics`.
    """

    name: str
    title: str
    caption: str
    converged: bool
    predict: Callable[[np.ndarray], np.ndarray]


def fit_baselines(prepared: Prepared) -> tuple[Baseline, ...]:
    """Fit the baselines on the training part, the simplest first."""
    with threadpool_limits(limits=BLAS_THREADS, user_api="blas"):
        match prepared.target.kind:
            case Kind.REGRESSION:
                return _mean(prepared.parts["training"]), _linear(prepared)
            case Kind.COUNT:
                return _mean(prepared.parts["training"]), _poisson(prepared)
            case Kind.ORDINAL:
                return _majority(prepared), _ordered(prepared)
        return _majority(prepared), _logistic(prepared)


def _mean(training: Part) -> Baseline:
    mean = float(np.average(training.y.astype("float64"), weights=training.weight))

    def predict(x: np.ndarray) -> np.ndarray:
        return np.full(len(x), mean)

    return Baseline(
        "mean",
        "Mean of the outcome",
        f"Everybody gets the mean of the {len(training):,} training rows.",
        True,
        predict,
    )


def _majority(prepared: Prepared) -> Baseline:
    training, target = prepared.parts["training"], prepared.target
    counts = np.bincount(training.y, weights=training.weight, minlength=len(target.classes))
    shares = counts / counts.sum()

    def predict(x: np.ndarray) -> np.ndarray:
        return np.tile(shares, (len(x), 1))

    return Baseline(
        "majority",
        "Most frequent category",
        f"Everybody gets the shares of the {len(training):,} training rows as probabilities, "
        f"and so is taken for “{target.labels[int(shares.argmax())]}”.",
        True,
        predict,
    )


@dataclass(frozen=True, eq=False)
class _Design:
    """The columns and rows that a linear model is fitted on."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None
    scale: Callable[[np.ndarray], np.ndarray]
    rows_of: str


def _design(prepared: Prepared) -> _Design:
    training = prepared.parts["training"]
    rows = np.arange(len(training))
    most = max(1, MOST_CELLS // prepared.inputs)
    rows_of = f"the {len(rows):,} training rows"
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(SAMPLE_SEED).choice(rows, most, replace=False))
        rows_of = f"a random {most:,} of {rows_of}"
    x = training.x[rows]
    scale = _scaler(prepared, x)
    weight = None if training.weight is None else training.weight[rows].astype("float64")
    return _Design(scale(x), training.y[rows], weight, scale, rows_of)


def _scaler(prepared: Prepared, x: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Bring columns to one scale: predictions stay the same, but come out sooner."""
    if prepared.encoder.pixels:
        # Pixels share a scale; dividing by their deviations would blow up the
        # margins of the picture, which hardly ever vary.
        return lambda pixels: pixels.astype("float32") * np.float32(prepared.input_scale)
    standard = StandardScaler().fit(x.astype("float64"))
    return lambda table: standard.transform(table.astype("float64"))


def _linear(prepared: Prepared) -> Baseline:
    design = _design(prepared)
    model = LinearRegression().fit(design.x, design.y.astype("float64"), design.weight)
    return Baseline(
        "linear",
        "Linear regression",
        f"Least squares on the same columns, fitted on {design.rows_of}.",
        True,
        lambda x: model.predict(design.scale(x)).astype("float64"),
    )


def _poisson(prepared: Prepared) -> Baseline:
    design = _design(prepared)
    # The penalty of scikit-learn's logistic regression is divided by cases as well.
    model = PoissonRegressor(alpha=1 / (PENALTY_INVERSE * len(design.x)), max_iter=MOST_ITERATIONS)
    converged = _fit_quietly(model, design)
    return Baseline(
        "poisson",
        "Poisson regression",
        _likelihood_caption(design, converged),
        converged,
        lambda x: model.predict(design.scale(x)).astype("float64"),
    )


def _ordered(prepared: Prepared) -> Baseline:
    design, classes = _design(prepared), len(prepared.target.classes)
    fitted = fit_ordered_logit(
        design.x, design.y, classes, design.weight, penalty=1 / PENALTY_INVERSE
    )
    return Baseline(
        "ordered_logit",
        "Ordered logit",
        f"Proportional odds. {_likelihood_caption(design, fitted.converged)}",
        fitted.converged,
        lambda x: fitted.predict(design.scale(x)),
    )


def _logistic(prepared: Prepared) -> Baseline:
    design, classes = _design(prepared), len(prepared.target.classes)
    # Beyond ten categories the time of an iteration grows with their number.
    cells = design.x.size * max(1.0, classes / 10)
    limit = int(np.clip(CELLS_READ / cells, FEWEST_ITERATIONS, MOST_ITERATIONS))
    model = LogisticRegression(C=PENALTY_INVERSE, max_iter=limit)
    converged = _fit_quietly(model, design)
    caption = _likelihood_caption(design, converged, f" after {limit:,} iterations,")

    def predict(x: np.ndarray) -> np.ndarray:
        # A random sample of rows may miss a category; then it gets probability 0.
        probabilities = np.zeros((len(x), classes))
        probabilities[:, model.classes_] = model.predict_proba(design.scale(x))
        return probabilities

    return Baseline("logistic", "Logistic regression", caption, converged, predict)


def _likelihood_caption(design: _Design, converged: bool, when: str = "") -> str:
    """On what a model was fitted by maximum likelihood, and whether it got to its end."""
    ended = "" if converged else f"; ended{when} before the estimates had settled"
    return f"Maximum likelihood on the same columns, fitted on {design.rows_of}{ended}."


def _fit_quietly(model: LogisticRegression | PoissonRegressor, design: _Design) -> bool:
    """Fit, and return whether the estimates settled instead of warning about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(design.x, design.y, design.weight)
    converged = True
    for warning in caught:
        if issubclass(warning.category, ConvergenceWarning):
            converged = False
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    return converged
