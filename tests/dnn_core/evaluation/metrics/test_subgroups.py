"""Figures of groups against scikit-learn's, and which of them are said to differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn import metrics as sk

from dnn_core.evaluation.inference.replicate_weights import Replicated
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.evaluation.metrics.scorers import scorer
from dnn_core.evaluation.metrics.subgroup_differences import (
    FEWEST_CASES,
    GroupsResampled,
    largest_of_normals,
)
from dnn_core.evaluation.metrics.subgroups import by_group, compare_groups
from dnn_core.specs import Kind


def said(seed: int, cases: int, signal: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Two categories and probabilities that know of them as much as `signal` says."""
    generator = np.random.default_rng(seed)
    y = generator.integers(2, size=cases)
    positive = 1 / (1 + np.exp(-(signal * (y - 0.5) + generator.normal(size=cases))))
    return y, np.column_stack([1 - positive, positive])


def compare(y, p, groups, name="auc", design=None, kind=Kind.BINARY, **changes) -> pd.DataFrame:
    frame = groups if isinstance(groups, pd.DataFrame) else pd.DataFrame({"group": groups})
    settings = {"training_mean": None, "level": 0.95, "resamples": 300, "seed": 1, **changes}
    return compare_groups(
        kind, y, p, frame, name, design or Design(np.ones(len(y))), **settings
    ).set_index("group")


@pytest.mark.parametrize("weighted", [False, True])
def test_figures_are_those_of_each_groups_cases(weighted: bool) -> None:
    y, p = said(1, 300, 1.5)
    generator = np.random.default_rng(2)
    groups = generator.choice(["a", "b", "c"], 300)
    weight = generator.gamma(2.0, size=300) if weighted else None
    table = compare(y, p, groups, design=Design(np.ones(300) if weight is None else weight))
    named = p[:, 1] > 0.5
    for group, row in table.iterrows():
        mine, w = groups == group, weight
        inside, outside = (None, None) if w is None else (w[mine], w[~mine])
        assert row["cases"] == mine.sum()
        assert row["share"] == pytest.approx(mine.mean() if w is None else inside.sum() / w.sum())
        assert row["auc"] == pytest.approx(
            sk.roc_auc_score(y[mine], p[mine, 1], sample_weight=inside)
        )
        assert row["kappa"] == pytest.approx(
            sk.cohen_kappa_score(y[mine], named[mine], sample_weight=inside)
        )
        rest = sk.roc_auc_score(y[~mine], p[~mine, 1], sample_weight=outside)
        assert row["rest"] == pytest.approx(rest)
        assert row["difference"] == pytest.approx(row["auc"] - rest)


def test_two_variables_make_combinations_in_their_order() -> None:
    y, p = said(3, 240, 1.0)
    sex = np.tile(["women", "men"], 120)
    age = pd.Categorical(np.repeat(["young", "old"], 120), ["young", "old"], ordered=True)
    table = compare(y, p, pd.DataFrame({"age": age, "sex": sex}))
    assert table.index.tolist() == ["young, men", "young, women", "old, men", "old, women"]
    assert (table["cases"] == 60).all()


def test_combinations_that_nobody_is_in_are_no_groups() -> None:
    y, p = said(3, 120, 1.0)
    sex, age = np.repeat(["men", "women"], [40, 80]), np.repeat(["young", "old"], [80, 40])
    table = by_group(
        Kind.BINARY, y, p, pd.DataFrame({"sex": sex, "age": age}), None, training_mean=None
    )
    assert table["cases"].to_dict() == {"men, young": 40, "women, old": 40, "women, young": 40}
    assert table["share"].tolist() == pytest.approx([1 / 3] * 3)


