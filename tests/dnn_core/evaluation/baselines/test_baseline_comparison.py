"""The baselines compared with scikit-learn and statsmodels, weighted and in clusters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegressionCV, Ridge
from sklearn.metrics import log_loss, mean_squared_error
from threadpoolctl import threadpool_limits

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.prepare import PartData, Prepared
from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines import boosting, penalised
from dnn_core.evaluation.baselines.baseline import Baseline, design_of, inner_folds
from dnn_core.evaluation.baselines.fit_all import fit_baselines
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.specs import Kind

CASES, COLUMNS = 400, 6


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As `fit_baselines` does: several threads get in each other's way on a busy machine."""
    with threadpool_limits(limits=1):
        yield


def made(kind: Kind, *, weighted=True, cluster=None, truth="linear", cases=CASES) -> Prepared:
    """Training and fresh rows of which the truth is known."""
    generator = np.random.default_rng(3)
    # Rounded: to bin more than 255 different values takes boosting most of its time.
    x = generator.normal(size=(2 * cases, COLUMNS)).round(1).astype("float32")
    signal = {
        "linear": x[:, 0] + 0.5 * x[:, 1],
        "interaction": 3.0 * x[:, 0] * x[:, 1],
        "none": 0.0 * x[:, 0],
    }[truth]
    match kind:
        case Kind.REGRESSION:
            y = (signal + generator.normal(size=len(x))).astype("float32")
        case Kind.COUNT:
            y = generator.poisson(np.exp(0.5 * signal)).astype("float32")
        case Kind.AMOUNT:
            y = generator.gamma(3.0, np.exp(7 + 0.5 * signal)).astype("float32")
        case Kind.BINARY:
            y = (signal + generator.logistic(size=len(x)) > 0).astype("int32")
        case _:
            y = np.digitize(signal + generator.logistic(size=len(x)), [-1, 1]).astype("int32")
    weight = generator.gamma(3.0, 1 / 3, size=len(x)).astype("float32") if weighted else None
    whole = PartData(np.arange(len(x)), x, y, weight, None if cluster is None else cluster(len(x)))
    names = () if kind.numeric else tuple("abc"[: int(y.max()) + 1])
    columns = tuple(f"x{i}" for i in range(COLUMNS))
    # Any object stands for the transformer, so that columns are not taken for pixels.
    encoder = Encoder((), TargetCoding("y", kind, names, names), object(), columns, columns)
    first, second = np.arange(cases), np.arange(cases, 2 * cases)
    parts = {"training": whole.take(first), "validation": whole.take(second)}
    return Prepared(parts, encoder)


def fitted_baselines(prepared: Prepared, reduced: tuple[str, ...] = ()) -> dict[str, Baseline]:
    return {baseline.name: baseline for baseline in fit_baselines(prepared, reduced)}


def standardised(prepared: Prepared, name: str) -> np.ndarray:
    x = prepared.parts["training"].x.astype("float64")
    return (prepared.parts[name].x - x.mean(axis=0)) / x.std(axis=0)


def folds_of(prepared: Prepared) -> list[tuple[np.ndarray, np.ndarray]]:
    part = prepared.parts["training"]
    categories = not prepared.target.kind.numeric
    return list(inner_folds(part.y, part.cluster, penalised.FOLDS, categories=categories))


@pytest.mark.parametrize("kind", list(Kind))
def test_order_and_titles_with_few_predictors(kind: Kind) -> None:
    result = list(fitted_baselines(made(kind), ("x0", "x3")).values())
    assert [baseline.name for baseline in result][1::2] == ["reduced", "penalised"]
    assert result[1].title.endswith(" with 2 predictors")
    assert result[2].title.endswith(" with all predictors")
    assert result[-1].title == "Gradient boosting"
    assert all(baseline.caption.endswith(".") for baseline in result)


