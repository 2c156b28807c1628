"""Every figure against scikit-learn's, with and without weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as sk

from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.metrics.scorers import scorer
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import prediction_losses
from dnn_core.outcome.metrics import METRICS, main_metric, metric, metrics_of
from dnn_core.specs import Kind

CASES = 400
CLASSES = 4


def case_weights(weighted: bool) -> np.ndarray | None:
    if not weighted:
        return None
    weight = np.random.default_rng(3).gamma(1.0, size=CASES).astype("float32")
    weight[::17] = 0.0
    return weight


def category_predictions(classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Informative probabilities in tenths, so that many scores tie."""
    generator = np.random.default_rng(seed)
    y = generator.integers(classes, size=CASES).astype("int32")
    raw = generator.gamma(0.7, size=(CASES, classes))
    raw[np.arange(CASES), y] += 0.5
    return y, generator.multinomial(10, raw / raw.sum(axis=1, keepdims=True)) / 10


def clipped(probabilities: np.ndarray) -> np.ndarray:
    """Kept 1e-7 from 0 and 1, the documented floor; scikit-learn's own is smaller."""
    return np.clip(probabilities, 1e-7, 1 - 1e-7)


Reference = Callable[[np.ndarray, np.ndarray, np.ndarray | None], float]
"""From what was observed, what was predicted and weights to a figure."""

TRAINING_MEAN = 4.5


def named(p: np.ndarray) -> np.ndarray:
    return p.argmax(axis=1)


def against_mean(error: Callable[..., float]) -> Reference:
    """Share of the error of always saying the training mean that is avoided."""
    return lambda y, p, w: (
        1 - error(y, p, sample_weight=w) / error(y, np.full(CASES, TRAINING_MEAN), sample_weight=w)
    )


def ranked(y: np.ndarray, p: np.ndarray, w: np.ndarray | None) -> float:
    """The mean Brier score of being above each threshold, halved as scikit-learn's counts both."""
    above = [
        sk.brier_score_loss(y > k, p[:, k + 1 :].sum(axis=1), sample_weight=w) for k in (0, 1, 2)
    ]
    return float(np.mean(above))


def areas(y: np.ndarray, p: np.ndarray, w: np.ndarray | None) -> float:
    """scikit-learn takes weights for one category against the others only."""
    return float(np.mean([roc_auc(y == c, p[:, c], w) for c in range(p.shape[1])]))


OF_NUMBERS: dict[str, Reference] = {
    "rmse": lambda y, p, w: sk.root_mean_squared_error(y, p, sample_weight=w),
    "mae": lambda y, p, w: sk.mean_absolute_error(y, p, sample_weight=w),
}
OF_CATEGORIES: dict[str, Reference] = {
    "accuracy": lambda y, p, w: sk.accuracy_score(y, named(p), sample_weight=w),
    "balanced_accuracy": lambda y, p, w: sk.balanced_accuracy_score(y, named(p), sample_weight=w),
    "log_loss": lambda y, p, w: sk.log_loss(y, clipped(p), sample_weight=w),
    "brier": lambda y, p, w: sk.brier_score_loss(y, p, sample_weight=w),
}
REFERENCES: dict[Kind, dict[str, Reference]] = {
    Kind.REGRESSION: {"r2": against_mean(sk.mean_squared_error), **OF_NUMBERS},
    Kind.COUNT: {
        "d2": against_mean(sk.mean_poisson_deviance),
        "deviance": lambda y, p, w: sk.mean_poisson_deviance(y, p, sample_weight=w),
        **OF_NUMBERS,
    },
    Kind.AMOUNT: {
        "d2": against_mean(sk.mean_gamma_deviance),
        "gamma_deviance": lambda y, p, w: sk.mean_gamma_deviance(y, p, sample_weight=w),
        **OF_NUMBERS,
    },
    Kind.BINARY: {
        **OF_CATEGORIES,
        "auc": lambda y, p, w: roc_auc(y, p[:, 1], w),
        "brier": lambda y, p, w: sk.brier_score_loss(y, p[:, 1], sample_weight=w),
        "f1": lambda y, p, w: sk.f1_score(y, named(p), sample_weight=w),
        "kappa": lambda y, p, w: sk.cohen_kappa_score(y, named(p), sample_weight=w),
        "sensitivity": lambda y, p, w: sk.recall_score(y, named(p), sample_weight=w),
        "specificity": lambda y, p, w: sk.recall_score(y, named(p), pos_label=0, sample_weight=w),
    },
    Kind.MULTICLASS: {
        **OF_CATEGORIES,
        "auc": areas,
        "f1": lambda y, p, w: sk.f1_score(y, named(p), average="macro", sample_weight=w),
        "kappa": lambda y, p, w: sk.cohen_kappa_score(y, named(p), sample_weight=w),
    },
    Kind.ORDINAL: {
        **OF_CATEGORIES,
        "qwk": lambda y, p, w: sk.cohen_kappa_score(
            y, named(p), weights="quadratic", sample_weight=w
        ),
        "rps": ranked,
    },
}


