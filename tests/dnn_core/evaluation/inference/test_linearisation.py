from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

from dnn_core.evaluation.inference.linearisation import (
    covariance,
    linearised_interval,
    share_interval,
)
from dnn_core.evaluation.inference.replicate_weights import Replicated
from dnn_core.evaluation.inference.survey_design import Design


def test_the_mean_of_a_simple_random_sample_has_the_usual_interval():
    values = np.random.default_rng(1).normal(size=40)
    low, high = linearised_interval(
        values.mean(), (values - values.mean()) / 40, Design(np.ones(40))
    )
    half = t.ppf(0.975, 39) * values.std(ddof=1) / np.sqrt(40)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half))


def test_within_strata_the_variance_is_that_of_stratified_sampling():
    # Two strata of 3 and 2 clusters with totals (1, 2, 6) and (4, 0): around 3 and 2 the
    # squares are 4 + 1 + 9 = 14 and 4 + 4 = 8; 3/2 * 14 + 2/1 * 8 = 37, with 5 - 2 degrees.
    influence = np.array([1.0, 2.0, 3.0, 3.0, 4.0, 0.0])
    design = Design(
        np.ones(6), np.array([1, 2, 3, 3, 4, 5]), np.array(["a", "a", "a", "a", "b", "b"])
    )
    low, high = linearised_interval(0.0, influence, design)
    assert high == pytest.approx(t.ppf(0.975, 3) * np.sqrt(37))
    assert low == -high


def test_replicate_weights_of_the_jackknife_give_its_interval():
    # Leaving one of n out moves a mean linearly but for n / (n - 1): by hand below.
    values = np.array([1.0, 2.0, 4.0, 9.0])
    weights = (1 - np.eye(4)) * 4 / 3
    influence = (values - 4.0) / 4
    design = Design(np.ones(4), replicated=Replicated(weights, 3 / 4))
    low, _ = linearised_interval(4.0, influence, design)
    # Each replicate moves the mean by -(value - 4) / 3, which is what the true one does.
    error = np.sqrt(3 / 4 * (((values - 4) / 3) ** 2).sum())
    assert low == pytest.approx(4.0 - t.ppf(0.975, 3) * error)


def test_one_cluster_has_no_interval():
    design = Design(np.ones(3), np.array([7, 7, 7]))
    assert np.isnan(linearised_interval(0.5, np.array([0.1, -0.2, 0.1]), design)).all()


def test_a_share_of_equal_cases_has_wilsons_interval():
    hit = np.arange(200) < 150
    # The variance is with n - 1, so that it is that of one case fewer.
    expected = proportion_confint(0.75 * 199, 199, method="wilson")
    share, *interval = share_interval(hit, Design(np.ones(200)))
    assert share == 0.75
    assert interval == pytest.approx(expected)


def test_twins_are_worth_one_case():
    hit = np.repeat(np.arange(50) < 30, 2)
    twins = share_interval(hit, Design(np.ones(100), np.repeat(np.arange(50), 2)))
    assert twins == pytest.approx(share_interval(hit[::2], Design(np.ones(50))))


def test_where_all_are_hit_clusters_still_count():
    hit = np.ones(100, dtype=bool)
    _, low, high = share_interval(hit, Design(np.ones(100), np.repeat(np.arange(10), 10)))
    assert (low, high) == pytest.approx(proportion_confint(10, 10, method="wilson"))


def test_two_cases_have_one_degree_of_freedom():
    low, high = linearised_interval(0.5, np.array([0.1, -0.1]), Design(np.ones(2)))
    # Squares of 0.01 twice, times 2 / 1.
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 1) * np.sqrt(0.04))


def test_covariances_are_those_of_two_means():
    random = np.random.default_rng(2)
    values = random.normal(size=(30, 2)) @ np.array([[1.0, 0.5], [0.0, 1.0]])
    found, degrees = covariance((values - values.mean(axis=0)) / 30, Design(np.ones(30)))
    assert degrees == 29
    assert found == pytest.approx(np.cov(values.T) / 30)


