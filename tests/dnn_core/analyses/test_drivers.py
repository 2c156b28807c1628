"""Importance and dependence of a run whose outcome depends on one of three predictors."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from dnn_core.analyses import predictor_effects, predictor_importance
from dnn_core.analyses.predictor_effects import most_important
from dnn_core.data.prepare import prepare
from dnn_core.diagnostics.diagnostic import Section
from dnn_core.diagnostics.importance_plot import importance_frame
from dnn_core.diagnostics.registry import DIAGNOSTICS
from dnn_core.errors import UserError
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.networks import Networks
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.execution.execute import run_experiment
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import AnalysisSpec, Blocks, Kind, TrainingSpec
from tests.dnn_core.analyses.conftest import make_experiment, make_survey

pytestmark = pytest.mark.training


def silent(share: float) -> None:
    assert 0 <= share <= 1


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    experiment = make_experiment(training=TrainingSpec(epochs=60, members=3, learning_rate=0.02))
    survey = make_survey(600)
    run = run_experiment(survey, experiment, tmp_path_factory.mktemp("drivers") / "run")
    for module in (predictor_importance, predictor_effects):
        run.analyses.directory.mkdir(exist_ok=True)
        result = module.make(run, survey, AnalysisSpec(), silent)
        run.analyses.keep(module.ANALYSIS.code, result)
    return run, survey


def test_the_predictor_that_matters_comes_first(trained) -> None:
    run, _ = trained
    result = run.analysis("importance")
    frame = importance_frame(result, "predictor")
    assert frame["title"].tolist()[0] == "a"
    assert frame["low"].iloc[0] > 0.1
    assert (frame["low"].iloc[1:] < 0.05).all()
    assert result.facts["used"] == result.facts["cases"] == run.facts.cases["validation"]
    assert most_important(result)[0] == "a"


def test_it_starts_from_the_score_of_networks_that_left_the_rows_out(trained) -> None:
    """Without any permutation the figures are those of the run on its validation part."""
    run, survey = trained
    prepared = prepare(survey, run.experiment)
    networks = Networks.load(run.directory / "model.keras", run.experiment.network, prepared.target)
    part = prepared.parts["validation"]
    evaluator = predictor_importance._evaluator(networks, prepared, np.arange(len(part)))
    predicted = evaluator(part.x[np.newaxis])[0]
    value = evaluate(Kind.BINARY, part.y, predicted, training_mean=None)["auc"]
    scores = run.metrics.set_index(["part", "metric"])["value"]
    assert value == pytest.approx(scores["validation", "auc"], abs=1e-6)


def test_the_curve_of_the_predictor_that_matters_rises(trained) -> None:
    run, _ = trained
    result = run.analysis("dependence")
    curves = result.tables["curves"]
    reach = curves.groupby("predictor")["value"].agg(lambda v: v.max() - v.min())
    assert reach["a"] > 0.4
    assert reach.drop("a").max() < 0.2
    a = curves[curves["predictor"] == "a"].sort_values("x")
    assert a["value"].is_monotonic_increasing
    assert result.facts["predictors"][0]["method"] == "pd"
    singles = result.tables["singles"]
    assert (
        singles[singles["predictor"] == "a"]["row"].nunique() == predictor_effects.MOST_SINGLE_CASES
    )


def test_pictures_are_drawn_of_the_validation_part_alone(trained) -> None:
    run, survey = trained
    part = RunPart(run, "validation", survey)
    drawn = [d.draw(part) for d in DIAGNOSTICS if d.section is Section.DRIVERS and d.applies(part)]
    assert [p.code for p in drawn] == ["importance", *(f"dependence_{i}" for i in (1, 2, 3))]
    for picture in drawn:
        json.dumps(picture.chart.to_dict(), allow_nan=False)
        assert "association, not effect" in picture.caption.lower()
        assert "validation part" in picture.caption
        assert picture.alt
    assert "a" in drawn[1].question
    test = RunPart(run, "test", survey)
    assert not any(d.applies(test) for d in DIAGNOSTICS if d.section is Section.DRIVERS)


def with_twin(survey):
    """Predictor b becomes a copy of a with a little noise; c gets three categories."""
    rng = np.random.default_rng(5)
    frame = survey.frame.copy()
    frame["b"] = frame["a"] + rng.normal(0, 0.2, len(frame))
    return type(survey)(survey.name, frame, survey.variables, survey.source)


def test_correlated_predictors_are_named_and_looked_at_together(tmp_path) -> None:
    survey = with_twin(make_survey(400))
    experiment = make_experiment(training=TrainingSpec(epochs=40, members=1, learning_rate=0.02))
    run = run_experiment(survey, experiment, tmp_path / "run")
    run.analyses.directory.mkdir(exist_ok=True)
    result = predictor_importance.make(run, survey, AnalysisSpec(blocks=Blocks.CORRELATION), silent)
    run.analyses.keep("importance", result)
    ((first, second, size),) = result.facts["pairs"]
    r = np.corrcoef(*survey.frame[["a", "b"]].to_numpy().T)[0, 1]
    assert (first, second) == ("a", "b") and size == pytest.approx(r, abs=0.02)
    assert result.facts["blocks"] == [["a", "b"], ["c"]]
    alone = importance_frame(result, "predictor").set_index("members")["value"]
    blocks = importance_frame(result, "block").set_index("title")["value"]
    together = blocks[[title for title in blocks.index if "+ 1 more" in title]].iloc[0]
    # Together they stand for all that either knows; one alone can lean on the other.
    assert together > max(alone["a"], alone["b"]) + 0.02
    moves = predictor_effects.make(run, survey, AnalysisSpec(), silent)
    run.analyses.keep("dependence", moves)
    methods = {about["name"]: about["method"] for about in moves.facts["predictors"]}
    assert methods == {"a": "ale", "b": "ale", "c": "pd"}
    part = RunPart(run, "validation", survey)
    drawn = {d.code: d.draw(part) for d in DIAGNOSTICS if d.section is Section.DRIVERS
             and d.applies(part)}  # fmt: skip
    assert "Correlated: a and b (0.9" in drawn["importance"].caption
    assert "Accumulated local effects" in drawn["dependence_1"].caption
    by_name = predictor_importance.make(run, survey, AnalysisSpec(blocks=Blocks.NAMES), silent)
    assert by_name.facts["blocks"] == [["a"], ["b"], ["c"]]
    assert [pair[:2] for pair in by_name.facts["between_blocks"]] == [("a", "b")]


def test_dependence_needs_importance(trained, tmp_path) -> None:
    run, survey = trained
    kept = run.analyses.directory / "importance.json"
    text = kept.read_text()
    kept.unlink()
    try:
        with pytest.raises(UserError, match="important"):
            predictor_effects.make(run, survey, AnalysisSpec(), silent)
    finally:
        kept.write_text(text)


def test_a_block_is_named_by_its_most_important_predictor() -> None:
    rows = [("predictor", "x", "auc", 0.1), ("predictor", "y", "auc", 0.3),
            ("block", "x\ny", "auc", 0.5), ("block", "z", "auc", None)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["level", "group", "metric", "value"])
    table = pd.concat([table, table.assign(metric="log_loss")], ignore_index=True)
    table = table.assign(low=table["value"] - 0.05, high=table["value"] + 0.05, error=0.01)
    facts = {"metric": "auc", "loss": "log_loss", "titles": {"x": "X", "y": "Why", "z": "Z"}}
    frame = importance_frame(AnalysisResult(facts, {"importance": table}), "block")
    assert frame["title"].tolist() == ["Why + 1 more"]
    assert frame["members"].tolist() == ["Why; X"]
    assert frame["text"].tolist() == ["0.500 (0.450 to 0.550)"]
