"""Slopes and intercepts against statsmodels; the calibration error against simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit
from scipy.stats import norm, t

from dnn_core.evaluation.calibration import figures
from dnn_core.evaluation.calibration.calibration_error import (
    calibration_error,
    error_interval,
    groups,
)
from dnn_core.evaluation.calibration.figures import (
    calibration_figures,
    headline,
    slope_and_intercept,
    views,
)
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.outcome.losses import linear_losses
from dnn_core.specs import Kind

CASES = 500
FAMILIES = {
    Kind.REGRESSION: sm.families.Gaussian(),
    Kind.BINARY: sm.families.Binomial(),
    Kind.COUNT: sm.families.Poisson(),
    Kind.AMOUNT: sm.families.Gamma(sm.families.links.Log()),
}


def _sample(kind: Kind) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Observed, linear predictor, weight, cluster; predictions that are too extreme."""
    rng = np.random.default_rng(3)
    cluster = rng.integers(40, size=CASES)
    linear = rng.normal(1.0, 1.2, CASES) + rng.normal(0, 0.4, 40)[cluster]
    truth = 0.3 + 0.6 * linear
    observed = {
        Kind.REGRESSION: truth + rng.normal(size=CASES),
        Kind.BINARY: (rng.random(CASES) < expit(truth)).astype("float64"),
        Kind.COUNT: rng.poisson(np.exp(truth)).astype("float64"),
        Kind.AMOUNT: rng.gamma(2.0, np.exp(truth) / 2),
    }[kind]
    return observed, linear, rng.gamma(3.0, size=CASES), cluster


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("clustered", [False, True])
def test_agrees_with_statsmodels(kind, clustered):
    observed, linear, weight, cluster = _sample(kind)
    design = Design(weight, cluster if clustered else None)
    result = slope_and_intercept(kind, observed, linear, design)
    slope = sm.GLM(observed, sm.add_constant(linear), FAMILIES[kind], freq_weights=weight)
    large = sm.GLM(observed, np.ones(CASES), FAMILIES[kind], offset=linear, freq_weights=weight)
    units = len(np.unique(cluster)) if clustered else CASES
    for (value, low, high), model in zip(result, (slope, large), strict=True):
        fitted = model.fit(tol=1e-12)
        assert value == pytest.approx(fitted.params[-1], abs=1e-7)
        # The sandwich by hand, from statsmodels' own scores and information.
        scores = model.score_obs(fitted.params, scale=1.0)
        groups = cluster if clustered else np.arange(CASES)
        totals = np.stack([np.bincount(groups, column) for column in scores.T])
        bread = np.linalg.inv(-model.hessian(fitted.params, scale=1.0, observed=True))
        error = np.sqrt((bread @ totals @ totals.T @ bread)[-1, -1] * units / (units - 1))
        assert (high - low) / 2 == pytest.approx(t.ppf(0.975, units - 1) * error, rel=1e-5)


def test_unclustered_errors_are_statsmodels_hc0():
    observed, linear, _, _ = _sample(Kind.BINARY)
    (_, low, high), _ = slope_and_intercept(Kind.BINARY, observed, linear, Design(np.ones(CASES)))
    model = sm.GLM(observed, sm.add_constant(linear), sm.families.Binomial())
    error = model.fit(cov_type="HC0").bse[1] * np.sqrt(CASES / (CASES - 1))
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, CASES - 1) * error, rel=1e-6)


def test_predictions_that_are_nearly_the_same_have_a_slope():
    rng = np.random.default_rng(5)
    near = rng.normal(size=CASES)
    observed = 0.5 * near + rng.normal(size=CASES)
    # Around 8 and so little apart that the equations cannot be solved as they stand.
    (value, low, high), _ = slope_and_intercept(
        Kind.REGRESSION, observed, 8 + 1e-5 * near, Design(np.ones(CASES))
    )
    model = sm.OLS(observed, sm.add_constant(near)).fit()
    assert value == pytest.approx(1e5 * model.params[1], rel=1e-6)
    assert low < value < high


