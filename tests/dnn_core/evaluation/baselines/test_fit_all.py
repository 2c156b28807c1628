"""Baselines against closed forms and statsmodels, and on awkward columns."""

from __future__ import annotations

import gzip
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.datasets import load_digits

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.prepare import PIXEL_SCALE, PartData, Prepared
from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines import baseline, linear_models
from dnn_core.evaluation.baselines.baseline import Baseline
from dnn_core.evaluation.baselines.fit_all import fit_baselines
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.specs import Kind

MNIST = Path(__file__).resolve().parents[4] / "../shared/data/mnist"


def fitted(prepared: Prepared) -> dict[str, Baseline]:
    """Fit and demand that nothing is said on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return {model.name: model for model in fit_baselines(prepared)}


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("income", ["mean", "linear", "penalised", "boosting"]),
        ("vote", ["majority", "logistic", "penalised", "boosting"]),
        ("group", ["majority", "logistic", "penalised", "boosting"]),
    ],
)
def test_rungs_stand_in_order(prepared_survey, target: str, names: list[str]) -> None:
    estimated = fitted(prepared_survey(target))
    assert list(estimated) == names
    assert all(model.title and model.caption.endswith(".") for model in estimated.values())
    assert all(model.converged for model in estimated.values())


def test_mean_is_weighted(prepared_survey) -> None:
    prepared = prepared_survey("income", weight="w")
    part = prepared.parts["training"]
    estimated = fitted(prepared)["mean"].predict(prepared.parts["validation"].x)
    expected = (part.y.astype(float) * part.weight).sum() / part.weight.sum()
    assert estimated == pytest.approx(np.full(len(prepared.parts["validation"]), expected))


def test_majority_gives_weighted_shares(prepared_survey) -> None:
    prepared = prepared_survey("group", weight="w")
    part = prepared.parts["training"]
    shares = [part.weight[part.y == c].sum() / part.weight.sum() for c in range(3)]
    estimated = fitted(prepared)["majority"].predict(prepared.parts["test"].x)
    assert estimated == pytest.approx(np.tile(shares, (len(prepared.parts["test"]), 1)))


def test_majority_is_at_chance(prepared_survey) -> None:
    prepared = prepared_survey("vote")
    part = prepared.parts["validation"]
    figures = evaluate(
        Kind.BINARY, part.y, fitted(prepared)["majority"].predict(part.x), training_mean=None
    )
    assert figures["auc"] == 0.5
    assert figures["accuracy"] == max(np.mean(part.y), 1 - np.mean(part.y))


@pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")
@pytest.mark.parametrize("weight", [None, "w"])
def test_linear_regression_is_least_squares(prepared_survey, weight: str | None) -> None:
    prepared = prepared_survey("income", weight=weight)
    part, checked = prepared.parts["training"], prepared.parts["validation"]
    # The three columns of the nominal predictor add up to the constant: statsmodels
    # takes the pseudo-inverse, and predictions do not depend on which solution is taken.
    weights = np.ones(len(part)) if part.weight is None else part.weight
    model = sm.WLS(part.y.astype(float), sm.add_constant(part.x.astype(float)), weights).fit()
    expected = model.predict(sm.add_constant(checked.x.astype(float), has_constant="add"))
    assert fitted(prepared)["linear"].predict(checked.x) == pytest.approx(expected, rel=1e-6)


@pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")
def test_logistic_regression_is_maximum_likelihood(prepared_survey) -> None:
    prepared = prepared_survey("vote", weight="w")
    part, checked = prepared.parts["training"], prepared.parts["validation"]
    model = sm.GLM(
        part.y.astype(float),
        sm.add_constant(part.x.astype(float)),
        family=sm.families.Binomial(),
        freq_weights=part.weight.astype(float),
    ).fit()
    expected = model.predict(sm.add_constant(checked.x.astype(float), has_constant="add"))
    estimated = fitted(prepared)["logistic"].predict(checked.x)
    assert estimated.shape == (len(checked), 2)
    assert estimated[:, 1] == pytest.approx(expected, abs=1e-3)
    assert estimated.sum(axis=1) == pytest.approx(np.ones(len(checked)))


def test_multinomial_regression_is_maximum_likelihood(prepared_survey) -> None:
    prepared = prepared_survey("group", features=("age", "member"))
    part, checked = prepared.parts["training"], prepared.parts["validation"]
    model = sm.MNLogit(part.y, sm.add_constant(part.x.astype(float))).fit(disp=0)
    expected = model.predict(sm.add_constant(checked.x.astype(float), has_constant="add"))
    estimated = fitted(prepared)["logistic"].predict(checked.x)
    assert estimated == pytest.approx(np.asarray(expected), abs=1e-3)


@pytest.mark.parametrize("target", ["income", "vote", "group"])
def test_awkward_columns_do_no_harm(prepared_survey, survey_frame, target: str) -> None:
    frame = survey_frame.assign(
        constant=7.0,
        twin=survey_frame["age"] * 3 + 1,
        # Separates the categories of every outcome without error.
        answer=survey_frame["income"],
        huge=survey_frame["age"].fillna(40) * 1e9,
    )
    prepared = prepared_survey(
        target,
        features=("age", "party", "constant", "twin", "answer", "huge"),
        frame=frame,
    )
    part = prepared.parts["validation"]
    for model in list(fitted(prepared).values())[1:]:
        predicted = model.predict(part.x)
        assert np.isfinite(predicted).all()
        figures = evaluate(prepared.target.kind, part.y, predicted, training_mean=1000.0)
        assert figures["r2" if target == "income" else "accuracy"] > 0.9, model.name


def test_ending_early_is_a_field_and_no_warning(
    prepared_survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_models, "FEWEST_ITERATIONS", 2)
    monkeypatch.setattr(linear_models, "MOST_ITERATIONS", 2)
    estimated = fitted(prepared_survey("vote"))["logistic"]
    assert not estimated.converged
    assert "after 2 iterations" in estimated.caption


def test_very_large_parts_are_sampled(prepared_survey, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = prepared_survey("income")
    monkeypatch.setattr(baseline, "MOST_CELLS", 60 * prepared.inputs)
    part = prepared.parts["training"]
    estimated = fitted(prepared)["linear"]
    assert "a random 60 of the 180 training rows" in estimated.caption
    everybody = np.corrcoef(estimated.predict(part.x), part.y)[0, 1]
    assert everybody > 0.5


def test_a_category_that_the_sample_misses_gets_probability_0(
    prepared_survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepared_survey("group")
    part = prepared.parts["training"]
    only_two = part.y != 1
    chosen = PartData(part.rows[only_two], part.x[only_two], part.y[only_two])
    estimated = fitted(replace(prepared, parts={**prepared.parts, "training": chosen}))["logistic"]
    predicted = estimated.predict(part.x)
    assert predicted.shape == (len(part), 3)
    assert (predicted[:, 1] == 0).all()


def images_of_two_bars(cases: int) -> Prepared:
    """4 x 4 pictures with the upper or the lower half bright; corners never vary."""
    generator = np.random.default_rng(2)
    y = generator.integers(2, size=cases).astype("int32")
    x = generator.integers(0, 60, size=(cases, 4, 4)).astype("uint8")
    x[y == 0, :2] += 150
    x[y == 1, 2:] += 150
    x[:, 0, 0] = 0
    target = TargetCoding("digit", Kind.BINARY, ("0", "1"), ("0", "1"))
    return image_prepared(x.reshape(cases, -1), y, target, validation=cases // 4)


def image_prepared(x: np.ndarray, y: np.ndarray, target: TargetCoding, validation: int) -> Prepared:
    names = tuple(f"pixel {i}" for i in range(x.shape[1]))
    rows = np.arange(len(y))
    held_out, fitted_on = rows[:validation], rows[validation:]
    parts = {
        "training": PartData(fitted_on, x[fitted_on], y[fitted_on]),
        "validation": PartData(held_out, x[held_out], y[held_out]),
    }
    return Prepared(parts, Encoder((), target, None, names, names), PIXEL_SCALE)


def test_images_are_scaled_inside() -> None:
    prepared = images_of_two_bars(200)
    part = prepared.parts["validation"]
    estimated = fitted(prepared)["logistic"].predict(part.x)
    assert part.x.dtype == np.uint8
    assert evaluate(Kind.BINARY, part.y, estimated, training_mean=None)["accuracy"] == 1.0


def test_small_digits_reach_the_linear_accuracy_within_the_fewest_iterations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x, y = load_digits(return_X_y=True)
    names = tuple("0123456789")
    target = TargetCoding("digit", Kind.MULTICLASS, names, names)
    pixels = (15 * x).astype("uint8")
    prepared = image_prepared(pixels, y.astype("int32"), target, validation=400)
    monkeypatch.setattr(linear_models, "CELLS_READ", 1)
    estimated = fitted(prepared)["logistic"]
    assert "ended after 20 iterations" in estimated.caption
    part = prepared.parts["validation"]
    figures = evaluate(Kind.MULTICLASS, part.y, estimated.predict(part.x), training_mean=None)
    # scikit-learn's, on grey values scaled by hand: .935 after 20 iterations.
    assert figures["accuracy"] > 0.92


@pytest.mark.skipif(not MNIST.exists(), reason="MNIST is not beside the project")
def test_digits_reach_the_linear_accuracy_within_few_iterations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pixels = gzip.decompress((MNIST / "t10k-images-idx3-ubyte.gz").read_bytes())
    digits = gzip.decompress((MNIST / "t10k-labels-idx1-ubyte.gz").read_bytes())
    x = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 784)
    y = np.frombuffer(digits, np.uint8, offset=8).astype("int32")
    names = tuple("0123456789")
    target = TargetCoding("digit", Kind.MULTICLASS, names, names)
    prepared = image_prepared(x, y, target, validation=2_000)
    # As many iterations, 39, as 48,000 digits get.
    monkeypatch.setattr(linear_models, "CELLS_READ", linear_models.CELLS_READ // 6)
    estimated = fitted(prepared)["logistic"]
    assert "the 8,000 training rows; ended after 39 iterations" in estimated.caption
    part = prepared.parts["validation"]
    figures = evaluate(Kind.MULTICLASS, part.y, estimated.predict(part.x), training_mean=None)
    # A linear classifier of MNIST reaches .88 (LeCun et al. 1998) to .92.
    assert figures["accuracy"] > 0.88


def test_frames_of_text_outcomes_keep_their_order(prepared_survey, survey_frame) -> None:
    """Columns of probabilities follow `TargetCoding.classes`."""
    frame = survey_frame.assign(age=survey_frame["income"])
    names = pd.Series(["low", "middle", "high"])
    frame["group"] = names.loc[frame["group"]].to_numpy()
    prepared = prepared_survey("group", frame=frame)
    assert prepared.target.classes == ("high", "low", "middle")
    part = prepared.parts["training"]
    predicted = fitted(prepared)["logistic"].predict(part.x)
    richest = part.x[:, 0].argmax()
    assert predicted[richest].argmax() == 0