def predictions_for(kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """What was observed and what was predicted; of categories, with many ties."""
    generator = np.random.default_rng(1)
    match kind:
        case Kind.REGRESSION:
            y = generator.normal(5, 10, CASES).astype("float32")
            return y, y + generator.normal(0, 5, CASES)
        case Kind.COUNT:
            expected = generator.gamma(2.0, 2.0, CASES)
            return generator.poisson(expected).astype("float32"), expected
        case Kind.AMOUNT:
            expected = generator.gamma(2.0, 700.0, CASES)
            return generator.gamma(2.0, expected / 2).astype("float32"), expected
    y, p = category_predictions(2 if kind is Kind.BINARY else CLASSES, seed=2)
    assert len(np.unique(p[:, 1])) < 12, "the scores must tie"
    return y, p


@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, declared.name) for kind in Kind for declared in metrics_of(kind)],
    ids=lambda value: str(value),
)
def test_every_figure_agrees_with_scikit_learn(kind: Kind, name: str, weighted: bool) -> None:
    y, predicted = predictions_for(kind)
    w = case_weights(weighted)
    scores = evaluate(kind, y, predicted, w, training_mean=TRAINING_MEAN)
    assert set(scores) == set(REFERENCES[kind])
    expected = REFERENCES[kind][name](y, predicted, w)
    assert scores[name] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_r2_is_scikit_learns_where_the_part_has_the_training_mean() -> None:
    y, predicted = np.array([1.0, 2.0, 6.0]), np.array([1.5, 2.0, 5.0])
    scores = evaluate(Kind.REGRESSION, y, predicted, training_mean=3.0)
    assert scores["r2"] == pytest.approx(sk.r2_score(y, predicted))


def test_the_ranked_probability_score_by_hand() -> None:
    # Lowest of three observed: distances of (0.2, 0.6) from (1, 1), squared, over 2 thresholds.
    y = np.array([0])
    scores = evaluate(Kind.ORDINAL, y, np.array([[0.2, 0.4, 0.4]]), training_mean=None)
    assert scores["rps"] == pytest.approx((0.8**2 + 0.4**2) / 2)
    # A miss by two categories costs twice that by one where all probability is on one.
    near, far = (
        evaluate(Kind.ORDINAL, y, np.eye(3)[[k]], training_mean=None)["rps"] for k in (1, 2)
    )
    assert (near, far) == pytest.approx((0.5, 1.0))


def test_a_count_never_expected_costs_a_finite_deviance() -> None:
    scores = evaluate(Kind.COUNT, np.array([2.0, 0.0]), np.zeros(2), training_mean=1.0)
    assert np.isfinite(scores["deviance"])


def roc_auc(positive: np.ndarray, score: np.ndarray, w: np.ndarray | None) -> float:
    return sk.roc_auc_score(positive, score, sample_weight=w)


def test_macro_auc_is_scikit_learns() -> None:
    y, p = category_predictions(CLASSES, seed=5)
    p = (p + 0.01) / (p + 0.01).sum(axis=1, keepdims=True)
    scores = evaluate(Kind.MULTICLASS, y, p, training_mean=None)
    assert scores["auc"] == pytest.approx(sk.roc_auc_score(y, p, multi_class="ovr"))
    assert scores["log_loss"] == pytest.approx(sk.log_loss(y, p))