def test_counts_are_judged_by_the_logarithm_of_what_is_expected():
    observed, linear, weight, _ = _sample(Kind.COUNT)
    linear[0] = np.log(1e-7)
    expected = np.exp(linear)
    # What is expected never to happen is taken for 1e-7.
    expected[0] = 0.0
    result = calibration_figures(Kind.COUNT, (), observed, expected, Design(weight))
    both = slope_and_intercept(Kind.COUNT, observed, linear, Design(weight))
    assert result["figure"].tolist() == ["slope", "intercept"]
    assert result[["value", "low", "high"]].to_numpy() == pytest.approx(np.array(both), rel=1e-8)


def test_weights_of_two_are_cases_given_twice():
    observed, linear, _, _ = _sample(Kind.COUNT)
    twice = np.random.default_rng(1).integers(1, 3, CASES)
    weighted = slope_and_intercept(Kind.COUNT, observed, linear, Design(twice.astype(float)))
    repeated = slope_and_intercept(
        Kind.COUNT,
        np.repeat(observed, twice),
        np.repeat(linear, twice),
        Design(np.ones(twice.sum()), np.repeat(np.arange(CASES), twice)),
    )
    assert np.array(weighted) == pytest.approx(np.array(repeated), rel=1e-6)


def test_there_is_no_slope_where_predictions_separate_or_are_all_the_same():
    linear = np.linspace(-3, 3, 50)
    separated = slope_and_intercept(Kind.BINARY, (linear > 0) * 1.0, linear, Design(np.ones(50)))
    assert np.isnan(separated[0]).all()
    same = slope_and_intercept(
        Kind.BINARY, np.arange(50) % 2 * 1.0, np.zeros(50), Design(np.ones(50))
    )
    assert np.isnan(same[0]).all()
    # Half are observed where half are predicted.
    assert same[1][0] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("true", "told"), [(95.0, True), (-95.0, True), (105.0, False), (-105.0, False)]
)
def test_a_slope_beyond_a_hundred_is_none(true, told):
    # Two predictions 0.02 apart, of which as many as the logits say have happened.
    share = expit(np.array([-0.01, 0.01]) * true)
    linear, happened = np.repeat([-0.01, 0.01], 2), np.tile([0.0, 1.0], 2)
    weight = np.array([1 - share[0], share[0], 1 - share[1], share[1]])
    slope, intercept = slope_and_intercept(Kind.BINARY, happened, linear, Design(weight))
    assert slope[0] == pytest.approx(true, rel=1e-6) if told else np.isnan(slope).all()
    assert intercept[0] == pytest.approx(0.0, abs=1e-6)


def test_a_slope_of_a_number_may_be_as_steep_as_it_is():
    x = np.linspace(0, 1, 40)
    observed = 3000 * x + np.tile([1.0, -1.0], 20)
    (slope, low, high), _ = slope_and_intercept(Kind.REGRESSION, observed, x, Design(np.ones(40)))
    assert slope == pytest.approx(np.polyfit(x, observed, 1)[0])
    assert low < slope < high


@pytest.mark.parametrize("place", [-12.0, 30.0])
def test_far_too_little_and_far_too_much_is_expected(place):
    # Of counts the intercept is the logarithm of the observed by the expected sum.
    rng = np.random.default_rng(1)
    linear, observed = place + rng.normal(size=200), rng.poisson(5.0, 200).astype(float)
    _, (intercept, _, _) = slope_and_intercept(Kind.COUNT, observed, linear, Design(np.ones(200)))
    assert intercept == pytest.approx(np.log(observed.sum() / np.exp(linear).sum()), rel=1e-9)


