"""Permutation importance against scikit-learn, all pairs, and simulated truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import permutation_importance as by_sklearn
from sklearn.linear_model import LinearRegression

from dnn_core.data.prepare import PartData
from dnn_core.evaluation.explanation import permutation_importance as module
from dnn_core.evaluation.explanation.permutation_importance import Repeats, permutation_importance
from dnn_core.evaluation.inference.replicate_weights import Replicated
from dnn_core.specs import Kind

SLOPES = np.array([1.0, 0.5, 0.0, 0.3])
EACH = {f"x{i}": np.array([i]) for i in range(4)}


def part_of(x: np.ndarray, y: np.ndarray, **design: np.ndarray) -> PartData:
    return PartData(np.arange(len(y)), x, y, **design)


def linear(copies: np.ndarray) -> np.ndarray:
    result: np.ndarray = copies @ SLOPES
    return result


def logistic(copies: np.ndarray) -> np.ndarray:
    positive = 1 / (1 + np.exp(-linear(copies)))
    return np.stack([1 - positive, positive], axis=-1)


def quantity(seed: int, cases: int) -> PartData:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(cases, 4))
    return part_of(x, x @ SLOPES + rng.normal(size=cases))


def binary(seed: int, cases: int) -> PartData:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(cases, 4))
    y = (rng.random(cases) < 1 / (1 + np.exp(-x @ SLOPES))).astype("int64")
    return part_of(x, y)


def coverage(kind: Kind, simulations: int) -> tuple[pd.Series, float]:
    """Share of samples of 200 whose interval of the main metric holds the truth, by predictor.

    The truth is that of 400,000 cases. Also how wide the intervals are beside 3.92 standard
    deviations of the values over the samples.
    """
    make, predict = (quantity, linear) if kind is Kind.REGRESSION else (binary, logistic)
    metric = "r2" if kind is Kind.REGRESSION else "auc"
    used = ["x0", "x1", "x3"]

    def found(seed: int, cases: int, repeats: Repeats) -> pd.DataFrame:
        table = permutation_importance(
            kind, make(seed, cases), EACH, predict, training_mean=0.0, repeats=repeats
        )
        return of(table, metric).loc[used]

    truth = found(10**6, 400_000, Repeats(2, resamples=2))["value"]
    tables = [found(s, 200, Repeats(resamples=400, seed=s)) for s in range(simulations)]
    hits = [(table["low"] <= truth) & (truth <= table["high"]) for table in tables]
    width = np.mean([table["high"] - table["low"] for table in tables], axis=0)
    spread = np.std([table["value"] for table in tables], axis=0, ddof=1)
    return pd.DataFrame(hits).mean(), float(np.mean(width / (3.92 * spread)))


def of(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    return table[table["metric"] == metric].set_index("group")


class Fixed(ClassifierMixin, BaseEstimator):
    """The logistic model above, for scikit-learn."""

    classes_ = np.array([0, 1])
    fitted_ = True

    def fit(self, x: np.ndarray, y: np.ndarray) -> Fixed:
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return logistic(x)

    def predict(self, x: np.ndarray) -> np.ndarray:
        return logistic(x).argmax(axis=1)


def test_by_hand_from_two_permutations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Value, error, interval and progress, with the pairs of cases written out."""
    part = quantity(9, 60)
    weight = np.random.default_rng(1).gamma(3.0, size=60)
    givers = [np.roll(np.arange(60), places) for places in (7, 11)]
    dealt = iter(givers)
    monkeypatch.setattr(module, "_deal", lambda cases, generator: next(dealt))
    done: list[float] = []
    table = permutation_importance(
        Kind.REGRESSION,
        part_of(part.x, part.y, weight=weight),
        EACH,
        linear,
        training_mean=0.0,
        repeats=Repeats(permutations=2, resamples=4000),
        progress=done.append,
    )
    assert done == [0.5, 1.0]
    before = (part.y - part.x @ SLOPES) ** 2
    draws = np.random.default_rng(2).multinomial(59, np.full(60, 1 / 60), 4000) * 60 / 59
    for column in (0, 3):
        after = []
        for giver in givers:
            x = part.x.copy()
            x[:, column] = x[giver, column]
            after.append((part.y - x @ SLOPES) ** 2)

        def worse(times: np.ndarray, after: list[np.ndarray] = after) -> list[float]:
            own = weight * times
            mse = [e @ (own * own[g]) / (own @ own[g]) for e, g in zip(after, givers, strict=True)]
            return [float(np.sqrt(m) - np.sqrt(before @ own / own.sum())) for m in mse]

        row = of(table, "rmse").loc[f"x{column}"]
        first, second = worse(np.ones(60))
        assert row["value"] == pytest.approx((first + second) / 2)
        # Of two: their distance by the root of 2, and again.
        assert row["error"] == pytest.approx(abs(first - second) / 2)
        spread = np.std([np.mean(worse(times)) for times in draws])
        # To the first order, and without what the takers' own errors bring about.
        assert (row["high"] - row["low"]) / (2 * 1.96) == pytest.approx(spread, rel=0.4)
        assert row["low"] < row["value"] < row["high"]