def test_few_predictors_by_least_squares() -> None:
    prepared = made(Kind.REGRESSION)
    part, fresh = prepared.parts["training"], prepared.parts["validation"]
    chosen = [1, 4]
    model = sm.WLS(part.y, sm.add_constant(part.x[:, chosen].astype(float)), part.weight).fit()
    expected = model.predict(sm.add_constant(fresh.x[:, chosen].astype(float)))
    predicted = fitted_baselines(prepared, ("x1", "x4"))["reduced"].predict(fresh.x)
    assert predicted == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_few_predictors_by_logit() -> None:
    prepared = made(Kind.BINARY)
    part, fresh = prepared.parts["training"], prepared.parts["validation"]
    model = sm.GLM(
        part.y,
        sm.add_constant(part.x[:, [0]].astype(float)),
        family=sm.families.Binomial(),
        freq_weights=part.weight.astype(float),
    ).fit()
    expected = model.predict(sm.add_constant(fresh.x[:, [0]].astype(float)))
    assert fitted_baselines(prepared, ("x0",))["reduced"].predict(fresh.x)[:, 1] == pytest.approx(
        expected, abs=1e-4
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS])
def test_penalised_logit_is_that_of_scikit_learn(kind: Kind, weighted: bool) -> None:
    prepared = made(kind, weighted=weighted)
    part = prepared.parts["training"]
    x = standardised(prepared, "training")
    total = part.weight.sum() if weighted else len(part)
    model = LogisticRegressionCV(
        Cs=1 / (penalised.PENALTIES * float(total)),
        cv=folds_of(prepared),
        scoring="neg_log_loss",
        l1_ratios=(0.0,),
        tol=1e-8,
        max_iter=1000,
        use_legacy_attributes=False,
    ).fit(x, part.y, sample_weight=part.weight)
    penalty = penalised.choose_penalty(design_of(prepared), prepared.target)
    assert penalty == pytest.approx(1 / model.C_, rel=1e-6)
    predicted = fitted_baselines(prepared)["penalised"].predict(prepared.parts["validation"].x)
    expected = model.predict_proba(standardised(prepared, "validation"))
    assert predicted == pytest.approx(expected, abs=2e-3)


def test_ridge_is_that_of_scikit_learn() -> None:
    prepared = made(Kind.REGRESSION)
    part, x = prepared.parts["training"], standardised(prepared, "training")
    y, weight = part.y.astype("float64"), part.weight.astype("float64")
    penalties = penalised.PENALTIES * weight.sum()
    losses = [
        sum(
            mean_squared_error(
                y[out],
                Ridge(penalty).fit(x[rest], y[rest], weight[rest]).predict(x[out]),
                sample_weight=weight[out],
            )
            * weight[out].sum()
            for rest, out in folds_of(prepared)
        )
        for penalty in penalties
    ]
    expected = Ridge(penalties[int(np.argmin(losses))]).fit(x, y, weight)
    predicted = fitted_baselines(prepared)["penalised"].predict(prepared.parts["validation"].x)
    assert predicted == pytest.approx(
        expected.predict(standardised(prepared, "validation")), abs=1e-5
    )


@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.AMOUNT])
def test_penalised_log_linear_models_minimise_their_loss(kind: Kind) -> None:
    prepared = made(kind)
    part = prepared.parts["training"]
    x = np.column_stack([np.ones(len(part)), standardised(prepared, "training")])
    y, weight = part.y.astype("float64"), part.weight.astype("float64")
    penalty = penalised.choose_penalty(design_of(prepared), prepared.target)
    # It grows as the curvature of the loss does: with the expected count; that of amounts is 1.
    curvature = np.average(y, weights=weight) if kind is Kind.COUNT else 1.0
    relative = penalty / (weight.sum() * curvature)
    assert np.isclose(penalised.PENALTIES, relative, rtol=1e-6).sum() == 1

    def loss(beta: np.ndarray) -> float:
        score = x @ beta
        losses = np.exp(score) - y * score if kind is Kind.COUNT else y * np.exp(-score) + score
        return float(weight @ losses + penalty / 2 * beta[1:] @ beta[1:])

    start = np.r_[np.log(np.average(y, weights=weight)), np.zeros(x.shape[1] - 1)]
    beta = minimize(loss, start, method="BFGS", options={"gtol": 1e-4}).x
    fresh = np.column_stack([np.ones(CASES), standardised(prepared, "validation")])
    predicted = fitted_baselines(prepared)["penalised"].predict(prepared.parts["validation"].x)
    assert predicted == pytest.approx(np.exp(fresh @ beta), rel=2e-3)


@pytest.mark.parametrize("kind", list(Kind))
def test_without_signal_the_penalty_is_strong_and_trees_are_few(kind: Kind) -> None:
    prepared = made(kind, truth="none")
    fresh, result = prepared.parts["validation"], fitted_baselines(prepared)
    mean = float(np.mean(prepared.parts["training"].y)) if kind.numeric else None
    name = "rmse" if kind.numeric else "log_loss"
    loss = {
        baseline: evaluate(kind, fresh.y, model.predict(fresh.x), training_mean=mean)[name]
        for baseline, model in result.items()
    }
    constant, plain = list(loss.values())[:2]
    assert loss["penalised"] < plain
    # Nothing is to be found, and next to nothing is made up.
    assert loss["penalised"] < 1.01 * constant
    assert loss["boosting"] < 1.04 * constant