def test_a_step_that_is_too_large_is_halved_until_it_lowers_the_loss(monkeypatch):
    # From e^-12 to 5 the first step is of a million; a share of it leads near at once.
    looked: list[float] = []

    def losses(*arguments):
        looked.append(1.0)
        return linear_losses(*arguments)

    monkeypatch.setattr(figures, "linear_losses", losses)
    linear, observed = np.full(50, -12.0), np.full(50, 5.0)
    _, (intercept, _, _) = slope_and_intercept(Kind.COUNT, observed, linear, Design(np.ones(50)))
    assert intercept == pytest.approx(12 + np.log(5))
    assert len(looked) < 100


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.COUNT, Kind.AMOUNT])
def test_what_no_exponential_holds_has_no_figures_and_no_warning(kind):
    observed = np.tile([1.0, 0.0] if kind is Kind.BINARY else [1.0, 2.0], 20)
    for linear in (np.full(40, 2000.0), np.linspace(-2000, 2000, 40)):
        for figure in slope_and_intercept(kind, observed, linear, Design(np.ones(40))):
            assert np.isnan(figure).all() or np.isfinite(figure).all()


def test_certain_probabilities_are_a_ten_millionth_from_it():
    # Half are said to be impossible, of which one in ten happens; half certain, nine in ten.
    happened = np.concatenate([np.arange(50) < 5, np.arange(50) >= 5]).astype(int)
    positive = np.repeat([0.0, 1.0], 50)
    p = np.column_stack([1 - positive, positive])
    frame = calibration_figures(Kind.BINARY, ("no", "yes"), happened, p, Design(np.ones(100)))
    by_name = frame.set_index("figure")
    assert by_name.loc["slope", "value"] == pytest.approx(logit(0.9) / logit(1 - 1e-7), rel=1e-6)
    assert by_name.loc["slope", "category"] == "yes"
    assert by_name.loc["error", "value"] == pytest.approx(0.1)
    assert by_name.loc["error_by_chance", ["low", "high"]].isna().all()
    assert frame["figure"].tolist() == ["slope", "intercept", "error", "error_by_chance"]


