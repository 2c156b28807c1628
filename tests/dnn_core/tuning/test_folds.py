"""The rows on which trials are evaluated: all outside the test part, and none of it."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.split.row_split import outer_folds, split_rows
from dnn_core.errors import UserError
from dnn_core.outcome import metrics
from dnn_core.specs import EncodingSpec, SplitMethod, SplitSpec
from dnn_core.tuning.folds import TABLES_KEPT, ResamplingPlan
from dnn_core.tuning.selection_bias import assess

GROUPED = {
    "roles": {"cluster": "village", "weight": "weight"},
    # Whole clusters, as nobody chooses a method.
    "split": SplitSpec(),
}


def parts_of(survey, experiment):
    single = experiment.but(training=experiment.training.but(members=1))
    return split_rows(survey, single.task, single.split)


@pytest.mark.parametrize("changes", [{}, GROUPED], ids=["stratified", "grouped"])
def test_folds_cover_all_rows_outside_the_test_part(survey, make, changes):
    experiment = make.experiment(**changes)
    plan = ResamplingPlan.of(survey, make.asked(experiment, folds=4))
    sealed = parts_of(survey, experiment)["test"]
    pool = np.setdiff1d(np.arange(len(survey)), sealed)
    assert len(sealed) > 20
    assert len(plan.folds) == 4
    evaluated = np.concatenate([fold["test"] for fold in plan.folds])
    assert sorted(evaluated) == list(pool)
    for fold in plan.folds:
        # Rows for training, early stopping and evaluation are disjoint, and together all.
        assert sorted(np.concatenate(list(fold.values()))) == list(pool)
        assert min(len(rows) for rows in fold.values()) > 0
    assert list(plan.cases["rows"]) == list(evaluated)
    assert [np.sum(plan.cases["fold"] == n) for n in range(4)] == [
        len(fold["test"]) for fold in plan.folds
    ]


def test_clusters_stay_together(survey, make):
    plan = ResamplingPlan.of(survey, make.asked(make.experiment(**GROUPED)))
    village = survey.frame["village"].to_numpy()
    for fold in plan.folds:
        result = [set(village[rows]) for rows in fold.values()]
        assert not result[0] & result[1]
        assert not result[0] & result[2]
        assert not result[1] & result[2]
    cases = plan.cases
    # As numbers, the same for two rows where their village is.
    same = np.equal.outer(village[cases["rows"]], village[cases["rows"]])
    assert (np.equal.outer(cases["cluster"], cases["cluster"]) == same).all()
    weight = survey.frame["weight"].to_numpy()[cases["rows"]]
    assert cases["weight"] / cases["weight"][0] == pytest.approx(weight / weight[0], rel=1e-5)
    assert list(cases["y"]) == list(survey.frame["vote"].to_numpy()[cases["rows"]])


def test_with_a_single_fold_the_validation_part_is_judged(survey, make):
    experiment = make.experiment()
    plan = ResamplingPlan.of(survey, make.asked(experiment, folds=1))
    (fold,) = plan.folds
    parts = parts_of(survey, experiment)
    assert list(fold["training"]) == list(parts["training"])
    assert list(fold["validation"]) == list(fold["test"]) == list(parts["validation"])


@pytest.mark.parametrize("changes", [{}, GROUPED], ids=["stratified", "grouped"])
def test_a_nested_search_knows_nothing_of_its_fold(survey, make, changes):
    asked = make.asked(make.experiment(**changes), folds=3)
    every = ResamplingPlan.of(survey, asked)
    for number in every.numbers:
        evaluated = every.folds[number]["test"]
        others = np.setdiff1d(every.cases["rows"], evaluated)
        nested = ResamplingPlan.of(survey, asked, number)
        assert len(nested.folds) == 3
        assert sorted(nested.cases["rows"]) == list(others)
        for fold in nested.folds:
            assert sorted(np.concatenate(list(fold.values()))) == list(others)


def test_the_seed_of_a_study_deals_the_folds_and_not_the_test_part(survey, make):
    plans = [ResamplingPlan.of(survey, make.asked(seed=seed)) for seed in (1, 1, 2)]
    first = [list(plan.folds[0]["test"]) for plan in plans]
    assert first[0] == first[1] != first[2]
    pools = [sorted(plan.cases["rows"]) for plan in plans]
    assert pools[0] == pools[2]


def test_the_training_mean_is_that_of_training_rows(survey, make):
    plan = ResamplingPlan.of(survey, make.asked(make.experiment("income", {"weight": "weight"})))
    income, weight = survey.frame["income"].to_numpy(), survey.frame["weight"].to_numpy()
    means = [np.average(income[f["training"]], weights=weight[f["training"]]) for f in plan.folds]
    assert plan.training_mean == pytest.approx(np.mean(means), rel=1e-6)
    assert ResamplingPlan.of(survey, make.asked()).training_mean is None


def test_an_encoding_is_learned_from_the_training_rows_of_its_fold(survey, make):
    experiment = make.experiment(encoding=EncodingSpec(scaling="standard"))
    plan = ResamplingPlan.of(survey, make.asked(experiment))
    for fold in plan.numbers:
        prepared = plan.prepared(plan.experiment, fold)
        assert prepared.folds is None
        assert prepared.parts["training"].x[:, :3].mean(axis=0) == pytest.approx(0, abs=1e-5)
        assert list(prepared.parts["test"].rows) == list(plan.folds[fold]["test"])


def test_arrays_are_made_once_and_not_all_kept(survey, make):
    plan = ResamplingPlan.of(survey, make.asked())
    first = plan.prepared(plan.experiment, 0)
    other = plan.experiment.but(training=plan.experiment.training.but(epochs=9))
    assert plan.prepared(other, 0) is first
    for bins in range(TABLES_KEPT + 2):
        plan.prepared(plan.experiment.but(encoding=EncodingSpec(bins=bins)), 1)
    assert len(plan.tables) == TABLES_KEPT


def test_too_few_rows_for_the_folds_are_said_so(make):
    with pytest.raises(UserError, match="rows"):
        ResamplingPlan.of(make.survey(rows=14), make.asked(folds=20))


def test_in_time_order_nobody_learns_from_later_rows(survey, make):
    """The survey's villages are numbered as time goes by."""
    experiment = make.experiment(split=SplitSpec(method=SplitMethod.TIME, by="village"))
    plan = ResamplingPlan.of(survey, make.asked(experiment))
    sealed = parts_of(survey, experiment)["test"]
    when = survey.frame["village"].to_numpy()
    for fold in plan.folds:
        assert when[fold["training"]].max() < when[fold["validation"]].min()
        assert when[fold["validation"]].max() < when[fold["test"]].min()
        assert when[fold["test"]].max() < when[sealed].min()
    # All stretches but the first are evaluated, one after the other.
    evaluated = plan.cases["rows"]
    assert len(set(evaluated)) == len(evaluated)
    assert (np.diff(when[evaluated]) >= 0).all()


