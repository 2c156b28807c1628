"""A case of weight 2 is the case twice, in every figure that is drawn of a run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.diagnostics.baselines_plot import design_words
from dnn_core.diagnostics.calibration_plot import calibration_frame
from dnn_core.diagnostics.confusion import Confusion
from dnn_core.diagnostics.marks.scatter import cases_frame
from dnn_core.diagnostics.precision_recall import PrecisionRecall
from dnn_core.diagnostics.residual_distribution import ResidualDistribution
from dnn_core.diagnostics.residuals import typical_residuals
from dnn_core.diagnostics.roc import Roc
from dnn_core.evaluation.inference.design_effect import weighted_median, wilson_interval
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind, Task

LABELS = {Kind.REGRESSION: (), Kind.BINARY: ("no", "yes"), Kind.MULTICLASS: ("a", "b", "c")}


def twice(make_run, kind: Kind) -> tuple[RunPart, RunPart]:
    """A run with weights 0 to 3, and one with each case as often as its weight says."""
    weighted, repeated = make_run(kind, labels=LABELS[kind]), make_run(kind, labels=LABELS[kind])
    table = weighted.predictions
    weight = np.random.default_rng(4).integers(0, 4, len(table))
    table.assign(weight=weight.astype("float32")).to_parquet(
        weighted.directory / "predictions.parquet"
    )
    rows = table.loc[np.repeat(table.index, weight)].reset_index(drop=True)
    rows.to_parquet(repeated.directory / "predictions.parquet")
    return RunPart(weighted), RunPart(repeated)


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS])
@pytest.mark.parametrize("diagnostic", [Confusion(), Roc(), PrecisionRecall()])
def test_of_categories(make_run, kind: Kind, diagnostic) -> None:
    weighted, repeated = twice(make_run, kind)
    # The second run has other numbers of cases than its facts say.
    repeated.__dict__["facts"] = weighted.facts.model_copy(
        update={"cases": {"validation": len(repeated.observed)}}
    )
    result, expected = diagnostic.frame(weighted), diagnostic.frame(repeated)
    same = ["share"] if "share" in result else ["x", "y"]
    pd.testing.assert_frame_equal(result[same], expected[same])
    assert " weighted." in diagnostic.caption(weighted)
    assert "weighted" not in diagnostic.caption(repeated)
    if not isinstance(diagnostic, Confusion):
        assert (
            diagnostic._words(weighted)["text"].tolist()[1:]
            == (diagnostic._words(repeated)["text"].tolist()[1:])
        )


def test_of_residuals(make_run) -> None:
    weighted, repeated = twice(make_run, Kind.REGRESSION)
    share = ResidualDistribution().frame(weighted)
    residuals = repeated.observed - repeated.predicted
    edges = [*share["start"], share["end"].iloc[-1]]
    expected = np.histogram(residuals, edges)[0] / len(residuals)
    assert share["share"].to_numpy() == pytest.approx(expected)
    frame = cases_frame(weighted).query("weight > 0").reset_index(drop=True)
    reduced = frame.head(8)
    (result,) = typical_residuals(reduced).to_numpy()
    again = reduced.loc[np.repeat(reduced.index, reduced["weight"].astype(int))]
    assert result == pytest.approx(again[["predicted", "residual"]].median().to_numpy())


def test_of_calibration() -> None:
    generator = np.random.default_rng(2)
    probability = generator.random(35)
    happened = generator.random(35) < probability
    weight = generator.integers(0, 3, 35)
    # So few cases make one bin, with all of the weight.
    (row,) = calibration_frame(probability, happened, weight).itertuples()
    assert row.predicted == pytest.approx(np.repeat(probability, weight).mean())
    assert row.observed == pytest.approx(np.repeat(happened, weight).mean())
    worth = weight.sum() ** 2 / (weight**2).sum()
    assert (row.low, row.high) == pytest.approx(wilson_interval(row.observed * worth, worth))
    assert row.cases == 35


@pytest.mark.parametrize("seed", range(10))
def test_weighted_median(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values, weight = generator.normal(size=15), generator.integers(0, 4, 15)
    expected = np.median(np.repeat(values, weight))
    assert weighted_median(values, weight) == pytest.approx(expected)
    assert weighted_median(values, None) == pytest.approx(np.median(values))


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({}, ""),
        ({"strata": "s"}, " Intervals are over cases within strata, with the models as fitted."),
        (
            {"cluster": "c", "strata": "s"},
            " Intervals are over whole clusters within strata, with the models as fitted.",
        ),
        (
            {"weight": "w", "replicates": {"columns": "r*", "method": "brr"}},
            " Intervals are by replicate weights, with the models as fitted.",
        ),
    ],
)
def test_what_varies_is_said(make_run, task: dict, words: str) -> None:
    run = make_run(Kind.REGRESSION)
    asked = run.experiment.but(task=Task(target="y", features=("x",), **task))
    run.write("experiment.json", asked.model_dump_json())
    assert design_words(RunPart(type(run)(run.directory))) == words


def test_what_weights_cost_is_said(make_run) -> None:
    weighted, _ = twice(make_run, Kind.REGRESSION)
    weight = weighted.weight
    assert weight is not None
    worth = weight.sum() ** 2 / (weight**2).sum()
    assert f"as precise as {worth:,.0f} cases of equal weight" in design_words(weighted)