def test_auc_by_hand_with_ties() -> None:
    # Positives .5 and .8 against negatives .5 and .2: pairs (.5, .5) tie, the
    # other three are won: 3.5 of 4. With weight 3 on the tied negative, pairs
    # weigh 3, 1, 3 and 1, and 1.5 + 1 + 3 + 1 of 8 are won.
    positive = np.array([0.5, 0.8, 0.5, 0.2])
    p = np.column_stack([1 - positive, positive])
    y = np.array([1, 1, 0, 0])
    assert evaluate(Kind.BINARY, y, p, training_mean=None)["auc"] == 0.875
    weight = np.array([1.0, 1.0, 3.0, 1.0])
    assert evaluate(Kind.BINARY, y, p, weight, training_mean=None)["auc"] == 6.5 / 8


def test_a_constant_prediction_is_at_chance() -> None:
    p = np.full((6, 2), 0.5)
    scores = evaluate(Kind.BINARY, np.array([0, 1, 0, 1, 1, 1]), p, training_mean=None)
    # 0.5 is not yet the positive category, so all are taken for the other one.
    assert scores["auc"] == 0.5
    assert scores["sensitivity"] == 0.0
    assert scores["specificity"] == 1.0
    assert scores["accuracy"] == pytest.approx(2 / 6)


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS])
def test_sure_and_wrong_costs_a_finite_log_loss(kind: Kind) -> None:
    p = np.array([[1.0, 0.0], [0.0, 1.0]], dtype="float32")
    scores = evaluate(kind, np.array([1, 0]), p, training_mean=None)
    assert scores["log_loss"] == pytest.approx(-np.log(1e-7))
    right = evaluate(kind, np.array([0, 1]), p, training_mean=None)
    assert right["log_loss"] == pytest.approx(1e-7, rel=1e-3)


def test_what_was_never_expected_costs_a_finite_deviance() -> None:
    # 2 (3 log(3 / 1e-7) - 3 + 1e-7) of the first case and 2e-7 of the second: half of them.
    scores = evaluate(Kind.COUNT, np.array([3.0, 0.0]), np.zeros(2), training_mean=1.0)
    assert scores["deviance"] == pytest.approx(3 * np.log(3e7) - 3 + 2e-7, rel=1e-12)
    # The same floor in the losses of single cases.
    losses = prediction_losses(outcome_of(Kind.COUNT), np.array([3.0, 0.0]), np.zeros(2))
    assert losses == pytest.approx([6 * np.log(3e7) - 6 + 2e-7, 2e-7])


def test_a_category_without_cases_gives_nan_where_it_is_needed() -> None:
    p = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1]])
    scores = evaluate(Kind.MULTICLASS, np.array([0, 1, 1]), p, training_mean=None)
    undefined = {name for name, value in scores.items() if np.isnan(value)}
    assert undefined == {"auc", "balanced_accuracy", "f1"}
    assert scores["accuracy"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("y", "undefined"),
    [
        ([0, 0], {"auc", "balanced_accuracy", "f1", "sensitivity"}),
        ([1, 1], {"auc", "balanced_accuracy", "specificity"}),
    ],
)
def test_binary_with_one_category_only(y: list[int], undefined: set[str]) -> None:
    p = np.array([[0.4, 0.6], [0.7, 0.3]])
    scores = evaluate(Kind.BINARY, np.array(y), p, training_mean=None)
    assert {name for name, value in scores.items() if np.isnan(value)} == undefined


def test_a_category_of_weight_zero_counts_as_absent() -> None:
    p = np.array([[0.4, 0.6], [0.7, 0.3]])
    weight = np.array([1.0, 0.0])
    scores = evaluate(Kind.BINARY, np.array([1, 0]), p, weight, training_mean=None)
    assert np.isnan(scores["auc"])
    assert scores["accuracy"] == 1.0