@pytest.mark.parametrize(
    ("outcome", "metric", "nothing"), [("income", "r2", 0), ("vote", "auc", 0.5)]
)
@pytest.mark.parametrize("folds", [1, 4])
def test_one_prediction_for_all_judged_rows_is_at_chance(
    survey, make, outcome, metric, nothing, folds
):
    """What R² of a study is measured against is one mean for the rows of all folds."""
    plan = ResamplingPlan.of(survey, make.asked(make.experiment(outcome, **GROUPED), folds=folds))
    kind, mean, count = plan.target.kind, plan.training_mean, len(plan.cases["y"])
    said = np.full((1, count), mean) if mean is not None else np.full((1, count, 2), 0.5)
    figures, _ = assess(kind, plan.cases, said, metrics.metric(metric), training_mean=mean, seed=1)
    assert figures["main"] == pytest.approx([nothing] * 3, abs=1e-12)


def test_folds_are_dealt_by_another_seed_than_the_test_part(survey, make):
    experiment = make.experiment()
    seeded = experiment.but(split=experiment.split.but(seed=5))
    plan = ResamplingPlan.of(survey, make.asked(seeded, seed=0, folds=3))
    single = plan.experiment
    pool = np.sort(plan.cases["rows"])
    same = outer_folds(survey, single.task, single.split, pool, 3)
    assert list(plan.folds[0]["test"]) != list(same[0][1])
    # The largest seeds that may be chosen add up to one that there is.
    largest = experiment.but(split=experiment.split.but(seed=2**31 - 1))
    plan = ResamplingPlan.of(survey, make.asked(largest, seed=2**31 - 1, folds=3))
    assert len(plan.folds) == 3
    assert plan.experiment.training.members == 1