def test_what_a_network_does_not_use_varies_with_nothing() -> None:
    """A taker's own error is no matter of who gave: there is nothing to be uncertain about."""
    table = permutation_importance(
        Kind.REGRESSION,
        quantity(4, 50),
        EACH,
        linear,
        training_mean=0.0,
        repeats=Repeats(permutations=3, resamples=100),
    )
    unused = table[table["group"] == "x2"]
    assert np.abs(unused[["value", "low", "high", "error"]]).max(axis=None) < 1e-12
    used = table[table["group"] != "x2"]
    assert (used["high"] - used["low"] > 0.01).all()


def test_a_network_that_loses_copies_is_not_believed() -> None:
    with pytest.raises(ValueError, match="shorter"):
        permutation_importance(
            Kind.REGRESSION,
            quantity(1, 20),
            EACH,
            lambda copies: linear(copies)[:3],
            training_mean=0.0,
            repeats=Repeats(permutations=1),
        )


def test_a_single_permutation_has_no_error_of_its_own() -> None:
    one, two = (
        permutation_importance(
            Kind.REGRESSION,
            quantity(1, 40),
            EACH,
            linear,
            training_mean=0.0,
            repeats=Repeats(permutations=number, resamples=10),
        )
        for number in (1, 2)
    )
    assert one["error"].isna().all()
    used = two["group"] != "x2"
    assert (two["error"][used] > 0).all() and (two["error"][~used] == 0).all()


def test_each_case_gives_and_takes_once_and_never_its_own() -> None:
    for seed in range(30):
        giver = module._deal(8, np.random.default_rng(seed))
        assert sorted(giver) == list(range(8))
        # One cycle through all.
        place, seen = 0, set()
        for _ in range(8):
            place = int(giver[place])
            seen.add(place)
        assert len(seen) == 8


