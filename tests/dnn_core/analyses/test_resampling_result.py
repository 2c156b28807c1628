from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.analyses.resampling_result import Resampled
from dnn_core.evaluation.inference.resampled_t import nadeau_bengio_interval
from dnn_core.runs.analysis_result import AnalysisResult

MODELS = {"majority": "Most frequent", "logistic": "Logistic regression", "network": "This network"}


def make_result(
    network: list[list[float]], logistic: list[float], half: list[float]
) -> AnalysisResult:
    """Scores by fold and seed; the network's with half of the cases by fold."""
    rows = []
    for fold, seeds in enumerate(network):
        rows += [("network", 1.0, 90, 0, fold, s, "auc", value) for s, value in enumerate(seeds)]
        rows.append(("logistic", 1.0, 90, 0, fold, 0, "auc", logistic[fold]))
        rows.append(("majority", 1.0, 90, 0, fold, 0, "auc", 0.5))
        rows.append(("network", 0.5, 45, 0, fold, 0, "auc", half[fold]))
    columns = ["model", "size", "cases", "repeat", "fold", "seed", "metric", "value"]
    folds = pd.DataFrame({"repeat": 0, "fold": range(len(network)), "learnt": 90, "evaluated": 30})
    return AnalysisResult(
        {"metric": "auc", "models": MODELS, "in_time_order": False},
        {"scores": pd.DataFrame(rows, columns=columns), "folds": folds, "inner": pd.DataFrame()},
    )


@pytest.fixture
def resampled() -> Resampled:
    result = make_result([[0.7, 0.8], [0.6, 0.7], [0.9, 0.9]], [0.7, 0.7, 0.7], [0.6, 0.6, 0.7])
    return Resampled(result)


def test_folds_are_means_over_seeds(resampled):
    assert resampled.folds["network"].tolist() == pytest.approx([0.75, 0.65, 0.9])
    assert list(resampled.folds) == list(MODELS)


def test_gains_are_paired_by_fold_and_corrected(resampled):
    estimate = resampled.gain("logistic")
    differences = np.array([0.05, -0.05, 0.2])
    assert estimate.value == pytest.approx(differences.mean())
    expected = nadeau_bengio_interval(differences, np.full(3, 30), np.full(3, 90), 0.95)
    assert (estimate.low, estimate.high) == pytest.approx(expected)


def test_how_often_each_is_the_best(resampled):
    assert resampled.best_shares() == pytest.approx(
        {"majority": 0.0, "logistic": 1 / 3, "network": 2 / 3}
    )


def test_components_are_of_the_network_alone(resampled):
    components = resampled.components()
    # Variances over seeds 0.005, 0.005 and 0.
    assert components.seed == pytest.approx(0.01 / 3)
    assert components.configuration == 0


def test_the_last_doubling_compares_the_first_seed_with_half_of_the_cases(resampled):
    assert resampled.last_doubling().value == pytest.approx((0.1 + 0.0 + 0.2) / 3)


def test_a_fold_without_a_figure_is_left_out():
    result = make_result([[0.7], [np.nan], [0.9]], [0.7, 0.7, 0.7], [0.6, 0.6, 0.7])
    assert len(Resampled(result).folds) == 2


def test_by_size_has_a_row_for_each_model_and_size(resampled):
    table = resampled.by_size()
    assert table[table["model"] == "network"]["cases"].tolist() == [45, 90]


def test_nested_choice_is_scored_on_rows_that_it_did_not_see(resampled):
    # A rival that looks better within the first fold only, and is worse outside.
    tables = resampled.result.tables
    rival = tables["scores"][tables["scores"]["model"] == "network"].assign(
        model="other", value=0.4
    )
    scores = pd.concat([tables["scores"], rival])
    inner = pd.DataFrame(
        [
            (m, 0, fold, seed, v)
            for fold, values in enumerate([(0.7, 0.9), (0.7, 0.6), (0.7, 0.6)])
            for m, v in zip(("network", "other"), values, strict=True)
            for seed in (0, 1)
        ],
        columns=["model", "repeat", "fold", "seed", "value"],
    )
    facts = {**resampled.result.facts, "models": {**MODELS, "other": "Run 2"}}
    result = AnalysisResult(facts, {**tables, "scores": scores, "inner": inner})
    nested = Resampled(result).nested()
    assert nested.value == pytest.approx((0.4 + 0.65 + 0.9) / 3)


def test_one_network_leaves_nothing_to_choose(resampled):
    inner = pd.DataFrame(
        [("network", 0, fold, 0, 0.7) for fold in range(3)],
        columns=["model", "repeat", "fold", "seed", "value"],
    )
    result = AnalysisResult(resampled.result.facts, {**resampled.result.tables, "inner": inner})
    assert Resampled(result).nested() is None