def test_cases_without_weight_are_as_if_they_were_not_there():
    influence, weight = np.array([0.2, -0.1, 0.4, -0.3]), np.array([0.5, 0.8, 1.0, 0.25])
    expected = covariance(influence[:, np.newaxis], Design(weight))
    more = Design(np.r_[weight, 0.0, 0.0])
    found = covariance(np.r_[influence, 5.0, -7.0][:, np.newaxis], more)
    assert found == (pytest.approx(expected[0]), 3)
    # By hand: contributions around their mean, times 4 / 3.
    each = influence * weight
    assert found[0][0, 0] == pytest.approx(4 / 3 * ((each - each.mean()) ** 2).sum())


def test_a_single_cluster_has_no_covariance():
    found, degrees = covariance(np.ones((3, 2)), Design(np.ones(3), np.zeros(3)))
    assert np.isnan(found).all() and found.shape == (2, 2)
    assert degrees == 0


def test_replicates_move_all_figures():
    weights = (1 - np.eye(4)) * 4 / 3
    influence = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    found, degrees = covariance(influence, Design(np.ones(4), replicated=Replicated(weights, 0.75)))
    # Leaving a case out moves a figure by 4/3 of what it contributes.
    moved = influence.T @ weights
    assert found == pytest.approx(0.75 * moved @ moved.T)
    assert degrees == 3


def test_a_weighted_share():
    hit = np.array([True, False, True, False, True])
    weight = np.array([0.1, 0.2, 0.3, 0.2, 0.2])
    share, low, high = share_interval(hit, Design(weight))
    assert share == pytest.approx(0.6)
    # The weights sum to 1: contributions are 0.4 or -0.6 of each, around a mean of 0.
    squares = 0.4**2 * (0.1**2 + 0.3**2 + 0.2**2) + 0.6**2 * (0.2**2 + 0.2**2)
    worth = 0.24 / (5 / 4 * squares)
    assert (low, high) == pytest.approx(proportion_confint(0.6 * worth, worth, method="wilson"))
    # Whatever the scale of the weights.
    assert share_interval(hit, Design(7 * weight)) == pytest.approx((share, low, high))


def test_one_of_two_is_worth_one_case():
    share, low, high = share_interval(np.array([True, False]), Design(np.ones(2)))
    assert share == 0.5
    assert (low, high) == pytest.approx(proportion_confint(0.5, 1, method="wilson"))


@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0])
def test_where_all_are_hit_only_clusters_with_weight_count(scale):
    weight = scale * np.r_[np.ones(60), np.zeros(40)]
    cluster = np.repeat(np.arange(10), 10)
    hit = np.ones(100, dtype=bool)
    found = share_interval(hit, Design(weight, cluster))
    assert found[1:] == pytest.approx(proportion_confint(6, 6, method="wilson"))
    # Without clusters it is the sixty cases.
    found = share_interval(hit, Design(weight))
    assert found[1:] == pytest.approx(proportion_confint(60, 60, method="wilson"))


def test_without_weight_there_is_no_share():
    assert np.isnan(share_interval(np.ones(3, dtype=bool), Design(np.zeros(3)))).all()
    assert len(share_interval(np.ones(3, dtype=bool), Design(np.zeros(3)))) == 3


def test_two_clusters_have_an_interval():
    design = Design(np.ones(4), np.array([1, 1, 2, 2]))
    # Totals 3 and -3 around 0: 2/1 (9 + 9) = 36, with one degree of freedom.
    low, high = linearised_interval(1.0, np.array([1.0, 2.0, -1.0, -2.0]), design)
    assert (low, high) == pytest.approx((1 - 6 * t.ppf(0.975, 1), 1 + 6 * t.ppf(0.975, 1)))


def test_a_stratum_with_one_cluster_joins_another():
    influence = np.array([1.0, -1.0, 5.0, 2.0])
    strata = np.array(["a", "a", "b", "a"])
    joined = covariance(influence[:, np.newaxis], Design(np.ones(4), strata=strata))
    whole = covariance(influence[:, np.newaxis], Design(np.ones(4)))
    assert joined[0].item() == pytest.approx(whole[0].item())
    assert joined[1] == 3