@pytest.mark.parametrize(
    ("cells", "sizes"), [(2 * 40 * 4, [2, 2]), (3 * 40 * 4, [3, 1]), (1, [1] * 4)]
)
def test_as_many_copies_at_a_time_as_fit(
    cells: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CELLS_AT_ONCE", cells)
    seen: list[int] = []

    def predict(copies: np.ndarray) -> np.ndarray:
        seen.append(len(copies))
        return linear(copies)

    permutation_importance(
        Kind.REGRESSION,
        quantity(1, 40),
        EACH,
        predict,
        training_mean=0.0,
        repeats=Repeats(permutations=1, resamples=10),
    )
    assert seen == [1, *sizes]


def test_sixteen_megabytes_of_copies_are_held_at_a_time() -> None:
    x = np.zeros((1000, 400), dtype="float32")
    seen: list[int] = []

    def predict(copies: np.ndarray) -> np.ndarray:
        seen.append(copies.nbytes)
        return copies[..., 0]

    permutation_importance(
        Kind.REGRESSION,
        part_of(x, np.arange(1000.0)),
        {f"x{i}": np.array([i]) for i in range(12)},
        predict,
        training_mean=0.0,
        repeats=Repeats(permutations=1, resamples=2),
    )
    assert seen == [1_600_000, 16_000_000, 3_200_000]


def test_replicate_weights_of_nobody_move_nothing() -> None:
    # The first case weighs nothing, in the replicates as well.
    part = quantity(2, 20)
    weight = np.r_[0.0, np.ones(19)]
    replicates = (1 - np.eye(20)[:, 1:]) * 19 / 18 * weight[:, np.newaxis]
    replicated = Replicated(replicates, 18 / 19)
    settings = {"training_mean": 0.0, "repeats": Repeats(permutations=1)}
    table = permutation_importance(
        Kind.REGRESSION,
        part_of(part.x, part.y, weight=weight),
        EACH,
        linear,
        replicated=replicated,
        **settings,
    )
    assert np.isfinite(table[["value", "low", "high"]]).all(axis=None)
    middle = (table["low"] + table["high"]) / 2
    np.testing.assert_allclose(middle, table["value"], atol=1e-12)


def test_more_resamples_and_permutations_than_one_are_the_default() -> None:
    part = quantity(3, 30)
    seen: list[int] = []

    def predict(copies: np.ndarray) -> np.ndarray:
        seen.append(len(copies))
        return linear(copies)

    usual = permutation_importance(Kind.REGRESSION, part, EACH, predict, training_mean=0.0)
    assert len(seen) == 1 + 10
    told = permutation_importance(
        Kind.REGRESSION,
        part,
        EACH,
        linear,
        training_mean=0.0,
        repeats=Repeats(permutations=10, resamples=1000, level=0.95, seed=1),
    )
    pd.testing.assert_frame_equal(usual, told)


def test_agrees_with_scikit_learn_on_r2() -> None:
    part = quantity(1, 300)
    model = LinearRegression().fit(part.x, part.y)
    model.coef_, model.intercept_ = SLOPES, 0.0
    theirs = by_sklearn(model, part.x, part.y, scoring="r2", n_repeats=200, random_state=1)
    table = permutation_importance(
        Kind.REGRESSION,
        part,
        EACH,
        linear,
        training_mean=float(part.y.mean()),
        repeats=Repeats(permutations=200),
    )
    ours = of(table, "r2")
    # A permutation of theirs may leave a case its own answer: 1 in 300 of the difference.
    error = np.hypot(ours["error"], theirs.importances_std / np.sqrt(200))
    assert (np.abs(ours["value"] - theirs.importances_mean) < 4 * error + 0.01).all()
    assert ours.loc["x2", "value"] == pytest.approx(0, abs=1e-12)
    # What R² is lost of is what the mean squared error gains, by hand: 2 b² for each
    # standardised predictor, of a variance of 1 + Σ b².
    assert ours.loc["x0", "value"] == pytest.approx(2 / (1 + 1.34), abs=0.15)


def test_agrees_with_scikit_learn_on_auc_and_log_loss() -> None:
    part = binary(2, 300)
    table = permutation_importance(
        Kind.BINARY, part, EACH, logistic, training_mean=None, repeats=Repeats(permutations=200)
    )
    for name, scoring in (("auc", "roc_auc"), ("log_loss", "neg_log_loss")):
        theirs = by_sklearn(Fixed(), part.x, part.y, scoring=scoring, n_repeats=200, random_state=1)
        ours = of(table, name)
        error = np.hypot(ours["error"], theirs.importances_std / np.sqrt(200))
        off = np.abs(ours["value"] - theirs.importances_mean)
        assert (off < 4 * error + theirs.importances_mean.max() / 100).all()


def test_weights_make_pairs_of_cases_count_by_their_product() -> None:
    rng = np.random.default_rng(3)
    part = quantity(3, 40)
    weight = rng.gamma(1.0, size=40).astype("float32")
    weighted = part_of(part.x, part.y, weight=weight)
    table = permutation_importance(
        Kind.REGRESSION,
        weighted,
        EACH,
        linear,
        training_mean=0.0,
        repeats=Repeats(permutations=4000, resamples=2),
    )
    # All pairs of two cases, as what the permutations are a sample of.
    taker, giver = np.nonzero(~np.eye(40, dtype=bool))
    pair = weight[taker].astype("float64") * weight[giver]
    for i in range(4):
        rows = part.x[taker].copy()
        rows[:, i] = part.x[giver, i]
        squared = (part.y[taker] - rows @ SLOPES) ** 2
        r2 = 1 - squared @ pair / (part.y[taker] ** 2 @ pair)
        whole = 1 - (part.y - part.x @ SLOPES) ** 2 @ weight / (part.y**2 @ weight)
        result = of(table, "r2").loc[f"x{i}"]
        assert result["value"] == pytest.approx(whole - r2, abs=4 * result["error"] + 0.02)


def test_columns_of_a_group_are_dealt_out_together() -> None:
    """Two halves of one answer: together they matter, and the sum of the copies stays whole."""
    rng = np.random.default_rng(4)
    answer = rng.normal(size=200)
    x = np.column_stack([answer, answer, rng.normal(size=200)])
    seen = []

    def predict(copies: np.ndarray) -> np.ndarray:
        seen.append(copies)
        return copies[..., 0] + copies[..., 2]

    groups = {"both": np.array([0, 1]), "other": np.array([2])}
    permutation_importance(Kind.REGRESSION, part_of(x, x[:, 0]), groups, predict, training_mean=0.0)
    both, other = seen[1]
    assert (both[:, 0] == both[:, 1]).all()
    assert (both[:, 0] != answer).all()
    assert sorted(both[:, 0]) == sorted(answer)
    assert (both[:, 2] == x[:, 2]).all()
    assert (other[:, :2] == x[:, :2]).all()


def test_the_same_seed_gives_the_same_figures_however_many_are_predicted_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part = quantity(5, 50)

    def table() -> pd.DataFrame:
        return permutation_importance(Kind.REGRESSION, part, EACH, linear, training_mean=0.0)

    first = table()
    monkeypatch.setattr(module, "CELLS_AT_ONCE", 1)
    pd.testing.assert_frame_equal(first, table())


SIMULATIONS = 100
COVERED = (0.88, 1.0)
"""Of 100 intervals that cover in 95 %, fewer than 88 hold the truth once in 500 times."""


@pytest.mark.simulation
@pytest.mark.parametrize("kind", [Kind.REGRESSION, Kind.BINARY])
def test_intervals_cover_the_truth(kind: Kind) -> None:
    covered, wide = coverage(kind, SIMULATIONS)
    assert ((covered >= COVERED[0]) & (covered <= COVERED[1])).all()
    # Intervals that are twice too wide would cover, too.
    assert wide == pytest.approx(1, abs=0.3)


def test_replicate_weights_take_the_place_of_the_bootstrap() -> None:
    """Of the jackknife: each replicate leaves out one case and raises the others."""
    cases = 60
    part = quantity(6, cases)
    weights = (1 - np.eye(cases)) * cases / (cases - 1)
    replicated = Replicated(weights, (cases - 1) / cases)
    repeats = Repeats(permutations=30, resamples=2000)
    settings = {"training_mean": 0.0, "repeats": repeats}
    by_jackknife = permutation_importance(
        Kind.REGRESSION, part, EACH, linear, replicated=replicated, **settings
    )
    by_bootstrap = permutation_importance(Kind.REGRESSION, part, EACH, linear, **settings)
    pd.testing.assert_series_equal(by_jackknife["value"], by_bootstrap["value"])
    widths = [(t["high"] - t["low"])[t["group"] != "x2"] for t in (by_jackknife, by_bootstrap)]
    # Student's t with 59 degrees of freedom is 2 % wider than the normal.
    np.testing.assert_allclose(widths[0] / widths[1], 1.02, atol=0.12)


def test_whole_clusters_are_drawn() -> None:
    """Every case five times: only drawing clusters sees that there are 40, not 200."""
    small = quantity(7, 40)
    x, y = np.repeat(small.x, 5, axis=0), np.repeat(small.y, 5)
    clustered = part_of(x, y, cluster=np.repeat(np.arange(40), 5))
    repeats = Repeats(permutations=50, resamples=1000)

    def width(part: PartData) -> float:
        table = permutation_importance(
            Kind.REGRESSION, part, EACH, linear, training_mean=0.0, repeats=repeats
        )
        first = of(table, "r2").loc["x0"]
        return float(first["high"] - first["low"])

    assert width(clustered) / width(part_of(x, y)) == pytest.approx(5**0.5, rel=0.15)
    assert width(clustered) / width(small) == pytest.approx(1, rel=0.15)
