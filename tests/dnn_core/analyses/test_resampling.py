from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dnn_core.analyses import catalogue, resampling
from dnn_core.analyses.catalogue import analyse, execute
from dnn_core.analyses.resampling import plan
from dnn_core.analyses.resampling_result import Resampled
from dnn_core.data.prepare import prepare
from dnn_core.data.split.row_split import split_rows
from dnn_core.errors import ENDED_EARLY, UserError
from dnn_core.evaluation.baselines.fit_all import fit_baselines, fit_constant
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.predictor import outputs_to_predictions
from dnn_core.runs.analyses import Stage
from dnn_core.runs.execution.execute import run_experiment
from dnn_core.specs import AnalysisSpec, Kind, SplitMethod, SplitSpec, Task, TrainingSpec
from dnn_core.training.fit import fit_many
from dnn_core.training.fit_request import Request
from tests.dnn_core.analyses.conftest import ASKED, make_experiment

pytestmark = pytest.mark.training


def test_the_test_part_takes_no_part(survey, analysed):
    experiment = analysed.experiment
    sealed = split_rows(survey, experiment.task, experiment.split, experiment.folds)["test"]
    pool, folds = plan(analysed, survey, ASKED)
    assert len(sealed) and not np.isin(sealed, pool).any()
    assert np.array_equal(np.sort(np.r_[pool, sealed]), np.arange(len(survey)))
    for fold in folds:
        for rows in fold.rows.values():
            assert np.isin(rows, pool).all()
        # The evaluated rows were not used for training.
        assert not np.isin(fold.rows["test"], fold.rows["training"]).any()
        assert not np.isin(fold.rows["test"], fold.rows["validation"]).any()
    assert not analysed.test_opened


def test_each_row_of_the_pool_is_judged_once_in_each_repeat(survey, analysed):
    pool, folds = plan(analysed, survey, ASKED)
    for repeat in range(ASKED.repeats):
        evaluated = [f.rows["test"] for f in folds if f.repeat == repeat and f.size == 1]
        assert len(evaluated) == ASKED.folds
        assert np.array_equal(np.sort(np.concatenate(evaluated)), pool)
    first, second = (next(f.rows["test"] for f in folds if f.repeat == repeat) for repeat in (0, 1))
    assert not np.array_equal(first, second)


def test_every_model_has_every_metric_on_every_fold(analysed):
    result = analysed.analysis("resampling")
    scores = result.tables["scores"]
    whole = scores[(scores["size"] == 1) & (scores["metric"] == "auc")]
    counts = whole.groupby("model").size().to_dict()
    folds = ASKED.folds * ASKED.repeats
    assert counts["network"] == folds * ASKED.seeds
    for name in analysed.facts.baselines:
        assert counts[name] == folds
    halves = scores[(scores["size"] == 0.5) & (scores["metric"] == "auc")]
    assert halves.groupby("model").size().to_dict()["network"] == ASKED.folds
    assert (halves["cases"] < whole["cases"].min()).all()


def test_scores_are_those_of_fits_by_themselves(survey, analysed):
    _, folds = plan(analysed, survey, ASKED)
    fold = next(f for f in folds if (f.repeat, f.number, f.size) == (1, 2, 1))
    prepared = prepare(survey, fold.experiment, fold.rows)
    evaluated = prepared.parts["test"]
    experiment = fold.experiment
    request = Request(
        prepared, experiment.network, experiment.training, experiment.seed + 1, beyond=evaluated
    )
    (fit,) = fit_many([request])
    predicted = outputs_to_predictions(prepared.target, fit.beyond.mean(axis=0))
    scores = (
        analysed.analysis("resampling")
        .tables["scores"]
        .set_index(["model", "size", "repeat", "fold", "seed", "metric"])["value"]
    )
    for name, value in evaluate(Kind.BINARY, evaluated.y, predicted, training_mean=None).items():
        assert scores["network", 1.0, 1, 2, 1, name] == pytest.approx(value, abs=1e-4)
    for baseline in fit_baselines(prepared):
        values = evaluate(
            Kind.BINARY, evaluated.y, baseline.predict(evaluated.x), training_mean=None
        )
        assert scores[baseline.name, 1.0, 1, 2, 0, "auc"] == pytest.approx(values["auc"])


