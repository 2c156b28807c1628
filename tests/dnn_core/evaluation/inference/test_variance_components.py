from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from dnn_core.evaluation.inference.variance_components import (
    Shares,
    how_often_best,
    variance_components,
)


def test_one_configuration_by_hand():
    # Two splits, two seeds: within 0.5 each (1 and 3; 5 and 7: variance 2), means 2 and 6.
    components = variance_components(np.array([[[1.0, 3.0], [5.0, 7.0]]]))
    assert components.seed == pytest.approx(2.0)
    # Variance of the means 8, of which 2 / 2 is due to the seeds.
    assert components.split == pytest.approx(7.0)
    assert components.shares()["split"] == pytest.approx(7 / 9)
    assert components.configuration == components.suits == 0


def test_they_agree_with_mean_squares_by_hand():
    # Configurations a and b on two splits with two seeds each.
    scores = np.array([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [9.0, 10.0]]])
    components = variance_components(scores)
    # Cell means 1.5, 3.5, 5.5, 9.5; grand mean 5. Squares: configurations 4 (2.5² + 2.5²) = 50,
    # splits 4 (1.5² + 1.5²) = 18, interaction 2 * 4 * 0.5² = 2, seeds 8 * 0.25 / 4 = 0.5.
    assert components.seed == pytest.approx(0.5)
    assert components.suits == pytest.approx((2 - 0.5) / 2)
    assert components.split == pytest.approx((18 - 2) / 4)
    assert components.configuration == pytest.approx((50 - 2) / 4)


@pytest.mark.parametrize("shape", [(3, 4, 2), (4, 2, 3), (2, 5, 4)])
def test_they_follow_from_the_mean_squares_of_statsmodels(shape):
    rng = np.random.default_rng(7)
    scores = (
        rng.normal(size=(shape[0], 1, 1))
        + 2 * rng.normal(size=(1, shape[1], 1))
        + rng.normal(size=(*shape[:2], 1))
        + 0.3 * rng.normal(size=shape)
    )
    names = ("configuration", "split", "seed")
    places = [place.ravel() for place in np.indices(shape)]
    frame = pd.DataFrame({"score": scores.ravel(), **dict(zip(names, places, strict=True))})
    fitted = smf.ols("score ~ C(configuration) * C(split)", frame).fit()
    table = sm.stats.anova_lm(fitted)
    configuration, split, both, seed = table["sum_sq"] / table["df"]
    components = variance_components(scores)
    configurations, splits, seeds = shape
    # Expectations of mean squares: a random model with all factors crossed, seeds nested.
    assert components.seed == pytest.approx(seed)
    assert components.suits == pytest.approx((both - seed) / seeds)
    assert components.split == pytest.approx((split - both) / (configurations * seeds))
    assert components.configuration == pytest.approx(
        max(0.0, (configuration - both) / (splits * seeds))
    )
    assert components.total == pytest.approx(
        seed + components.suits + components.split + components.configuration
    )


@pytest.mark.filterwarnings("error")
def test_of_one_seed_what_it_brings_is_in_the_rest():
    # Two splits of one configuration: all that varies, 8, is between them.
    alone = variance_components(np.array([[[1.0], [5.0]]]))
    assert (alone.seed, alone.split, alone.configuration, alone.suits) == (0.0, 8.0, 0.0, 0.0)
    # Two configurations: means 2 and 5 over splits, 2.5 and 4.5 over configurations; what is left
    # is 0.5 in each of four cells: 1 with one degree of freedom.
    two = variance_components(np.array([[[1.5], [2.5]], [[3.5], [6.5]]]))
    assert two.seed == 0.0
    assert two.suits == pytest.approx(1.0)
    assert two.split == pytest.approx((2 * 2.0 - 1.0) / 2)
    assert two.configuration == pytest.approx((2 * 4.5 - 1.0) / 2)


@pytest.mark.filterwarnings("error")
def test_shares_of_nothing_are_none():
    shares = variance_components(np.ones((2, 3, 2))).shares()
    assert list(shares) == ["seed", "split", "configuration", "suits"]
    assert np.isnan(list(shares.values())).all()


@pytest.mark.parametrize(
    "scores",
    [
        # Configurations, splits or both vary less than what is within them says.
        [[[0.0, 9.0], [9.0, 0.0]], [[0.0, 9.0], [9.0, 0.0]]],
        [[[0.0], [9.0]], [[9.0], [0.0]]],
    ],
)
def test_no_component_is_negative(scores):
    components = variance_components(np.array(scores))
    assert components.split == components.configuration == 0.0
    assert components.suits >= 0.0 and components.seed >= 0.0
    assert components.suits == (0.0 if np.shape(scores)[2] > 1 else 81.0)


