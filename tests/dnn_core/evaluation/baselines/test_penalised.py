"""The penalty that does best on held-out rows, worked out with plain scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines import penalised
from dnn_core.evaluation.baselines.baseline import DesignMatrix, inner_folds
from dnn_core.evaluation.baselines.ordered_logit import fit_ordered_logit
from dnn_core.evaluation.baselines.penalised import choose_penalty, fit_penalised
from dnn_core.specs import Kind

CASES = 60


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As `fit_rivals` does: several threads get in each other's way on a busy machine."""
    with threadpool_limits(limits=1):
        yield


def design(y: np.ndarray, weight: np.ndarray | None, cluster: np.ndarray | None = None):
    x = np.random.default_rng(1).normal(size=(CASES, 3))
    return DesignMatrix(x, y, weight, cluster, lambda table: table / 2, "some rows", "columns")


def outcome(kind: Kind, strength: float) -> tuple[np.ndarray, TargetCoding]:
    rng = np.random.default_rng(2)
    linear = strength * np.random.default_rng(1).normal(size=(CASES, 3))[:, 0]
    match kind:
        case Kind.REGRESSION:
            return linear + rng.normal(size=CASES), TargetCoding("y", kind)
        case Kind.COUNT:
            return rng.poisson(3 * np.exp(linear)) + 0.0, TargetCoding("y", kind)
        case Kind.BINARY:
            y = (linear + rng.logistic(size=CASES) > 0).astype("int64")
        case _:
            y = np.digitize(linear + rng.logistic(size=CASES), [-1.0, 1.0])
    names = tuple("abc"[: y.max() + 1])
    return y, TargetCoding("y", kind, names, names)


def held_out_loss(kind: Kind, data: DesignMatrix, penalty: float) -> float:
    """Sum of losses over the folds of a model that is fitted by plain scikit-learn."""
    total = 0.0
    w = data.weights
    for rest, out in inner_folds(data.y, data.cluster, 5, categories=not kind.numeric):
        if kind is Kind.REGRESSION:
            said = Ridge(penalty).fit(data.x[rest], data.y[rest], w[rest]).predict(data.x[out])
            total += w[out] @ (data.y[out] - said) ** 2
        elif kind is Kind.COUNT:
            model = PoissonRegressor(alpha=penalty / w[rest].sum(), tol=1e-8, max_iter=1000)
            said = model.fit(data.x[rest], data.y[rest], w[rest]).predict(data.x[out])
            # Twice minus the log likelihood, but for what is the same of all penalties.
            total += 2 * w[out] @ (said - data.y[out] * np.log(said))
        else:
            if kind is Kind.BINARY:
                model = LogisticRegression(C=1 / penalty, tol=1e-8, max_iter=1000)
                said = model.fit(data.x[rest], data.y[rest], w[rest]).predict_proba(data.x[out])
            else:
                fitted = fit_ordered_logit(data.x[rest], data.y[rest], 3, w[rest], penalty=penalty)
                said = fitted.predict(data.x[out])
            total += w[out].sum() * log_loss(
                data.y[out], said, sample_weight=w[out], labels=range(said.shape[1])
            )
    return total


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("strength", [0.4, 2.0])
@pytest.mark.parametrize("kind", [Kind.REGRESSION, Kind.COUNT, Kind.BINARY, Kind.ORDINAL])
def test_the_penalty_is_the_best_of_those_that_are_tried(
    kind: Kind, strength: float, weighted: bool
) -> None:
    y, target = outcome(kind, strength)
    weight = np.random.default_rng(3).gamma(2.0, size=CASES) if weighted else None
    data = design(y, weight)
    tried = penalised.PENALTIES * data.weights.sum()
    if kind is Kind.COUNT:
        # The curvature of the Poisson loss is the expected count.
        tried = tried * np.average(y, weights=weight)
    losses = [held_out_loss(kind, data, penalty) for penalty in tried]
    assert choose_penalty(data, target) == pytest.approx(tried[int(np.argmin(losses))])


