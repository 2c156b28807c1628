"""How robust a run is: offered, asked for, followed, and shown."""

from __future__ import annotations

import pandas as pd

from dnn_core.diagnostics.diagnostic import Section
from dnn_core.runs.analyses import Stage
from dnn_core.runs.analysis_result import AnalysisResult

QUESTION = "Is it better on other rows as well?"


def found(run) -> AnalysisResult:
    """Scores on three folds with two seeds, as an analysis leaves them."""
    metric = "auc"
    models = {**run.facts.baselines, "network": "This network"}
    rows = [
        (model, size, int(90 * size), 0, fold, seed, metric, 0.6 + 0.05 * fold + 0.01 * seed)
        for model in models
        for size in (0.5, 1.0)
        for fold in range(3)
        for seed in range(2 if model == "network" and size == 1 else 1)
    ]
    columns = ["model", "size", "cases", "repeat", "fold", "seed", "metric", "value"]
    curves = [(1, part, 0.4, 0.5, 0.6, 6) for part in ("training", "validation")]
    return AnalysisResult(
        {"metric": metric, "models": models, "in_time_order": False, "rows": 120},
        {
            "scores": pd.DataFrame(rows, columns=columns),
            "inner": pd.DataFrame([], columns=["model", "repeat", "fold", "seed", "value"]),
            "folds": pd.DataFrame({"repeat": 0, "fold": range(3), "learnt": 90, "evaluated": 30}),
            "curves": pd.DataFrame(
                curves, columns=["epoch", "part", "low", "middle", "high", "networks"]
            ),
        },
    )


def test_it_is_offered_with_what_it_takes_and_handed_to_a_worker(
    app, finished, button, compute, words
):
    run = finished("binary")
    at = app("diagnose", run=run.id)
    assert "Would other rows and another seed say the same?" in words(at)
    folds = next(field for field in at.number_input if field.label == "Folds")
    folds.set_value(4).run()
    assert "4 folds" in words(at)
    button(at, "How robust is this?").click().run()
    assert not at.exception
    ((run_id, asked),) = compute.analysed
    assert run_id == run.id and asked.folds == 4


def test_it_is_followed_and_can_be_stopped(app, finished, button, compute, words):
    run = finished("binary")
    at = app("diagnose", run=run.id)
    button(at, "How robust is this?").click().run()
    run.analyses.update(stage=Stage.RUNNING, title="Training on other rows", share=0.4)
    at.run()
    button(at, "Stop").click().run()
    assert not at.exception
    assert run.analyses.stop_requested


def test_what_was_found_is_drawn_and_judged(app, finished, words):
    run = finished("binary")
    at = app("diagnose", run=run.id)
    (section,) = at.segmented_control
    section.set_value(Section.ROBUST).run()
    assert QUESTION not in [h.value for h in (*at.header, *at.subheader)]
    assert "It has not been computed yet" in words(at)
    run.analyses.directory.mkdir()
    run.analyses.keep("resampling", found(run))
    at.run()
    assert not at.exception
    assert QUESTION in [h.value for h in (*at.header, *at.subheader)]
    # Its first seed is as good as the baselines, its second a little better, on every fold.
    assert "on other rows, too" in words(at)
    assert "Ask again how robust this is" in [e.label for e in at.expander]


def test_a_failure_is_said_and_it_can_be_asked_for_again(app, finished, button, words):
    run = finished("binary")
    at = app("diagnose", run=run.id)
    button(at, "How robust is this?").click().run()
    run.analyses.end(Stage.FAILED, "The computing process ended meanwhile.")
    at.run()
    assert "Analysis failed" in words(at) and "ended meanwhile" in words(at)
    assert button(at, "How robust is this?")