@pytest.mark.parametrize("kind", [Kind.REGRESSION, Kind.BINARY])
def test_boosting_finds_an_interaction(kind: Kind) -> None:
    prepared = made(kind, truth="interaction", cases=1000)
    fresh, result = prepared.parts["validation"], fitted_baselines(prepared)
    name = "r2" if kind is Kind.REGRESSION else "auc"
    figure = {
        baseline: evaluate(kind, fresh.y, model.predict(fresh.x), training_mean=0.0)[name]
        for baseline, model in result.items()
    }
    linear = figure["linear" if kind is Kind.REGRESSION else "logistic"]
    # The best possible R² is 9/10, the best possible AUC about .87.
    assert linear < (0.05 if kind is Kind.REGRESSION else 0.6)
    assert figure["boosting"] > (0.7 if kind is Kind.REGRESSION else 0.8)


def test_the_number_of_steps_is_that_of_the_least_weighted_loss() -> None:
    """Worked out from predictions after every step."""
    prepared = made(Kind.BINARY)
    part = prepared.parts["training"]
    curves = []
    for rest, out in list(inner_folds(part.y, None, 5, categories=True))[: boosting.FOLDS_USED]:
        model = HistGradientBoostingClassifier(
            max_leaf_nodes=boosting.LEAVES, max_iter=100, early_stopping=False, random_state=1
        ).fit(part.x[rest], part.y[rest], part.weight[rest])
        curves.append(
            [
                log_loss(part.y[out], after, sample_weight=part.weight[out])
                for after in model.staged_predict_proba(part.x[out])
            ]
        )
    steps = boosting.choose_steps(part, Kind.BINARY, 2)
    assert steps == 1 + int(np.mean(curves, axis=0).argmin())
    model = HistGradientBoostingClassifier(
        max_leaf_nodes=boosting.LEAVES, max_iter=steps, early_stopping=False, random_state=1
    ).fit(part.x, part.y, part.weight)
    fresh = prepared.parts["validation"].x
    predicted = fitted_baselines(prepared)["boosting"].predict(fresh)
    assert predicted == pytest.approx(model.predict_proba(fresh), abs=1e-6)


@pytest.mark.parametrize(("kind", "loss"), [(Kind.COUNT, "poisson"), (Kind.AMOUNT, "gamma")])
def test_counts_and_amounts_are_boosted_by_their_deviance(kind: Kind, loss: str) -> None:
    prepared = made(kind)
    part, fresh = prepared.parts["training"], prepared.parts["validation"].x
    steps = boosting.choose_steps(part, kind, 0)
    model = HistGradientBoostingRegressor(
        loss=loss,
        max_leaf_nodes=boosting.LEAVES,
        max_iter=steps,
        early_stopping=False,
        random_state=1,
    ).fit(part.x, part.y, part.weight)
    assert fitted_baselines(prepared)["boosting"].predict(fresh) == pytest.approx(
        model.predict(fresh)
    )


@pytest.mark.parametrize("categories", [True, False])
def test_clusters_stay_together_within_training_rows(categories: bool) -> None:
    cluster = np.repeat(np.arange(20), 10)
    y = np.tile([0, 1], 100)
    folds = list(inner_folds(y, cluster, 5, categories=categories))
    assert len(folds) == 5
    for rest, out in folds:
        assert not set(cluster[rest]) & set(cluster[out])
    assert sorted(np.concatenate([out for _, out in folds])) == list(range(200))


def test_two_clusters_are_two_folds_and_one_is_none() -> None:
    y = np.tile([0, 1], 50)
    assert len(list(inner_folds(y, np.repeat([1, 2], 50), 5, categories=True))) == 2
    assert not list(inner_folds(y, np.ones(100), 5, categories=True))
    prepared = made(Kind.BINARY, cluster=lambda rows: np.ones(rows))
    assert len(fitted_baselines(prepared)) == 4


def test_tables_of_any_size_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = made(Kind.BINARY)
    monkeypatch.setattr(boosting, "MOST_CELLS", 100 * COLUMNS)
    monkeypatch.setattr(penalised, "TUNING_CELLS", 150 * COLUMNS)
    result = fitted_baselines(prepared)
    assert "a random 100 of the 400 training rows" in result["boosting"].caption
    assert "fitted on the 400 training rows" in result["penalised"].caption
