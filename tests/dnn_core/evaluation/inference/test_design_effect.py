"""Standard errors under complex designs against textbook formulas, and Kish's design effect."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import hadamard
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

from dnn_core.evaluation.inference.bootstrap import join_lone
from dnn_core.evaluation.inference.design_effect import (
    design_effect,
    effective_cases,
    weighted_median,
    wilson_interval,
)
from dnn_core.evaluation.inference.intervals import resample
from dnn_core.evaluation.inference.replicate_weights import (
    Replicated,
    replicate_interval,
    standard_error,
)
from dnn_core.specs import Kind, Replicates, Replication


def test_design_effect_by_hand() -> None:
    # Weights 1, 1, 2: 3 (1 + 1 + 4) / 16 = 1.125, and 3 / 1.125 = 16 / 6.
    assert design_effect(np.array([1, 1, 2])) == pytest.approx(1.125)
    assert effective_cases(np.array([1, 1, 2])) == pytest.approx(16 / 6)
    assert design_effect(np.full(7, 3.5)) == pytest.approx(1)
    # Half of the cases count nothing: as if they were not there.
    assert effective_cases(np.array([0, 2, 0, 2])) == pytest.approx(2)


@pytest.mark.parametrize(
    ("values", "weight", "median"),
    [
        ([3.0, 1.0, 2.0], None, 2.0),
        ([4.0, 1.0, 2.0, 3.0], None, 2.5),
        ([3.0, 1.0, 2.0], [1.0, 1.0, 1.0], 2.0),
        # Exactly half lies at 2 and below: the mean of it and of the next.
        ([4.0, 1.0, 2.0, 3.0], [1.0, 1.0, 1.0, 1.0], 2.5),
        ([1.0, 2.0, 5.0], [1.0, 1.0, 2.0], 3.5),
        # A little more or less than half.
        ([1.0, 2.0, 5.0], [1.0, 1.0, 2.001], 5.0),
        ([1.0, 2.0, 5.0], [1.0, 1.0, 1.999], 2.0),
        # What weighs nothing is not there, even in the middle.
        ([1.0, 3.0, 5.0], [1.0, 0.0, 1.0], 3.0),
        ([1.0, 2.0, 5.0], [1.0, 0.0, 1.0], 3.0),
        ([9.0, 7.0], [0.0, 1.0], 7.0),
        ([9.0], [2.0], 9.0),
    ],
)
def test_weighted_medians_by_hand(values: list, weight: list | None, median: float) -> None:
    given = None if weight is None else np.array(weight)
    assert weighted_median(np.array(values), given) == median


@pytest.mark.parametrize("scale", [1e-9, 0.1, 0.7, 1e9])
def test_a_weighted_median_of_equal_weights_is_the_median(scale: float) -> None:
    for cases in range(1, 60):
        values = np.random.default_rng(cases).permutation(cases) + 0.5
        assert weighted_median(values, np.full(cases, scale)) == np.median(values)


@pytest.mark.parametrize(("hits", "cases"), [(0, 7), (3, 7), (7, 7), (12.5, 40.25)])
def test_wilsons_interval_is_that_of_statsmodels(hits: float, cases: float) -> None:
    expected = proportion_confint(hits, cases, method="wilson")
    assert wilson_interval(hits, cases) == pytest.approx(expected, abs=1e-12)


def test_shares_of_all_and_of_none_stay_within_their_limits() -> None:
    for cases in range(1, 400):
        low, high = wilson_interval(0, cases)
        assert low >= 0 and high > 0
        low, high = wilson_interval(cases, cases)
        assert low < 1 and high <= 1


def test_design_effect_is_that_of_a_weighted_mean() -> None:
    generator = np.random.default_rng(1)
    weight = generator.gamma(1.5, size=400)
    means = [np.average(generator.normal(size=400), weights=weight) for _ in range(4000)]
    # The variance of an unweighted mean is 1 / 400; 4,000 draws know one to 2.2 %.
    assert np.var(means) * 400 == pytest.approx(design_effect(weight), rel=0.08)


def survey(seed: int, strata: int, clusters: int, members: int, spread: float = 0.6):
    """A stratified cluster sample with a yes-no outcome, and fixed predictions of it."""
    generator = np.random.default_rng(seed)
    stratum = np.repeat(np.arange(strata), clusters * members)
    cluster = np.repeat(np.arange(strata * clusters), members)
    effect = generator.normal(0, spread, strata * clusters)[cluster]
    right = generator.random(len(cluster)) < 1 / (1 + np.exp(-0.5 - effect - 0.4 * stratum))
    weight = np.repeat(generator.uniform(0.5, 2, strata), clusters * members)
    weight *= generator.uniform(0.5, 1.5, len(cluster))
    y = generator.integers(2, size=len(cluster))
    positive = np.where(right, y, 1 - y) * 0.8 + 0.1
    return y, np.column_stack([1 - positive, positive]), right, weight, stratum, cluster


def taylor(
    right: np.ndarray, weight: np.ndarray, stratum: np.ndarray, cluster: np.ndarray
) -> float:
    """Standard error of a weighted share: Taylor linearisation, clusters within strata.

    Wolter (2007), section 6.11: Σ n_h / (n_h - 1) Σ (z_hi - mean z_h)² with z the
    cluster sums of w (y - p) / Σ w.
    """
    score = weight * (right - np.average(right, weights=weight)) / weight.sum()
    variance = 0.0
    for h in np.unique(stratum):
        inside = stratum == h
        z = np.array([score[cluster == c].sum() for c in np.unique(cluster[inside])])
        variance += len(z) / (len(z) - 1) * ((z - z.mean()) ** 2).sum()
    return float(np.sqrt(variance))


@pytest.mark.parametrize(("strata", "clusters"), [(20, 2), (8, 5), (3, 20)])
def test_the_rescaling_bootstrap_has_the_textbook_standard_error(
    strata: int, clusters: int
) -> None:
    y, p, right, weight, stratum, cluster = survey(3, strata, clusters, 15)
    resampled = resample(
        Kind.BINARY,
        y,
        {"network": p},
        weight,
        cluster,
        stratum,
        training_mean=None,
        resamples=4000,
        seed=1,
    )
    assert resampled.values["network"]["accuracy"] == pytest.approx(
        np.average(right, weights=weight)
    )
    spread = resampled.replicates["network"]["accuracy"].std()
    # 4,000 resamples know a standard deviation to 1.1 %; a ratio is not quite linear.
    assert spread == pytest.approx(taylor(right, weight, stratum, cluster), rel=0.05)


def test_with_two_clusters_a_stratum_plain_counts_would_be_too_small() -> None:
    """What the rescaling is for: without it the variance is halved."""
    _, _, right, weight, stratum, cluster = survey(3, 20, 2, 15)
    expected = taylor(right, weight, stratum, cluster)
    generator = np.random.default_rng(1)
    plain = []
    for _ in range(2000):
        drawn = 2 * np.repeat(np.arange(20), 2) + generator.integers(2, size=40)
        counts = np.bincount(drawn, minlength=40)[cluster]
        plain.append(np.average(right, weights=weight * counts))
    assert np.std(plain) == pytest.approx(expected / np.sqrt(2), rel=0.1)


def test_cases_within_strata_without_clusters() -> None:
    y, p, right, weight, stratum, _ = survey(4, 6, 1, 30)
    resampled = resample(
        Kind.BINARY, y, {"network": p}, weight, None, stratum, training_mean=None,
        resamples=4000, seed=2,
    )  # fmt: skip
    expected = taylor(right, weight, stratum, np.arange(len(y)))
    assert resampled.replicates["network"]["accuracy"].std() == pytest.approx(expected, rel=0.05)


@pytest.mark.simulation
def test_intervals_of_stratified_clusters_cover_the_truth() -> None:
    """Accuracy of fixed predictions in samples of 24 of many clusters, 8 strata of 3."""
    strata, clusters, members, draws = 8, 3, 12, 200
    # The truth: the mean over the normal effect of a cluster, by a large sample of effects.
    effects = np.random.default_rng(0).normal(0, 0.6, 200_000)
    shares = [(1 / (1 + np.exp(-0.5 - effects - 0.4 * h))).mean() for h in range(strata)]
    covered = 0
    for draw in range(draws):
        y, p, _, weight, stratum, cluster = survey(100 + draw, strata, clusters, members)
        truth = float(np.average(shares, weights=np.bincount(stratum, weights=weight)))
        table = resample(
            Kind.BINARY, y, {"network": p}, weight, cluster, stratum, training_mean=None,
            resamples=400, seed=1,
        ).metrics(0.95)  # fmt: skip
        row = table[table["metric"] == "accuracy"].iloc[0]
        covered += row["low"] <= truth <= row["high"]
    # 95 of 100 are wanted; percentile intervals of 16 degrees of freedom fall a little
    # short, and 200 draws have a standard error of 1.5.
    assert 0.89 <= covered / draws <= 0.99


def test_lone_clusters_are_joined() -> None:
    # Strata 0 and 3 have one unit each: they become one. Stratum 7 alone joins the smallest.
    assert list(join_lone(np.array([0, 1, 1, 3, 2, 2]))) == [0, 1, 1, 0, 2, 2]
    assert list(join_lone(np.array([4, 4, 4, 5, 5, 7]))) == [0, 0, 0, 1, 1, 1]
    assert list(join_lone(np.array([3]))) == [0]


def quantity_interval(y: np.ndarray, weights: np.ndarray, asked: Replicates, full: np.ndarray):
    """Interval of a mean: the mean absolute error of predicting 0 for positive outcomes."""
    resampled = resample(
        Kind.REGRESSION,
        y,
        {"network": np.zeros(len(y))},
        full,
        replicated=Replicated.of(weights, asked),
        training_mean=0.0,
        resamples=10,
        seed=1,
    )
    table = resampled.metrics(0.95).set_index("metric")
    return resampled, table.loc["mae"]


def test_jackknife_of_a_mean_is_its_textbook_standard_error() -> None:
    n = 25
    y = np.random.default_rng(5).gamma(2.0, size=n)
    # Leaving out one case and weighting up the others: the closed form is s² / n.
    weights = np.where(np.eye(n, dtype=bool), 0.0, n / (n - 1))
    asked = Replicates(columns="w*", method=Replication.JK1)
    _, row = quantity_interval(y, weights, asked, np.ones(n))
    error = y.std(ddof=1) / np.sqrt(n)
    assert row["value"] == pytest.approx(y.mean())
    assert row["high"] - row["value"] == pytest.approx(t.ppf(0.975, n - 1) * error)
    assert row["value"] - row["low"] == pytest.approx(t.ppf(0.975, n - 1) * error)


def half_samples(strata: int, fay: float) -> np.ndarray:
    """BRR weights of two cases in each stratum, shape (cases, replicates).

    The second case of a stratum gets what the first one does not.
    """
    replicates = 1 << int(np.ceil(np.log2(strata + 1)))
    signs = hadamard(replicates)[:, 1 : strata + 1].T
    weights = np.repeat(1 + (1 - fay) * signs, 2, axis=0)
    weights[1::2] = 2 - weights[1::2]
    return weights


@pytest.mark.parametrize("fay", [0.0, 0.3, 0.5])
def test_brr_of_a_linear_statistic_is_exact(fay: float) -> None:
    strata = 6
    generator = np.random.default_rng(6)
    y = generator.gamma(2.0, size=2 * strata)
    weights = half_samples(strata, fay)
    asked = Replicates(columns="w*", method=Replication.BRR, fay=fay)
    result, row = quantity_interval(y, weights, asked, np.ones(2 * strata))
    # Two of many in each of 6 strata of the same size: Σ (y1 - y2)² / (2 · 6)².
    error = np.sqrt(((y[0::2] - y[1::2]) ** 2).sum()) / (2 * strata)
    assert result.degrees == strata
    assert row["high"] - row["value"] == pytest.approx(t.ppf(0.975, strata) * error)


def test_stratified_jackknife_with_its_scale() -> None:
    """JKn with two cases a stratum, one of them left out: the scale is 1, and it is exact."""
    strata = 5
    y = np.random.default_rng(7).gamma(2.0, size=2 * strata)
    weights = np.ones((2 * strata, strata))
    for h in range(strata):
        weights[2 * h, h], weights[2 * h + 1, h] = 0, 2
    asked = Replicates(columns="w*", method=Replication.JKN, scale=1.0)
    _, row = quantity_interval(y, weights, asked, np.ones(2 * strata))
    error = np.sqrt(((y[0::2] - y[1::2]) ** 2).sum()) / (2 * strata)
    half = (row["high"] - row["low"]) / 2
    degrees = int(np.linalg.matrix_rank(weights)) - 1
    assert half == pytest.approx(t.ppf(0.975, degrees) * error)


def test_gains_by_replicate_weights_are_paired() -> None:
    n = 40
    generator = np.random.default_rng(8)
    y = generator.normal(5, 1, n)
    weights = np.where(np.eye(n, dtype=bool), 0.0, n / (n - 1))
    predictions = {"mean": np.full(n, 5.0), "network": y + generator.normal(0, 0.3, n)}
    resampled = resample(
        Kind.REGRESSION, y, predictions, np.ones(n),
        replicated=Replicated(weights, (n - 1) / n), training_mean=5.0, resamples=1, seed=1,
    )  # fmt: skip
    row = resampled.gains(0.95).set_index("metric").loc["mae"]
    # A paired difference of means of absolute errors.
    d = np.abs(y - predictions["network"]) - np.abs(y - 5.0)
    assert row["value"] == pytest.approx(d.mean())
    half = t.ppf(0.975, n - 1) * d.std(ddof=1) / np.sqrt(n)
    assert row["high"] - row["value"] == pytest.approx(half)


def test_a_replicate_without_a_figure_leaves_no_interval() -> None:
    assert np.isnan(standard_error(0.5, np.array([0.4, np.nan]), 1.0))
    assert np.isnan(replicate_interval(0.5, np.array([0.4, 0.6]), 1.0, 0, 0.95)).all()


def test_a_weight_of_two_is_the_case_twice() -> None:
    """Every metric; what is not weighted somewhere shows here."""
    generator = np.random.default_rng(9)
    weight = generator.integers(1, 4, 90)
    rows = np.repeat(np.arange(90), weight)
    p = generator.dirichlet(np.ones(3), 90)
    y = generator.integers(3, size=90)
    once = resample(
        Kind.MULTICLASS, y, {"network": p}, weight, training_mean=None, resamples=2, seed=1
    )
    twice = resample(
        Kind.MULTICLASS, y[rows], {"network": p[rows]}, training_mean=None, resamples=2, seed=1
    )
    assert once.values["network"] == pytest.approx(twice.values["network"])
    assert once.unweighted["network"] != pytest.approx(twice.values["network"])


@pytest.mark.parametrize(
    ("hits", "cases"), [(0, 10), (1, 10), (5, 10), (10, 10), (3, 250), (12.5, 40.2), (0.4, 1.3)]
)
def test_wilsons_interval_at_its_ends_is_that_of_statsmodels(hits: float, cases: float) -> None:
    expected = proportion_confint(hits, cases, method="wilson")
    assert wilson_interval(hits, cases) == pytest.approx(expected, abs=1e-12)


def test_a_share_stays_within_its_bounds() -> None:
    for cases in (1, 3, 7, 1000):
        assert wilson_interval(0, cases)[0] >= 0.0
        assert wilson_interval(cases, cases)[1] <= 1.0


@pytest.mark.parametrize("seed", range(8))
def test_a_weighted_median_is_that_of_cases_written_out(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=9).round(1)
    weight = generator.integers(0, 4, 9)
    weight[0] = 1
    expected = np.median(np.repeat(values, weight))
    # Whatever the scale of the weights.
    for scale in (1.0, 0.1, 30.0):
        assert weighted_median(values, scale * weight) == pytest.approx(expected)
    assert weighted_median(values) == np.median(values)


@pytest.mark.parametrize("cases", [1, 2, 3, 6, 7, 14, 20, 21, 38, 60])
@pytest.mark.parametrize("weight", [0.1, 0.7, 1 / 3, 1e-6])
def test_half_of_equal_weights_is_half_whatever_they_sum_to(cases: int, weight: float) -> None:
    # Sums of tenths are not exact: the half may lie a little beside a sum.
    values = np.arange(float(cases)) ** 2
    assert weighted_median(values[::-1], np.full(cases, weight)) == np.median(values)


def test_the_median_is_the_value_that_the_half_falls_into() -> None:
    # Below 2 lies 0.3 of 1, below and at 2 lies 0.9.
    assert weighted_median(np.array([1.0, 2.0, 3.0]), np.array([0.3, 0.6, 0.1])) == 2.0
    assert weighted_median(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.3, 0.2])) == 1.5
    assert weighted_median(np.array([3.0, 1.0]), np.array([0.9, 0.1])) == 3.0
    # Without weight a value is not there, also not in the middle.
    assert weighted_median(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 1.0])) == 2.0
    assert weighted_median(np.array([1.0, 2.0, 5.0]), np.array([1.0, 0.0, 1.0])) == 3.0