def test_covariances_of_two_figures_are_those_of_their_totals():
    influence = np.random.default_rng(1).normal(size=(30, 2))
    weight = np.random.default_rng(2).gamma(2.0, size=30)
    matrix, degrees = covariance(influence, Design(weight))
    assert matrix == pytest.approx(30 * np.cov((influence * weight[:, np.newaxis]).T))
    assert degrees == 29


def test_replicate_weights_have_their_own_degrees_of_freedom():
    # Four replicates of which two are the same: rank 3.
    weights = np.eye(4)[[0, 1, 2, 2]].T + 1.0
    influence = np.array([[1.0], [-2.0], [4.0], [0.5]])
    matrix, degrees = covariance(influence, Design(np.ones(4), replicated=Replicated(weights, 0.5)))
    assert degrees == 2
    assert matrix.item() == pytest.approx(0.5 * ((influence[:, 0] @ weights) ** 2).sum())


def test_cases_without_weight_are_not_there():
    hit = np.array([True, False, True, True, False, False])
    weight, cluster = np.array([1.0, 2.0, 1.0, 1.0, 0.0, 0.0]), np.array([1, 2, 3, 4, 5, 6])
    some = share_interval(hit, Design(weight, cluster))
    assert some == pytest.approx(share_interval(hit[:4], Design(weight[:4], cluster[:4])))
    all_hit = share_interval(np.ones(6, dtype=bool), Design((weight > 0) * 1.0, cluster))
    assert all_hit == pytest.approx((1.0, *proportion_confint(4, 4, method="wilson")))


def test_a_share_of_nobody_is_none():
    share, low, high = share_interval(np.ones(3, dtype=bool), Design(np.zeros(3)))
    assert np.isnan([share, low, high]).all()


def test_a_share_of_unequal_weights_by_hand():
    hit, weight = np.array([True, True, False, True, False]), np.array([1.0, 2.0, 1.0, 3.0, 1.0])
    share = 6 / 8
    # Linearised: 5/4 Σ w² (hit - share)² / (Σ w)²; as precise as share (1 - share) by this.
    variance = 5 / 4 * (weight**2 * (hit - share) ** 2).sum() / 64
    worth = share * (1 - share) / variance
    expected = proportion_confint(share * worth, worth, method="wilson")
    assert share_interval(hit, Design(weight)) == pytest.approx((share, *expected))


def test_replicates_of_a_share_move_its_distance_from_it():
    # Replicates whose weights do not sum to what the full weight does.
    hit, weights = np.array([True, False, True]), np.array([[2.0, 0.5], [1.0, 1.0], [1.0, 3.0]])
    share, low, high = share_interval(hit, Design(np.ones(3), replicated=Replicated(weights, 0.5)))
    moved = (hit - 2 / 3) @ weights / 3
    worth = (2 / 9) / (0.5 * (moved**2).sum())
    expected = proportion_confint(2 / 3 * worth, worth, method="wilson")
    assert (share, low, high) == pytest.approx((2 / 3, *expected))


def test_where_all_are_hit_unequal_weights_count_as_fewer_cases():
    # (1 + 1 + 2)² / (1 + 1 + 4) = 8/3 cases, of three clusters too; two clusters are fewer.
    weight = np.array([1.0, 1.0, 2.0])
    for cluster, worth in ((None, 8 / 3), (np.arange(3), 8 / 3), (np.array([1, 1, 2]), 2)):
        share, low, high = share_interval(np.ones(3, dtype=bool), Design(weight, cluster))
        assert (share, low, high) == pytest.approx(
            (1.0, *proportion_confint(worth, worth, method="wilson"))
        )


def test_one_cluster_has_the_share_of_one_case():
    hit = np.array([True, True, False, False])
    _, low, high = share_interval(hit, Design(np.ones(4), np.ones(4)))
    assert (low, high) == pytest.approx(proportion_confint(0.5, 1, method="wilson"))