def test_the_headline_is_the_positive_category_or_the_likeliest():
    two = headline(Kind.BINARY, np.array([0, 1]), np.array([[0.7, 0.3], [0.6, 0.4]]))
    assert two.probability.tolist() == [0.3, 0.4]
    assert two.happened.tolist() == [0, 1]
    p = np.array([[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])
    several = headline(Kind.MULTICLASS, np.array([1, 0]), p)
    assert several.probability.tolist() == [0.5, 0.7]
    assert several.happened.tolist() == [1, 0]


def test_a_number_has_no_views():
    with pytest.raises(ValueError, match="no probabilities"):
        views(Kind.COUNT, (), np.ones(2), np.ones(2))


def test_a_far_start_converges():
    # Counts of about 5 for predictions around e^40.
    rng = np.random.default_rng(1)
    linear = rng.normal(40, 1, 300)
    observed = rng.poisson(np.exp(1.5 + 0.5 * (linear - 40))).astype(float)
    (slope, _, _), _ = slope_and_intercept(Kind.COUNT, observed, linear, Design(np.ones(300)))
    fitted = sm.GLM(observed, sm.add_constant(linear - 40), sm.families.Poisson()).fit()
    assert slope == pytest.approx(fitted.params[1], abs=1e-6)


def test_of_several_categories_each_stands_against_the_rest():
    rng = np.random.default_rng(1)
    p = rng.dirichlet([1, 1, 1], 400)
    y = (p.cumsum(axis=1) < rng.random((400, 1))).sum(axis=1)
    frame = calibration_figures(Kind.MULTICLASS, ("a", "b", "c"), y, p, Design(np.ones(400)))
    slopes = frame[frame["figure"] == "slope"]
    assert slopes["category"].tolist() == ["a", "b", "c"]
    by_hand = sm.GLM(y == 1, sm.add_constant(logit(p[:, 1])), sm.families.Binomial()).fit()
    assert slopes["value"].iloc[1] == pytest.approx(by_hand.params[1], abs=1e-6)


def test_ordered_categories_are_judged_at_each_threshold():
    p = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
    first, second = views(Kind.ORDINAL, ("low", "mid", "high"), np.array([1, 0]), p)
    assert first.category == "above low"
    assert first.probability == pytest.approx([0.8, 0.4])
    assert first.happened.tolist() == [1, 0]
    assert second.probability == pytest.approx([0.5, 0.1])
    assert second.happened.tolist() == [0, 0]


def test_quantities_are_regressed_on_predictions_without_an_error_of_probabilities():
    rng = np.random.default_rng(1)
    predicted = rng.normal(10, 2, 300)
    y = 4 + 0.5 * predicted + rng.normal(size=300)
    frame = calibration_figures(Kind.REGRESSION, (), y, predicted, Design(np.ones(300)))
    assert frame["figure"].tolist() == ["slope", "intercept"]
    assert frame["value"].iloc[0] == pytest.approx(np.polyfit(predicted, y, 1)[0])
    assert frame["value"].iloc[1] == pytest.approx((y - predicted).mean())


def test_calibration_error_by_hand():
    # Group 0 claims 0.2 and 0.4 and sees 0 and 1: |0.6 - 1| = 0.4. Group 1 claims 0.9
    # twice and sees 1 and 1: |1.8 - 2| = 0.2. Together 0.6 over four cases.
    probability, happened = np.array([0.2, 0.4, 0.9, 0.9]), np.array([0.0, 1, 1, 1])
    group = np.array([0, 0, 1, 1])
    assert calibration_error(probability, happened, group, np.ones(4)) == pytest.approx(0.15)
    # The case of 0.4 twice: |0.2 - 0 + 2 (0.4 - 1)| = 1, and 0.2; together 1.2 over five.
    weight = np.array([1, 2, 1, 1])
    assert calibration_error(probability, happened, group, weight) == pytest.approx(0.24)


def test_groups_are_deciles_where_cases_suffice():
    sizes = np.bincount(groups(np.random.default_rng(1).random(400)))
    assert sizes.tolist() == [40] * 10


def test_groups_are_fewer_where_cases_are():
    assert np.bincount(groups(np.linspace(0, 1, 100))).tolist() == [20] * 5


def test_equal_predictions_share_a_group():
    assert np.unique(groups(np.repeat([0.2, 0.8], 200))).size == 2


def test_the_error_by_chance_is_that_of_simulated_outcomes():
    rng = np.random.default_rng(1)
    probability, weight = rng.random(300), rng.gamma(2.0, size=300)
    group = groups(probability)
    simulated = [
        calibration_error(probability, (rng.random(300) < probability) * 1.0, group, weight)
        for _ in range(4000)
    ]
    happened = (rng.random(300) < probability) * 1.0
    _, by_chance = error_interval(probability, happened, Design(weight))
    assert by_chance == pytest.approx(np.mean(simulated), rel=0.1)


@pytest.mark.parametrize("clustered", [False, True])
def test_intervals_of_the_error_cover_it(clustered):
    """It claims 0.12 too much throughout, so that the error is 0.12."""
    rng = np.random.default_rng(5)
    rounds, hits, naive = 150, 0, 0
    for _ in range(rounds):
        if clustered:
            # Thirty clusters of ten that share their luck.
            claimed, labels = np.full(300, 0.6), np.repeat(np.arange(30), 10)
            luck = np.sqrt(0.4) * rng.normal(size=30)[labels] + np.sqrt(0.6) * rng.normal(size=300)
        else:
            claimed, labels, luck = rng.uniform(0.3, 0.9, 300), None, rng.normal(size=300)
        happened = (luck < norm.ppf(claimed - 0.12)) * 1.0
        (_, low, high), _ = error_interval(claimed, happened, Design(np.ones(300), labels))
        hits += low <= 0.12 <= high
        if clustered:
            (_, low, high), _ = error_interval(claimed, happened, Design(np.ones(300)))
            naive += low <= 0.12 <= high
    assert 0.88 <= hits / rounds <= 1.0
    if clustered:
        assert naive / rounds < 0.85