def test_twenty_cases_are_enough_and_nineteen_are_not() -> None:
    y, p = said(4, 139, 1.0)
    groups = np.repeat(["few", "twenty", "many"], [19, 20, 100])
    table = compare(y, p, groups, "accuracy")
    assert table["enough"].to_dict() == {"few": False, "twenty": True, "many": True}
    named = p[:, 1] > 0.5
    assert table.loc["twenty", "value"] == pytest.approx((named == y)[groups == "twenty"].mean())
    assert np.isnan(table.loc["few", "accuracy"]) and np.isnan(table.loc["few", "value"])


def test_a_verdict_needs_an_interval_without_nothing() -> None:
    """Whoever is told has an interval on one side of 0, and nobody else is told."""
    y, p = said(11, 900, np.repeat([0.2, 1.0, 3.0], 300))
    table = compare(y, p, np.repeat(["a", "b", "c"], 300), "accuracy")
    assert set(table["verdict"]) == {"worse", "", "better"}
    above, below = table["difference_low"] > 0, table["difference_high"] < 0
    assert ((table["verdict"] == "better") == above).all()
    assert ((table["verdict"] == "worse") == below).all()
    assert (table["difference_low"] < table["difference"]).all()
    assert (table["low"] < table["value"]).all() and (table["value"] < table["high"]).all()


def test_small_groups_have_no_figures_but_count_among_the_others() -> None:
    y, p = said(4, 200, 1.0)
    reduced = FEWEST_CASES - 1
    groups = np.array(["reduced"] * reduced + ["many"] * 100 + ["more"] * (100 - reduced))
    table = compare(y, p, groups)
    assert not table.loc["reduced", "enough"]
    assert table.loc["reduced", ["auc", "value", "low", "difference", "p"]].isna().all()
    others = groups != "many"
    assert table.loc["many", "rest"] == pytest.approx(sk.roc_auc_score(y[others], p[others, 1]))


def test_a_group_that_is_predicted_worse_is_found_and_two_groups_are_one_comparison() -> None:
    groups = np.repeat(["women", "men"], 400)
    y, p = said(5, 800, np.where(groups == "women", 0.5, 2.5))
    table = compare(y, p, groups)
    assert table["verdict"].to_dict() == {"women": "worse", "men": "better"}
    assert table.loc["women", "difference"] == pytest.approx(-table.loc["men", "difference"])
    assert table.loc["women", "p"] == pytest.approx(table.loc["men", "p"])
    assert table.loc["women", "difference_high"] < 0
    # Of an error less is better, so that the verdict turns with the sign.
    assert compare(y, p, groups, "brier")["verdict"].to_dict() == table["verdict"].to_dict()


def test_the_interval_of_two_means_by_hand() -> None:
    """With one comparison it is that of Welch's difference, with the smaller side's degrees."""
    generator = np.random.default_rng(6)
    y = generator.normal(size=300)
    groups = np.repeat(["a", "b"], [100, 200])
    table = compare(
        y, np.zeros(300), groups, "mae", kind=Kind.REGRESSION, training_mean=0.0, resamples=4000
    )
    a, b = np.abs(y[:100]), np.abs(y[100:])
    error = np.sqrt(a.var(ddof=1) / 100 + b.var(ddof=1) / 200)
    half = (table.loc["a", "difference_high"] - table.loc["a", "difference_low"]) / 2
    # The 97.5th percentile of Student's t with 99 degrees; the larger variance may be pooled.
    assert half == pytest.approx(1.9842 * error, rel=0.05)


def test_the_largest_of_independent_normals() -> None:
    # Six independent ones: Sidak's 95th percentile is that of 0.95^(1/6) on both sides.
    expected = norm.isf((1 - 0.95 ** (1 / 6)) / 2)
    assert np.quantile(largest_of_normals(np.eye(6), 20_000), 0.95) == pytest.approx(
        expected, abs=0.03
    )
    # Two that are each other's opposite are one.
    one = largest_of_normals(np.array([[1.0, -1.0], [-1.0, 1.0]]), 20_000)
    assert np.quantile(one, 0.95) == pytest.approx(1.96, abs=0.03)


