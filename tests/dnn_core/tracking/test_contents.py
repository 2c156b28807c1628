"""What is sent of a run, without a server."""

import json
import shutil

import pytest

from dnn_core.runs.run import Run
from dnn_core.tracking import contents

pytestmark = pytest.mark.training


def test_every_setting_is_a_parameter(run):
    result = contents.parameters(run)
    assert result["task.target"] == "voted"
    assert json.loads(result["task.features"]) == ["age", "trust"]
    assert result["network.hidden.1.units"] == "4" and result["network.hidden.2.dropout"] == "0.1"
    assert result["training.early_stopping"] == "false"
    # Each leaf of experiment.json, counted by hand of another walk.
    whole = json.loads((run.directory / "experiment.json").read_text())
    assert len(result) == _leaves(whole)


def _leaves(value):
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return sum(map(_leaves, value))
    return 1


def test_long_lists_are_cut_off_to_what_mlflow_takes(run):
    names = tuple(f"question_{number:04}" for number in range(2000))
    longer = Run(run.directory)
    longer.experiment = run.experiment.but(
        task=run.experiment.task.model_copy(update={"features": names})
    )
    assert len(contents.parameters(longer)["task.features"]) == contents.LONGEST_PARAMETER


def test_curves_are_the_mean_and_each_networks_own(run):
    points = list(contents.curves(run))
    own = {(p.name, p.step): p.value for p in points}
    history = run.history.set_index(["member", "epoch"])
    assert own["network_2/val_loss", 3] == history.loc[(2, 3), "val_loss"]
    both = history.xs(3, level="epoch")["val_loss"]
    assert own["curves/val_loss", 3] == pytest.approx(both.mean())
    assert own["network_2/penalty", 3] == history.loc[(2, 3), "penalty"]
    # Three groups of seven curves over four epochs.
    assert len(points) == len(own) == 3 * 7 * 4


def test_figures_have_intervals_and_the_test_part_only_once_opened(run):
    figures = {point.name: point.value for point in contents.figures(run)}
    auc = run.metrics.query("part == 'validation' and metric == 'auc'").iloc[0]
    assert figures["validation/auc"] == auc["value"]
    assert (figures["validation/auc_low"], figures["validation/auc_high"]) == (
        auc["low"],
        auc["high"],
    )
    assert any(name.startswith("validation/baseline_") for name in figures)
    assert not any(name.startswith("test/") for name in figures)
    assert figures["cases_training"] == run.facts.cases["training"]


def test_no_row_of_the_data_is_among_the_files(run, workspace, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    contents.write_files(run, folder, workspace.dataset_of(run))
    names = {path.name for path in folder.iterdir()}
    assert {"model.keras", "experiment.json", "report.html", "encoder.skops", "score.py"} <= names
    assert "predictions.csv" not in names


def test_an_encoder_that_holds_rows_stays_here(run, tmp_path):
    copied = Run(shutil.copytree(run.directory, tmp_path / run.id))
    asked = run.experiment
    copied.experiment = asked.but(encoding=asked.encoding.but(imputation="neighbours"))
    folder = tmp_path / "files"
    folder.mkdir()
    contents.write_files(copied, folder, None)
    names = {path.name for path in folder.iterdir()}
    assert "model.keras" in names and not names & {"encoder.skops", "score.py", "predictions.csv"}
