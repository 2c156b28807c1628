"""What a run keeps of calibration and of how sure its predictions are."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dnn_core.errors import UserError
from dnn_core.evaluation.calibration.conformal import fit_conformal
from dnn_core.evaluation.calibration.recalibration import Recalibrated, cross_fit, fit_recalibration
from dnn_core.runs.execution.execute import open_test
from dnn_core.runs.held_out import Tried
from dnn_core.specs import Kind

CATEGORIES = (Kind.BINARY, Kind.MULTICLASS, Kind.ORDINAL)


def _validation(run):
    """Observed and predicted validation rows by the convention of the metrics."""
    table = run.predictions.query("part == 'validation'")
    if run.kind.numeric:
        return table["observed"].to_numpy(), table["predicted"].to_numpy()
    labels = run.facts.coding.labels
    y = table["observed"].map({label: i for i, label in enumerate(labels)}).to_numpy()
    return y, table[[f"probability_{label}" for label in labels]].to_numpy()


@pytest.mark.parametrize("kind", list(Kind))
def test_it_is_learnt_from_validation_rows(trained, kind):
    run = trained(kind)
    y, predicted = _validation(run)
    conformal = run.conformal
    expected = fit_conformal(kind, y, predicted)
    assert conformal.cases == len(y)
    assert conformal.thresholds == pytest.approx(expected.thresholds, rel=1e-5)
    if kind.numeric:
        assert run.recalibration is None
    else:
        again = fit_recalibration(kind, y, predicted)
        assert run.recalibration.temperature == pytest.approx(again.temperature, rel=1e-4)


@pytest.mark.parametrize("kind", list(Kind))
def test_figures_before_and_after_stand_beside_each_other(trained, kind):
    table = trained(kind).calibration
    assert set(table["part"]) == {"validation"}
    if kind.numeric:
        assert table["version"].unique().tolist() == ["learnt"]
        assert table["figure"].tolist() == ["slope", "intercept"]
        return
    counts = table.groupby("version")["figure"].apply(list)
    assert set(counts.index) == {"learnt", "temperature", "isotonic"}
    assert counts["learnt"] == counts["temperature"] == counts["isotonic"]
    learnt = table[table["version"] == "learnt"].set_index("figure")
    for figure in ("log_loss", "rps" if kind is Kind.ORDINAL else "brier"):
        metrics = trained(kind).metrics.query("part == 'validation'").set_index("metric")
        assert learnt.loc[figure, "value"] == pytest.approx(metrics.loc[figure, "value"], rel=1e-5)


@pytest.mark.parametrize("kind", CATEGORIES)
def test_each_case_is_recalibrated_by_maps_that_were_fitted_without_it(trained, kind):
    run = trained(kind)
    y, predicted = _validation(run)
    apart = cross_fit(kind, y, predicted, seed=run.experiment.seed)
    table = run.calibration.query("figure == 'log_loss'").set_index("version")["value"]
    for choice in (Recalibrated.TEMPERATURE, Recalibrated.ISOTONIC):
        assert table[choice.value] == pytest.approx(_log_loss(y, apart[choice]), rel=1e-4)
    # Maps are praised on the cases they were bent to.
    bent = _log_loss(y, run.recalibration.apply(Recalibrated.ISOTONIC, predicted))
    assert bent < table["isotonic"] - 0.01


def _log_loss(y, probabilities):
    return -np.log(probabilities[np.arange(len(y)), y]).mean()


def test_on_the_test_part_maps_are_those_of_validation_rows(trained, copy_of, survey):
    run = copy_of(trained(Kind.BINARY))
    before = (run.directory / "recalibration.json").read_bytes()
    open_test(run, survey, tried=Tried())
    assert (run.directory / "recalibration.json").read_bytes() == before
    table = run.calibration.query("part == 'test' and figure == 'brier'").set_index("version")
    cases = run.predictions.query("part == 'test'")
    positive = run.facts.coding.positive
    p = cases[f"probability_{positive}"].to_numpy(dtype="float64")
    tempered = run.recalibration.apply(Recalibrated.TEMPERATURE, np.column_stack([1 - p, p]))
    happened = (cases["observed"] == positive).to_numpy()
    expected = ((tempered[:, 1] - happened) ** 2).mean()
    assert table.loc["temperature", "value"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", list(Kind))
def test_new_rows_get_an_interval_or_a_set(trained, survey, kind):
    run = trained(kind)
    rows = survey.frame.head(20)
    predictor = run.predictor()
    plain, sure = predictor.predictions(rows), predictor.predictions_with_intervals(rows, level=80)
    assert sure[plain.columns].equals(plain)
    if kind.numeric:
        low, high = run.conformal.intervals(plain["predicted"].to_numpy(), 80)
        assert np.array_equal(sure["low_80"], low)
        assert np.array_equal(sure["high_80"], high)
        return
    labels = run.facts.coding.labels
    probabilities = plain[[f"probability_{label}" for label in labels]].to_numpy()
    sets = run.conformal.sets(probabilities, 80)
    for words, inside in zip(sure["set_80"], sets, strict=True):
        named = np.array(labels)[inside]
        span = kind is Kind.ORDINAL and len(named) > 2
        assert words == (f"{named[0]} to {named[-1]}" if span else " or ".join(named))


@pytest.mark.parametrize("kind", CATEGORIES)
def test_probabilities_are_recalibrated_on_demand_and_sets_stay(trained, survey, kind):
    run = trained(kind)
    rows = survey.frame.head(20)
    predictor = run.predictor()
    plain = predictor.predictions_with_intervals(rows)
    names = [f"probability_{label}" for label in run.facts.coding.labels]
    for choice in (Recalibrated.TEMPERATURE, Recalibrated.ISOTONIC):
        result = predictor.predictions_with_intervals(rows, recalibrated=choice)
        expected = run.recalibration.apply(choice, plain[names].to_numpy())
        assert result[names].to_numpy() == pytest.approx(expected)
        assert result["set_90"].equals(plain["set_90"])


def test_a_level_that_nobody_knows_is_refused(trained, survey):
    predictor = trained(Kind.BINARY).predictor()
    with pytest.raises(UserError, match="no intervals of this level") as refused:
        predictor.predictions_with_intervals(survey.frame.head(2), level=91)
    assert "91" in str(refused.value)


def test_both_files_are_plain_numbers(trained):
    run = trained(Kind.ORDINAL)
    for name in ("conformal", "recalibration"):
        values = json.loads((run.directory / f"{name}.json").read_text())
        assert values["kind"] == "ordinal"