def test_how_often_each_of_three_is_best():
    scores = np.array([[3.0, 1.0, 1.0, 2.0], [2.0, 1.0, 5.0, 2.0], [1.0, 0.0, 4.0, 2.0]])
    # Alone in the first and in the third; shared by two in the second, by three in the last.
    expected = np.array([1 + 1 / 2 + 1 / 3, 1 + 1 / 2 + 1 / 3, 1 / 3]) / 4
    assert how_often_best(scores) == pytest.approx(expected)


def test_shares_agree_with_those_that_were_simulated():
    rng = np.random.default_rng(1)
    true = {"configuration": 0.5, "split": 1.0, "suits": 0.2, "seed": 0.3}
    shape = (40, 60, 5)
    scores = (
        rng.normal(0, true["configuration"] ** 0.5, (40, 1, 1))
        + rng.normal(0, true["split"] ** 0.5, (1, 60, 1))
        + rng.normal(0, true["suits"] ** 0.5, (40, 60, 1))
        + rng.normal(0, true["seed"] ** 0.5, shape)
    )
    shares = variance_components(scores).shares()
    for name, variance in true.items():
        assert shares[name] == pytest.approx(variance / 2.0, abs=0.1), name


def test_negative_components_are_none():
    components = variance_components(np.array([[[0.0, 2.0], [2.0, 0.0]]]))
    assert components.split == 0 and components.seed == 2


def test_one_split_says_nothing():
    with pytest.raises(ValueError, match="two splits"):
        variance_components(np.ones((1, 1, 3)))


def test_how_often_each_is_best_with_ties_shared():
    scores = np.array([[0.9, 0.5, 0.7], [0.8, 0.5, 0.9]])
    assert how_often_best(scores).tolist() == [pytest.approx(0.5), pytest.approx(0.5)]


def test_components_are_those_of_the_analysis_of_variance():
    rng = np.random.default_rng(2)
    scores = 0.01 * rng.normal(size=(3, 4, 5)) + np.array([-0.04, 0.0, 0.05])[:, None, None]
    scores += np.array([0.02, -0.03, 0.0, 0.04])[:, None] + 0.01 * rng.normal(size=(3, 4, 1))
    at = np.indices(scores.shape).reshape(3, -1)
    frame = pd.DataFrame({"y": scores.ravel(), "c": at[0], "s": at[1]})
    table = anova_lm(ols("y ~ C(c) * C(s)", frame).fit())
    square = table["sum_sq"] / table["df"]
    components = variance_components(scores)
    assert components.seed == pytest.approx(square["Residual"])
    assert components.suits == pytest.approx((square["C(c):C(s)"] - square["Residual"]) / 5)
    assert components.split == pytest.approx((square["C(s)"] - square["C(c):C(s)"]) / 15)
    assert components.configuration == pytest.approx((square["C(c)"] - square["C(c):C(s)"]) / 20)
    total = components.seed + components.suits + components.split + components.configuration
    assert components.total == pytest.approx(total)
    # Of figures as small as these the shares sum to 1 all the same.
    shares = components.shares()
    assert shares["suits"] == pytest.approx(components.suits / total)
    assert sum(shares.values()) == pytest.approx(1)


def test_with_a_single_seed_the_rest_stands_for_it():
    # One configuration: the variance of 1, 3 and 5 between splits.
    components = variance_components(np.array([[[1.0], [3.0], [5.0]]]))
    assert components == Shares(0.0, 4.0, 0.0, 0.0)
    # Two of them; cells less row and column means are a half, up and down.
    components = variance_components(np.array([[[1.0], [4.0]], [[2.0], [3.0]]]))
    assert components.seed == 0.0
    assert components.suits == pytest.approx(1.0)


def test_each_component_that_would_be_negative_is_none():
    # Cells are alike, seeds are not: nothing is left for the others.
    scores = np.array([[[0.0, 2.0], [2.0, 0.0]], [[2.0, 0.0], [0.0, 2.0]]])
    assert variance_components(scores) == Shares(2.0, 0.0, 0.0, 0.0)
    # Each configuration suits another split: nothing for splits or configurations.
    crossed = np.array([[[1.0, 1.0], [3.0, 3.0]], [[3.0, 3.0], [1.0, 1.0]]])
    assert variance_components(crossed) == Shares(0.0, 0.0, 0.0, 4.0)


def test_where_nothing_varies_there_are_no_shares():
    shares = variance_components(np.ones((2, 3, 2))).shares()
    assert all(np.isnan(value) for value in shares.values()) and len(shares) == 4


def test_the_best_of_three_models():
    # One wins twice, two share a win, one is alone once.
    scores = np.array([[0.9, 0.8, 0.5, 0.4], [0.1, 0.2, 0.5, 0.6], [0.0, 0.1, 0.2, 0.3]])
    assert how_often_best(scores).tolist() == [2.5 / 4, 1.5 / 4, 0.0]