def test_seeds_differ(analysed):
    scores = analysed.analysis("resampling").tables["scores"]
    own = scores[(scores["model"] == "network") & (scores["metric"] == "log_loss")]
    by_fold = own[own["size"] == 1].groupby(["repeat", "fold"])["value"].nunique()
    assert (by_fold == ASKED.seeds).all()


def test_the_band_is_that_of_all_networks(analysed):
    curves = analysed.analysis("resampling").tables["curves"]
    networks = ASKED.folds * ASKED.repeats * ASKED.seeds * analysed.experiment.training.members
    assert curves["networks"].max() == networks
    assert set(curves["part"]) == {"training", "validation"}
    assert (curves["low"] <= curves["middle"]).all() and (curves["middle"] <= curves["high"]).all()


def test_clusters_stay_together(survey, tmp_path):
    experiment = make_experiment(split=SplitSpec())
    experiment = experiment.but(task=experiment.task.but(cluster="household"))
    run = run_experiment(survey, experiment, tmp_path / "run")
    # Nobody has chosen a method: it is the one that the sample asks for.
    assert run.experiment.split.method is SplitMethod.GROUPED
    _, folds = plan(run, survey, AnalysisSpec(folds=3, sizes=1))
    household = survey.frame["household"].to_numpy()
    for fold in folds:
        learnt = np.union1d(fold.rows["training"], fold.rows["validation"])
        assert not np.isin(household[fold.rows["test"]], household[learnt]).any()
        # Whole households also where only half of the rows is learned from.
        assert np.isin(household, household[learnt]).sum() == len(learnt)


def test_in_time_order_only_the_past_is_learned_from(survey, tmp_path):
    split = SplitSpec(method=SplitMethod.TIME, by="year")
    run = run_experiment(survey, make_experiment(split=split), tmp_path / "run")
    _, folds = plan(run, survey, AnalysisSpec(folds=3, sizes=0))
    year = survey.frame["year"].to_numpy()
    assert len(folds) == 3
    for fold in folds:
        learnt = np.union1d(fold.rows["training"], fold.rows["validation"])
        assert year[learnt].max() < year[fold.rows["test"]].min()


def test_one_validation_part_is_dealt_out_within_each_fold(survey, tmp_path):
    training = TrainingSpec(epochs=2, members=1)
    run = run_experiment(survey, make_experiment(training=training), tmp_path / "run")
    _, folds = plan(run, survey, AnalysisSpec(folds=3, sizes=0))
    for fold in folds:
        assert not np.isin(fold.rows["validation"], fold.rows["training"]).any()
        learnt = len(fold.rows["training"]) + len(fold.rows["validation"])
        assert len(fold.rows["validation"]) / learnt == pytest.approx(0.25, abs=0.02)


def test_rivals_take_part_on_the_same_folds(survey, analysed):
    other = run_experiment(
        survey, make_experiment(seed=9), analysed.directory.parent / "20260101-000000-abcdef"
    )
    again = run_experiment(survey, make_experiment(), analysed.directory.parent / "again")
    analyse(again, survey, AnalysisSpec(folds=2, seeds=1, sizes=0, rivals=(other.id,)))
    result = again.analysis("resampling")
    scores = result.tables["scores"]
    assert result.facts["models"][other.id] == other.notes.name
    assert (scores["model"] == other.id).sum() == (scores["model"] == "network").sum()
    inner = result.tables["inner"]
    assert inner.groupby("model").size().to_dict() == {"network": 2, other.id: 2}