def test_the_strongest_penalty_leaves_next_to_nothing_and_the_weakest_all() -> None:
    y, _ = outcome(Kind.REGRESSION, 1.0)
    data = design(y, None)
    x = (data.x - data.x.mean(axis=0)) / data.x.std(axis=0)
    slopes = [
        np.abs(Ridge(share * CASES).fit(x, y).coef_).max()
        for share in (penalised.PENALTIES[0], penalised.PENALTIES[-1], 0.0)
    ]
    assert slopes[0] < 0.12 * slopes[2]
    assert slopes[1] == pytest.approx(slopes[2], rel=0.03)
    assert (np.diff(penalised.PENALTIES) < 0).all()


def test_where_nothing_can_be_left_out_the_penalty_is_the_strongest() -> None:
    y, target = outcome(Kind.REGRESSION, 2.0)
    data = design(y, None, cluster=np.zeros(CASES))
    assert choose_penalty(data, target) == pytest.approx(10 * CASES)


@pytest.mark.parametrize(("cells", "rows"), [(3 * 60, 60), (3 * 60 - 1, 59), (3 * 20, 20), (1, 1)])
def test_the_penalty_is_chosen_on_a_sample_of_large_tables(
    cells: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, target = outcome(Kind.REGRESSION, 1.0)
    seen: list[np.ndarray] = []

    def folds(y: np.ndarray, *arguments: object, **settings: object) -> list:
        seen.append(y)
        return []

    monkeypatch.setattr(penalised, "TUNING_CELLS", cells)
    monkeypatch.setattr(penalised, "inner_folds", folds)
    # Without folds it is the strongest one, for as many cases as were taken.
    assert choose_penalty(design(y, None), target) == pytest.approx(10 * rows)
    (taken,) = seen
    assert len(set(taken)) == rows
    # In the order of the rows.
    assert (np.diff(np.searchsorted(np.sort(y), taken)) != 0).all()
    places = [int(np.flatnonzero(y == value)[0]) for value in taken]
    assert places == sorted(places)


@pytest.mark.parametrize(("rows", "taken"), [(10_000, 10_000), (10_001, 10_000)])
def test_the_penalty_is_chosen_on_ten_thousand_rows_of_forty_columns(
    rows: int, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def folds(y: np.ndarray, *arguments: object, **settings: object) -> list:
        seen.append(len(y))
        return []

    monkeypatch.setattr(penalised, "inner_folds", folds)
    x = np.broadcast_to(np.zeros(1), (rows, 40))
    data = DesignMatrix(x, np.zeros(rows), None, None, lambda table: table, "rows", "columns")
    choose_penalty(data, TargetCoding("y", Kind.REGRESSION))
    assert seen == [taken]


@pytest.mark.parametrize("kind", [Kind.REGRESSION, Kind.BINARY, Kind.COUNT])
def test_the_model_is_fitted_with_it_on_all_rows(kind: Kind) -> None:
    y, target = outcome(kind, 1.0)
    weight = np.random.default_rng(3).gamma(2.0, size=CASES)
    data = design(y, weight)
    penalty = choose_penalty(data, target)
    new = np.array([[1.0, 0.0, 0.0], [0.0, -2.0, 1.0]])
    if kind is Kind.REGRESSION:
        expected = Ridge(penalty).fit(data.x, y, weight).predict(new / 2)
    elif kind is Kind.COUNT:
        model = PoissonRegressor(alpha=penalty / weight.sum(), tol=1e-8)
        expected = model.fit(data.x, y, weight).predict(new / 2)
    else:
        model = LogisticRegression(C=1 / penalty, tol=1e-8)
        expected = model.fit(data.x, y, weight).predict_proba(new / 2)
    fitted = fit_penalised(data, target)
    # New columns are brought to the scale of the design first.
    assert fitted.predict(new) == pytest.approx(expected, rel=1e-3)
    # The caption has it for each case.
    assert f"Ridge penalty of {penalty / weight.sum():.2g} for each case" in fitted.caption
    assert fitted.converged and fitted.name == "penalised"
