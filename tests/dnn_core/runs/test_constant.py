"""What says the same of every case is at chance: in every part, mode and design."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.prepare import PartData, Prepared, prepare
from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines import fit_all
from dnn_core.evaluation.baselines.baseline import Baseline
from dnn_core.evaluation.inference.intervals import NETWORK, resample
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.runs.execution import score_run
from dnn_core.runs.execution.score_run import Table, by_name, score
from dnn_core.specs import Holdout, Kind, SplitMethod, SplitSpec

MEMBERS = 3
DESIGNS = {
    "stratified": {},
    "random": {"split": SplitSpec(method=SplitMethod.RANDOM)},
    "weights and clusters": {
        "roles": {"weight": "weight", "cluster": "village"},
        "split": SplitSpec(method=SplitMethod.GROUPED),
    },
}
MODES = {"turns": Holdout.FOLDS, "validation part": Holdout.PART}
NOTHING = {"auc": 0.5, "r2": 0.0, "d2": 0.0, "qwk": 0.0, "kappa": 0.0}
"""What knowing nothing is worth, whatever the outcome's distribution."""


def tables(result: dict[str, list[dict]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores and gains, a row for each part, model and metric."""
    keys = ["part", "model", "metric"]
    scores, gains = (pd.DataFrame(result[name]).set_index(keys) for name in ("scores", "gains"))
    return scores.sort_index().astype(float), gains.sort_index().astype(float)


def arbitrary_network(kind: Kind, y: np.ndarray, classes: int) -> np.ndarray:
    """Predictions that nobody has fitted."""
    generator = np.random.default_rng(5)
    if kind.numeric:
        return np.abs(y * 0.5 + generator.normal(10, 5, len(y))) + 1
    return generator.dirichlet(np.ones(classes), len(y))


def by_hand(kind: Kind, part, training) -> dict[str, float]:
    """Figures of the training part's mean or shares, from their definitions."""
    own = np.ones(len(part)) if part.weight is None else part.weight.astype(float)
    theirs = np.ones(len(training)) if training.weight is None else training.weight.astype(float)
    share = own / own.sum()
    if kind.numeric:
        y, mean = part.y.astype(float), float(theirs @ training.y.astype(float) / theirs.sum())
        expected = {"rmse": np.sqrt(share @ (y - mean) ** 2), "mae": share @ np.abs(y - mean)}
        if kind is Kind.COUNT:
            assert (y > 0).all()
            expected["deviance"] = 2 * share @ (y * np.log(y / mean) - y + mean)
        if kind is Kind.AMOUNT:
            expected["gamma_deviance"] = 2 * share @ ((y - mean) / mean - np.log(y / mean))
        return expected
    classes = training.y.max() + 1
    said = np.array([theirs[training.y == c].sum() for c in range(classes)]) / theirs.sum()
    seen = np.array([share[part.y == c].sum() for c in range(classes)])
    squared = ((np.eye(classes) - said) ** 2).sum(axis=1)
    return {
        "log_loss": -seen @ np.log(said),
        "accuracy": seen[said.argmax()],
        "brier": seen @ squared / (2 if kind is Kind.BINARY else 1),
        "balanced_accuracy": 1 / classes if (seen > 0).all() else np.nan,
    }


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", list(Kind))
def test_the_constant_is_at_chance(survey, make, monkeypatch, kind, mode, design):
    for module in (fit_all, score_run):
        # The others, which take long to fit, are not what this is about.
        monkeypatch.setattr(module, "fit_rivals", lambda *_: ())
    monkeypatch.setattr(score_run, "RESAMPLES", 40)
    settings = dict(DESIGNS[design])
    split = settings.pop("split", SplitSpec()).but(holdout=MODES[mode])
    experiment = make.experiment(kind, members=MEMBERS, split=split, **settings)
    prepared = prepare(survey, experiment)
    assert (prepared.folds is not None) == (mode == "turns")
    table = Table(prepared)
    beside = {**table.beside, "test": by_name(table.baselines, prepared.parts["test"].x)}
    said = {
        name: arbitrary_network(kind, part.y, len(prepared.target.classes))
        for name, part in prepared.parts.items()
    }
    scores, gains = tables(score(prepared, said, beside, experiment))
    (constant,) = beside["validation"]
    for name, part in prepared.parts.items():
        result, network = scores.loc[name, constant], scores.loc[name, NETWORK]
        for metric, nothing in NOTHING.items():
            if metric in result.index:
                gain = gains.loc[name, constant].loc[metric]
                assert result.loc[metric].tolist() == pytest.approx([nothing] * 4, abs=1e-12)
                assert gain.tolist() == pytest.approx(
                    (network.loc[metric] - nothing).tolist(), abs=1e-12
                )
        for metric, value in by_hand(kind, part, prepared.parts["training"]).items():
            assert result.loc[metric, "value"] == pytest.approx(value, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("kind", [Kind.REGRESSION, Kind.BINARY])
def test_no_other_constant_does_better_where_networks_take_turns(survey, make, kind):
    """What the single constant has seen is in its favour, never in the network's."""
    roles = {"weight": "weight"}
    prepared = prepare(survey, make.experiment(kind, members=MEMBERS, roles=roles))
    part = prepared.parts["validation"]
    constant = fit_all.fit_constant(prepared).predict(part.x)
    loss = "rmse" if kind.numeric else "log_loss"

    def figure(predicted: np.ndarray) -> float:
        mean = prepared.training_mean
        return evaluate(kind, part.y, predicted, part.weight, training_mean=mean)[loss]

    best = figure(constant)
    for fold in range(MEMBERS):
        other = fit_all.fit_constant(prepared.without(fold)).predict(part.x)
        assert figure(other) > best


SURVEYS, CASES, PREDICTORS, FOLDS = 120, 200, 8, 5


@pytest.fixture(scope="module")
def without_signal() -> dict[str, pd.DataFrame]:
    """Gains of least squares over the constant on surveys without a signal, dealt at random.

    A row for each survey: AUC's value, low and high, and the upper end of the log loss.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(score_run, "fit_rivals", lambda prepared, _: (least_squares(prepared),))
        result = {mode: [noise(seed, mode) for seed in range(SURVEYS)] for mode in MODES}
    return {mode: pd.DataFrame(rows) for mode, rows in result.items()}


def least_squares(prepared: Prepared) -> Baseline:
    """Two categories by a linear probability model, which takes no time."""
    training = prepared.parts["training"]
    inside = np.column_stack([np.ones(len(training)), training.x])
    slopes = np.linalg.lstsq(inside, training.y.astype(float), rcond=None)[0]

    def predict(x: np.ndarray) -> np.ndarray:
        positive = np.clip(slopes[0] + x @ slopes[1:], 0.01, 0.99)
        return np.column_stack([1 - positive, positive])

    return Baseline("least_squares", "Least squares", "", True, predict)


def noise(seed: int, mode: str) -> dict[str, float]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(2 * CASES, PREDICTORS))
    y = generator.integers(0, 2, 2 * CASES).astype("int32")
    one, other = (PartData(rows, x[rows], y[rows]) for rows in np.split(np.arange(2 * CASES), 2))
    target = TargetCoding("y", Kind.BINARY, ("no", "yes"), ("no", "yes"))
    encoder = Encoder((), target, None, ("x",) * PREDICTORS, ("x",) * PREDICTORS)
    if mode == "turns":
        folds = generator.permutation(CASES) % FOLDS
        prepared = Prepared({"training": one, "validation": one}, encoder, folds=folds)
    else:
        prepared = Prepared({"training": one, "validation": other}, encoder)
    constant = fit_all.fit_constant(prepared)
    beside = score_run._out_of_fold(prepared, (constant, least_squares(prepared)), ())
    gains = resample(
        Kind.BINARY,
        prepared.parts["validation"].y,
        {NETWORK: beside["least_squares"], "majority": beside["majority"]},
        training_mean=None,
        resamples=200,
        seed=seed,
    ).gains(0.95)
    figures = gains.set_index("metric")[["value", "low", "high"]]
    return {**figures.loc["auc"], "loss": figures.loc["log_loss", "high"]}


def standard_error(share: float) -> float:
    return float(np.sqrt(share * (1 - share) / SURVEYS))


@pytest.mark.simulation
def test_on_rows_of_their_own_the_gain_over_the_constant_is_none(without_signal):
    gains = without_signal["validation part"]
    assert abs(gains["value"].mean()) < 3 * gains["value"].std() / np.sqrt(SURVEYS)
    held = ((gains["low"] <= 0) & (gains["high"] >= 0)).mean()
    assert held == pytest.approx(0.95, abs=3 * standard_error(0.95))


@pytest.mark.simulation
def test_no_gain_over_the_constant_is_seen_where_networks_take_turns(without_signal):
    """One constant for each fold saw gains of 0.05 on average, and claimed one in five surveys."""
    gains = without_signal["turns"]
    # Those who take turns rank each fold a little too low in which the outcome is frequent.
    assert -0.04 < gains["value"].mean() < 0.01
    assert (gains["low"] > 0).mean() < 0.05 + 2 * standard_error(0.05)
    # What Diagnose claims: the log loss has to agree.
    assert ((gains["low"] > 0) & (gains["loss"] < 0)).mean() <= 0.025