def test_a_rival_on_another_outcome_is_refused(survey, analysed):
    task = make_experiment().task.but(target="c", features=("a", "b"))
    other = run_experiment(
        survey, make_experiment(task=task), analysed.directory.parent / "20260101-000001-abcdef"
    )
    with pytest.raises(UserError, match="other data, another outcome"):
        plan(analysed, survey, AnalysisSpec(rivals=(other.id,)))


def test_stopping_keeps_what_there_is(survey, tmp_path):
    run = run_experiment(survey, make_experiment(), tmp_path / "run")
    run.analyses.ask(ASKED)
    run.analyses.request_stop()
    execute(run, survey)
    assert run.analyses.progress.stage is Stage.STOPPED
    assert run.analysis("resampling") is None


def test_what_the_data_cannot_carry_is_said_and_the_rest_goes_on(survey, tmp_path):
    run = run_experiment(survey, make_experiment(), tmp_path / "run")
    split = run.experiment.split.but(method=SplitMethod.GROUPED)
    asked = run.experiment.but(split=split)
    (run.directory / "experiment.json").write_text(asked.model_dump_json(), encoding="utf-8")
    del run.experiment
    run.analyses.ask(ASKED)
    execute(run, survey)
    assert run.analyses.progress.stage is Stage.FINISHED
    assert "cluster" in run.analysis("resampling").facts["obstacle"]


def test_a_fault_is_recorded_and_raised(survey, tmp_path, monkeypatch):
    run = run_experiment(survey, make_experiment(), tmp_path / "run")
    broken = catalogue.ANALYSES[0].__class__("broken", "Breaking", 1.0, lambda *_: 1 / 0)
    monkeypatch.setattr(catalogue, "ANALYSES", (broken,))
    with pytest.raises(ZeroDivisionError):
        analyse(run, survey, ASKED)
    assert run.analyses.progress.stage is Stage.FAILED
    assert "ZeroDivisionError" in run.log


def test_who_ends_the_process_is_told_of_no_fault(survey, tmp_path, monkeypatch):
    def told_to_end(*_):
        raise KeyboardInterrupt

    run = run_experiment(survey, make_experiment(), tmp_path / "run")
    ended = catalogue.ANALYSES[0].__class__("ended", "Ending", 1.0, told_to_end)
    monkeypatch.setattr(catalogue, "ANALYSES", (ended,))
    with pytest.raises(KeyboardInterrupt):
        analyse(run, survey, ASKED)
    progress = run.analyses.progress
    assert (progress.stage, progress.message) == (Stage.STOPPED, ENDED_EARLY)


def test_the_constant_is_at_chance_on_every_fold(analysed):
    resampled = Resampled.of(analysed)
    assert resampled.folds["majority"].tolist() == pytest.approx([0.5] * len(resampled.folds))
    own, gain = resampled.estimate("network"), resampled.gain("majority")
    expected = [figure - 0.5 for figure in (own.value, own.low, own.high)]
    assert [gain.value, gain.low, gain.high] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", [Kind.REGRESSION, Kind.BINARY])
def test_the_constant_is_at_chance_with_weights_and_clusters(survey, analysed, monkeypatch, kind):
    monkeypatch.setattr(resampling, "fit_baselines", lambda rest, _: (fit_constant(rest),))
    target = "c" if kind is Kind.REGRESSION else "vote"
    task = Task(target=target, features=("a", "b"), weight="year", cluster="household")
    experiment = make_experiment(task=task, split=SplitSpec(method=SplitMethod.GROUPED))
    _, folds = plan(analysed, survey, ASKED)
    for fold in folds:
        its = replace(fold, experiment=experiment)
        rows = resampling._baseline_scores(its, prepare(survey, experiment, fold.rows))
        scores = {row[-2]: row[-1] for row in rows}
        nothing = ("r2", 0.0) if kind is Kind.REGRESSION else ("auc", 0.5)
        assert scores[nothing[0]] == pytest.approx(nothing[1], abs=1e-12)