def test_figures_without_a_denominator_are_nan() -> None:
    constant = evaluate(Kind.REGRESSION, np.ones(3), np.ones(3), training_mean=1.0)
    assert np.isnan(constant["r2"])
    p = np.array([[0.9, 0.1], [0.8, 0.2]])
    agreed = evaluate(Kind.MULTICLASS, np.array([0, 0]), p, training_mean=None)
    assert np.isnan(agreed["kappa"])


def test_a_quantity_needs_the_training_mean() -> None:
    with pytest.raises(ValueError, match="training mean"):
        evaluate(Kind.REGRESSION, np.ones(2), np.ones(2), training_mean=None)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_declared_metric_is_computed(kind: Kind) -> None:
    y = np.array([0, 1, 1])
    predicted = np.array([0.1, 0.9, 0.6])
    if not kind.numeric:
        predicted = np.column_stack([1 - predicted, predicted])
    scores = evaluate(kind, y, predicted, training_mean=0.5)
    assert list(scores) == [declared.name for declared in metrics_of(kind)]
    assert main_metric(kind).name in scores


@pytest.mark.parametrize("declared", METRICS, ids=lambda declared: declared.name)
def test_declarations_are_complete(declared) -> None:
    assert metric(declared.name) is declared
    assert declared.kinds
    assert declared.chance
    # One sentence without a formula.
    assert declared.help.endswith(".")
    assert declared.help.count(". ") == 0
    assert not set(declared.help) & set("=+/*")


def test_names_are_unique() -> None:
    assert len({declared.name for declared in METRICS}) == len(METRICS)


@pytest.mark.parametrize("kind", list(Kind))
def test_better_predictions_move_each_metric_as_declared(kind: Kind) -> None:
    y = np.arange(60) % (2 if kind is Kind.BINARY else 3)
    generator = np.random.default_rng(8)
    if kind.numeric:
        noise = generator.normal(size=60)
        worse, better = y + noise, y + 0.3 * noise
        if kind is Kind.AMOUNT:
            y = y + 1
            worse, better = y * np.exp(noise), y * np.exp(0.3 * noise)
    else:
        truth = np.eye(y.max() + 1)[y]
        noise = generator.dirichlet(np.ones(y.max() + 1), 60)
        worse, better = 0.2 * truth + 0.8 * noise, 0.6 * truth + 0.4 * noise
    low = evaluate(kind, y, worse, training_mean=1.0)
    high = evaluate(kind, y, better, training_mean=1.0)
    for name, value in high.items():
        assert (value > low[name]) == metric(name).higher_is_better, name


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS, Kind.ORDINAL])
def test_a_figure_asked_for_alone_is_the_same(kind: Kind) -> None:
    rng = np.random.default_rng(1)
    classes = 2 if kind is Kind.BINARY else 3
    score = scorer(
        kind,
        rng.integers(0, classes, 50),
        rng.dirichlet(np.ones(classes), 50),
        training_mean=None,
    )
    weights = rng.uniform(0, 2, (50, 4))
    every = score(weights)
    assert set(every) == {one.name for one in metrics_of(kind)}
    for name, values in every.items():
        assert (score(weights, (name,))[name] == values).all()
    assert "accuracy" not in score(weights, ("log_loss",))


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS, Kind.ORDINAL])
def test_only_what_is_asked_for_is_worked_out(kind: Kind) -> None:
    classes = 2 if kind is Kind.BINARY else 3
    rng = np.random.default_rng(1)
    p, y = rng.dirichlet(np.ones(classes), 30), rng.integers(0, classes, 30)
    score = scorer(kind, y, p, training_mean=None)
    cheap = {"log_loss", "brier"} | ({"rps"} if kind is Kind.ORDINAL else set())
    assert set(score(np.ones((30, 1)), ("brier",))) == cheap
    assert set(score(np.ones((30, 1)), tuple(cheap))) == cheap
    with_areas = cheap | (set() if kind is Kind.ORDINAL else {"auc"})
    assert set(score(np.ones((30, 1)), tuple(with_areas))) == with_areas
    named = set(score(np.ones((30, 1)), ("accuracy",)))
    assert "accuracy" in named and "auc" not in named