def test_clusters_widen_and_one_cluster_tells_nothing() -> None:
    generator = np.random.default_rng(7)
    cluster = np.repeat(np.arange(40), 20)
    groups = np.where(cluster < 20, "a", "b")
    y = generator.normal(size=40)[cluster] + 0.5 * generator.normal(size=800)
    settings = {"kind": Kind.REGRESSION, "training_mean": 0.0}
    cases, clusters = (
        compare(y, np.zeros(800), groups, "mae", Design(np.ones(800), labels), **settings)
        for labels in (None, cluster)
    )
    width = [(t["difference_high"] - t["difference_low"]).loc["a"] for t in (cases, clusters)]
    assert width[1] > 2 * width[0]
    alone = np.where(cluster == 0, "a", "b")
    table = compare(y, np.zeros(800), alone, "mae", Design(np.ones(800), cluster), **settings)
    assert np.isnan(table.loc["a", "p"]) and table.loc["a", "verdict"] == ""


def test_replicate_weights_take_the_place_of_the_bootstrap() -> None:
    """The jackknife's standard error of a mean is the textbook's."""
    generator = np.random.default_rng(8)
    n = 120
    y = generator.normal(size=n)
    groups = np.repeat(["a", "b"], 60)
    weights = np.full((n, n), n / (n - 1)) * (1 - np.eye(n))
    design = Design(np.ones(n), replicated=Replicated(weights, (n - 1) / n))
    table = compare(y, np.zeros(n), groups, "mae", design, kind=Kind.REGRESSION, training_mean=0.0)
    a, b = np.abs(y[:60]), np.abs(y[60:])
    error = np.sqrt(a.var(ddof=1) / 60 + b.var(ddof=1) / 60)
    half = (table.loc["a", "difference_high"] - table.loc["a", "difference_low"]) / 2
    assert half == pytest.approx(2.001 * error, rel=0.03)


def test_a_group_without_errors_is_not_taken_for_certain() -> None:
    """25 hits of 25 have no variation of their own; chance brings them about at 90 % hits."""
    generator = np.random.default_rng(9)
    y = np.zeros(325, dtype=int)
    right = np.concatenate([np.ones(25, dtype=bool), generator.random(300) < 0.9])
    p = np.where(right[:, np.newaxis], [[0.9, 0.1]], [[0.1, 0.9]])
    table = compare(y, p, np.repeat(["all", "rest"], [25, 300]), "accuracy")
    assert table.loc["all", "value"] == 1.0
    assert table.loc["all", "p"] > 0.05


@pytest.mark.simulation
@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.1, 0.1, 0.1, 0.2, 0.2, 0.3)])
def test_false_alarms_over_all_groups(shares: tuple[float, ...]) -> None:
    """Without differences 5 % of samples may name a group: more than 12 of 120 is 1 % likely."""
    false = 0
    for seed in range(120):
        y, p = said(100 + seed, 400, 1.0)
        place = np.random.default_rng(seed).choice(len(shares), 400, p=shares)
        resampled = GroupsResampled.of(
            lambda rows, y=y, p=p: scorer(Kind.BINARY, y[rows], p[rows], training_mean=None),
            "auc",
            {str(k): place == k for k in range(len(shares))},
            Design(np.ones(400)),
            150,
            seed,
        ).differences(0.95)
        false += any(low > 0 or high < 0 for low, high, _ in resampled.values())
    assert false <= 12


def test_every_kind_and_metric_frames_agree() -> None:
    generator = np.random.default_rng(10)
    y = generator.integers(3, size=150)
    p = generator.dirichlet(np.ones(3), 150)
    groups = pd.DataFrame({"g": generator.choice(["a", "b"], 150)})
    result = by_group(Kind.MULTICLASS, y, p, groups, None, training_mean=None)
    mine = (groups["g"] == "a").to_numpy()
    assert result.loc["a", "brier"] == pytest.approx(sk.brier_score_loss(y[mine], p[mine]))
