"""Intervals against a plain loop, their coverage, clusters, and their pace."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t
from sklearn import metrics as sk

from dnn_core.evaluation.inference import bootstrap
from dnn_core.evaluation.inference.intervals import (
    Estimate,
    Resampled,
    expanded_percentiles,
    resample,
)
from dnn_core.outcome.metrics import metrics_of
from dnn_core.specs import Kind


def binary_data(seed: int, cases: int, signal: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    y = generator.integers(2, size=cases).astype("int32")
    positive = 1 / (1 + np.exp(-(signal * (y - 0.5) + generator.normal(size=cases))))
    return y, np.column_stack([1 - positive, positive])


def resampled(
    y: np.ndarray, p: np.ndarray, cluster: np.ndarray | None = None, **changes
) -> Resampled:
    """One network on two categories, 100 resamples with seed 1 unless told."""
    settings = {"resamples": 100, "seed": 1, **changes}
    return resample(Kind.BINARY, y, {"network": p}, cluster=cluster, training_mean=None, **settings)


def figure(table: pd.DataFrame, model: str, metric: str) -> pd.Series:
    return table.set_index(["model", "metric"]).loc[(model, metric)]


def drawn_rows(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Record how often each unit is drawn in each resample."""
    counts: list[np.ndarray] = []
    draw = bootstrap._draw

    def recording(*arguments) -> np.ndarray:
        counts.append(draw(*arguments))
        return counts[-1]

    monkeypatch.setattr(bootstrap, "_draw", recording)
    # Several chunks, of 7 resamples each for 120 cases.
    monkeypatch.setattr(bootstrap, "CELLS_AT_ONCE", 7 * 120)
    return counts


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
def test_replicates_are_those_of_a_plain_loop(
    weighted: bool, clustered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, p = binary_data(1, 120)
    p = p.round(1)
    generator = np.random.default_rng(2)
    weight = generator.gamma(2.0, size=120) if weighted else None
    cluster = np.array([f"c{i % 15}" for i in range(120)]) if clustered else None
    recorded = drawn_rows(monkeypatch)

    resampled = resample(
        Kind.BINARY, y, {"network": p}, weight, cluster, training_mean=None, resamples=40, seed=3
    ).replicates["network"]

    counts = np.concatenate(recorded, axis=1)
    assert counts.shape == (15 if clustered else 120, 40)
    # One less than there are, as in a stratum of a survey.
    assert (counts.sum(axis=0) == counts.shape[0] - 1).all()
    _, unit = (None, np.arange(120)) if cluster is None else np.unique(cluster, return_inverse=True)
    for i in range(40):
        # The second implementation: the drawn rows themselves, one after another.
        rows = np.repeat(np.arange(120), counts[unit, i].astype(int))
        w = None if weight is None else weight[rows]
        chosen = (p[rows, 1] > 0.5).astype(int)
        expected = {
            "auc": sk.roc_auc_score(y[rows], p[rows, 1], sample_weight=w),
            "accuracy": sk.accuracy_score(y[rows], chosen, sample_weight=w),
            "brier": sk.brier_score_loss(y[rows], p[rows, 1], sample_weight=w),
            "f1": sk.f1_score(y[rows], chosen, sample_weight=w),
        }
        assert {name: resampled[name][i] for name in expected} == pytest.approx(expected)


def test_quantity_replicates_are_those_of_a_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(4)
    y = generator.normal(size=120)
    predicted = y + generator.normal(size=120)
    recorded = drawn_rows(monkeypatch)
    resampled = resample(
        Kind.REGRESSION, y, {"network": predicted}, training_mean=0.3, resamples=20, seed=1
    ).replicates["network"]
    counts = np.concatenate(recorded, axis=1)
    for i in range(20):
        rows = np.repeat(np.arange(120), counts[:, i].astype(int))
        error = y[rows] - predicted[rows]
        assert resampled["rmse"][i] == pytest.approx(np.sqrt((error**2).mean()))
        # The training mean stays what it was; it is not that of the resample.
        r2 = 1 - (error**2).sum() / ((y[rows] - 0.3) ** 2).sum()
        assert resampled["r2"][i] == pytest.approx(r2)


def test_multiclass_replicates_are_those_of_a_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(5)
    y = generator.integers(3, size=120)
    p = generator.dirichlet(np.ones(3), 120)
    recorded = drawn_rows(monkeypatch)
    resampled = resample(
        Kind.MULTICLASS, y, {"network": p}, training_mean=None, resamples=20, seed=1
    ).replicates["network"]
    counts = np.concatenate(recorded, axis=1)
    for i in range(20):
        rows = np.repeat(np.arange(120), counts[:, i].astype(int))
        chosen = p[rows].argmax(axis=1)
        expected = {
            "auc": sk.roc_auc_score(y[rows], p[rows], multi_class="ovr"),
            "kappa": sk.cohen_kappa_score(y[rows], chosen),
            "balanced_accuracy": sk.balanced_accuracy_score(y[rows], chosen),
        }
        assert {name: resampled[name][i] for name in expected} == pytest.approx(expected)


def test_table_has_percentiles_of_the_replicates() -> None:
    y, p = binary_data(6, 300)
    intervals = resampled(y, p)
    table = intervals.metrics(0.9)
    assert list(table.columns) == ["model", "metric", "value", "low", "high", "unweighted"]
    assert table["metric"].tolist() == [m.name for m in metrics_of(Kind.BINARY)]
    row = figure(table, "network", "auc")
    assert row["value"] == pytest.approx(sk.roc_auc_score(y, p[:, 1]))
    # Of 300 cases 1.6500 standard errors hold 90 %, not 1.6449: Student's t has 299 degrees.
    tail = norm.sf(1.6499659)
    expected = np.quantile(intervals.replicates["network"]["auc"], [tail, 1 - tail])
    assert [row["low"], row["high"]] == pytest.approx(expected)


def test_the_seed_fixes_the_resamples() -> None:
    y, p = binary_data(7, 100)
    first = resampled(y, p, seed=1).metrics(0.95)
    pd.testing.assert_frame_equal(first, resampled(y, p, seed=1).metrics(0.95))
    assert not first["low"].equals(resampled(y, p, seed=2).metrics(0.95)["low"])


def test_gains_are_paired() -> None:
    y, p = binary_data(8, 400)
    generator = np.random.default_rng(9)
    shifted = np.clip(p[:, 1] + generator.normal(0, 0.02, 400), 0, 1)
    models = {"logistic": np.column_stack([1 - shifted, shifted]), "network": p}
    resampled = resample(Kind.BINARY, y, models, training_mean=None, resamples=300, seed=1)
    gains, scores = resampled.gains(0.95), resampled.metrics(0.95)

    assert list(gains.columns) == ["model", "metric", "value", "low", "high", "unweighted"]
    assert gains["model"].unique().tolist() == ["logistic"]
    gain = figure(gains, "logistic", "auc")
    network, baseline = figure(scores, "network", "auc"), figure(scores, "logistic", "auc")
    assert gain["value"] == pytest.approx(network["value"] - baseline["value"])
    differences = resampled.replicates["network"]["auc"] - resampled.replicates["logistic"]["auc"]
    expected = expanded_percentiles(differences, 0.95, 399)
    assert (gain["low"], gain["high"]) == pytest.approx(expected)
    # The models agree nearly everywhere, so their difference varies far less than each.
    assert gain["high"] - gain["low"] < 0.2 * (network["high"] - network["low"])


def test_gains_with_equal_cases_have_the_sign_of_the_others() -> None:
    # The network is right on the two light cases and wrong on the heavy one, the other model is
    # right on none of these, and both on the last: of 4 cases it gains 2/4, of the weights 2/12.
    y = np.array([0, 1, 1, 1])
    network, other = 0.1 + 0.8 * np.eye(2)[[0, 1, 0, 1]], np.eye(2)[[1, 0, 0, 1]]
    models = {"network": network, "other": other}
    weight = np.array([1.0, 1.0, 8.0, 2.0])
    resampled = resample(Kind.BINARY, y, models, weight, training_mean=None, resamples=10, seed=1)
    gain = figure(resampled.gains(0.95), "other", "accuracy")
    assert gain["value"] == pytest.approx(2 / 12)
    assert gain["unweighted"] == pytest.approx(2 / 4)


def test_gain_over_oneself_is_exactly_nothing() -> None:
    y, p = binary_data(10, 60)
    models = {"network": p, "copy": p}
    resampled = resample(Kind.BINARY, y, models, training_mean=None, resamples=30, seed=1)
    assert (resampled.gains(0.95)[["value", "low", "high"]] == 0).all(axis=None)


def test_resamples_that_miss_a_category_are_left_out() -> None:
    # One positive of 8: it is missing from (7/8)^7, 39 %, of the resamples.
    y = np.array([1] + [0] * 7)
    positive = np.linspace(0.9, 0.1, 8)
    intervals = resampled(y, np.column_stack([1 - positive, positive]), resamples=400)
    missing = np.isnan(intervals.replicates["network"]["auc"]).mean()
    assert missing == pytest.approx((7 / 8) ** 7, abs=0.08)
    row = figure(intervals.metrics(0.95), "network", "auc")
    assert (row["low"], row["high"]) == (1.0, 1.0)


def test_no_interval_where_no_resample_has_a_value() -> None:
    table = resampled(np.zeros(5, dtype=int), np.full((5, 2), 0.5)).metrics(0.95)
    assert figure(table, "network", "auc")[["value", "low", "high"]].isna().all()


def test_one_cluster_tells_nothing_about_its_variation() -> None:
    y, p = binary_data(11, 50)
    row = figure(resampled(y, p, np.full(50, "a")).metrics(0.95), "network", "accuracy")
    assert np.isfinite(row["value"])
    assert np.isnan(row["low"]) and np.isnan(row["high"])


def test_each_stratum_keeps_its_weight_in_every_resample() -> None:
    # Of n clusters n - 1 are drawn, each n / (n - 1) times: of 2 one, twice.
    strata = np.repeat(["two", "three", "ten"], [2, 3, 10])
    units = bootstrap.units_of(15, None, strata)
    (weights,) = bootstrap.bootstrap_weights(units, None, 50, seed=1)
    for label, size in (("two", 2), ("three", 3), ("ten", 10)):
        assert weights[strata == label].sum(axis=0) == pytest.approx(np.full(50, size))
    assert set(weights[strata == "two"].ravel()) == {0.0, 2.0}


@pytest.mark.simulation
def test_a_mean_varies_over_resamples_as_stratified_sampling_says() -> None:
    """Of 4,000 resamples the variance has a standard error of 2 %; n / (n - 1) left out of the
    stratum of two would be 70 % of it, n draws instead of n - 1 half of it."""
    strata = np.repeat(["two", "ten"], [2, 10])
    values = np.array([0.0, 6.0, *np.arange(10.0)])
    units = bootstrap.units_of(12, None, strata)
    weights = np.concatenate(list(bootstrap.bootstrap_weights(units, None, 4000, seed=1)), axis=1)
    means = values @ weights / weights.sum(axis=0)
    # Sum over strata of (n / 12)² s² / n.
    expected = sum((n / 12) ** 2 * values[at].var(ddof=1) / n for n, at in _by_stratum(strata))
    assert means.var() == pytest.approx(expected, rel=0.08)


def _by_stratum(strata: np.ndarray) -> list[tuple[int, np.ndarray]]:
    return [(int((strata == label).sum()), strata == label) for label in np.unique(strata)]


def test_clusters_of_one_case_are_cases() -> None:
    y, p = binary_data(12, 80)
    cases, single = resampled(y, p), resampled(y, p, np.arange(80))
    pd.testing.assert_frame_equal(cases.metrics(0.95), single.metrics(0.95))


def test_intervals_are_wider_where_cases_of_a_cluster_resemble_each_other() -> None:
    # 40 clusters of 25 cases; whether the prediction is right is nearly a matter of
    # the cluster, so there are about 40 pieces of information, not 1,000.
    generator = np.random.default_rng(13)
    cluster = np.repeat(np.arange(40), 25)
    y = generator.integers(2, size=1000)
    right = generator.random(1000) < generator.beta(0.5, 0.3, size=40)[cluster]
    positive = np.where(right, y, 1 - y) * 0.8 + 0.1
    p = np.column_stack([1 - positive, positive])
    cases = figure(resampled(y, p).metrics(0.95), "network", "accuracy")
    clusters = figure(resampled(y, p, cluster).metrics(0.95), "network", "accuracy")
    assert clusters["high"] - clusters["low"] > 2 * (cases["high"] - cases["low"])


def test_few_clusters_widen_percentiles_as_students_t_is_wider() -> None:
    # Of 21 clusters t has 20 degrees, 2.0860 standard errors instead of 1.9600; the normal
    # distribution has 1.849 % beyond 2.0860. Of 0 to 1000 these percentiles are 18.49 and 981.51.
    low, high = expanded_percentiles(np.arange(1001.0), 0.95, 20)
    assert (low, high) == pytest.approx((18.49, 981.51), abs=0.01)
    many = expanded_percentiles(np.arange(1001.0), 0.95, 1_000_000)
    assert many == pytest.approx((25, 975), abs=0.01)


def test_percentiles_need_a_degree_of_freedom_and_a_value() -> None:
    # Of one degree t is 12.7062 at 97.5 %, so far out that only the ends are left.
    assert expanded_percentiles(np.arange(101.0), 0.95, 1) == pytest.approx((0, 100), abs=1e-9)
    # 60 % of the normal distribution and of t with many degrees: the 20th and the 80th.
    assert expanded_percentiles(np.arange(101.0), 0.6, 10**7) == pytest.approx((20, 80), abs=1e-3)
    assert np.isnan(expanded_percentiles(np.arange(101.0), 0.95, 0)).all()
    assert np.isnan(expanded_percentiles(np.full(5, np.nan), 0.95, 9)).all()
    some = np.array([np.nan, 2.0, np.inf, 2.0])
    assert expanded_percentiles(some, 0.95, 9) == (2.0, 2.0)


@pytest.mark.simulation
def test_coverage_of_95_percent_intervals() -> None:
    """Of 200 samples about 190 intervals hold the truth; .90 and .99 are 3 deviations away."""
    # The truth for this process: with score = 1.0 * (y - 0.5) + N(0, 1) the AUC is
    # Phi(1 / sqrt 2) = .7602, and accuracy at score 0 is Phi(0.5) = .6915.
    truth = {"auc": 0.760250, "accuracy": 0.691462}
    held = dict.fromkeys(truth, 0)
    for seed in range(200):
        y, p = binary_data(1000 + seed, 250)
        table = resampled(y, p, resamples=400, seed=seed).metrics(0.95)
        for name, value in truth.items():
            row = figure(table, "network", name)
            held[name] += row["low"] <= value <= row["high"]
    for name, count in held.items():
        assert 0.90 <= count / 200 <= 0.99, name


def test_large_parts_are_quick() -> None:
    generator = np.random.default_rng(14)
    y = generator.integers(10, size=12_000)
    p = generator.dirichlet(np.ones(10), 12_000).astype("float32")
    started = time.process_time()
    resample(Kind.MULTICLASS, y, {"network": p}, training_mean=None, resamples=500, seed=1)
    # 0.3 s on an ordinary processor; a loop over scikit-learn takes minutes.
    assert time.process_time() - started < 5


def test_half_of_a_width() -> None:
    assert Estimate(0.7, 0.5, 0.8).half_width == pytest.approx(0.15)
    assert Estimate(-0.7, -0.9, 0.1).half_width == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("replicates", "degrees", "expected"),
    [
        # Student's t with one degree of freedom is so wide that it is the whole range.
        ([1.0, 2.0, 3.0], 1, (1.0, 3.0)),
        ([1.0, 2.0, 3.0], 0, None),
        ([2.0, float("nan"), float("inf")], 5, (2.0, 2.0)),
        ([float("nan")] * 3, 5, None),
    ],
)
def test_percentiles_of_few_resamples(replicates, degrees, expected) -> None:
    ends = expanded_percentiles(np.array(replicates), 0.95, degrees)
    if expected is None:
        assert np.isnan(ends).all()
    else:
        assert ends == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_percentiles_lie_as_far_out_as_the_level_says(level: float) -> None:
    low, high = expanded_percentiles(np.arange(10_001.0) / 10_000, level, 30)
    tail = norm.sf(t.ppf(1 - (1 - level) / 2, 30))
    assert (low, high) == pytest.approx((tail, 1 - tail), abs=1e-9)


def test_gains_of_a_quantity_take_the_training_mean() -> None:
    generator = np.random.default_rng(15)
    y = generator.normal(size=60)
    models = {"network": y + 0.1, "mean": np.full(60, 0.4)}
    weight = generator.uniform(0.5, 2, 60)
    drawn = resample(Kind.REGRESSION, y, models, weight, training_mean=0.4, resamples=20, seed=1)
    row = figure(drawn.gains(0.95), "mean", "r2")
    # The mean itself explains nothing.
    around = weight @ (y - 0.4) ** 2
    assert row["value"] == pytest.approx(1 - weight @ np.full(60, 0.01) / around)
    assert row["unweighted"] == pytest.approx(1 - 0.6 / ((y - 0.4) ** 2).sum())
    assert drawn.degrees == 59 and drawn.factor is None
