import io
import json
import zipfile
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest

import dnn_core
from dnn_core.data.codebook import apply_codebook, read_codebook
from dnn_core.data.readers import read_bytes
from dnn_core.errors import UserError
from dnn_core.package.write_package import (
    model_bytes,
    package_bytes,
    predictions_csv,
    write_package,
)
from dnn_core.runs.execution.execute import open_test, run_experiment
from dnn_core.runs.held_out import Tried, describe_opening
from dnn_core.runs.records import describe_edits, now
from dnn_core.runs.run import Run
from dnn_core.specs import (
    Experiment,
    Kind,
    Replicates,
    Task,
    TrainingSpec,
)

TABLE_FILES = {
    "README.txt",
    "score.py",
    "requirements.txt",
    "model.keras",
    "encoder.json",
    "encoder.skops",
    "predictions.csv",
    "conformal.json",
    "recalibration.json",
    "calibration.csv",
    "metrics.csv",
    "gains.csv",
    "history.csv",
    "experiment.json",
    "codebook.json",
    "about.json",
    "audit.json",
}


def read(content):
    """A CSV of ours as a statistics program reads it, cells as they are written."""
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig")


def unzip(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def own(files):
    """Names of the files without those of the source that score.py needs."""
    return {name for name in files if not name.startswith("dnn_core/")}


# Predictions ---------------------------------------------------------------------


def test_predictions_stand_beside_the_original_columns(trained, survey):
    run = trained(Kind.MULTICLASS)
    table = read(predictions_csv(run, survey))
    assert list(table.columns) == [
        "row",
        "part",
        "age",
        "income",
        "region",
        "postcode",
        "wave",
        "satisfied",
        "vote",
        "'=memo",
        "predicted",
        "weight",
        "village",
        "observed",
        # The data have a column “predicted” of their own.
        "predicted_2",
        "set_90",
        "probability_centre",
        "probability_The left",
        "probability_=right",
        "test_part",
    ]
    rows = table["row"].astype(int) - 1
    assert rows.is_monotonic_increasing
    assert rows.is_unique
    expected = run.predictions.set_index("row").loc[rows]
    assert table["part"].tolist() == expected["part"].tolist()
    assert table["region"].tolist() == survey.frame["region"].iloc[rows].tolist()
    assert table["postcode"].tolist() == survey.frame["postcode"].iloc[rows].tolist()
    assert table["predicted"].unique().tolist() == ["guess"]
    result = table["probability_=right"].astype("float32").to_numpy()
    assert np.array_equal(result, expected["probability_=right"].to_numpy())


def test_nothing_in_predictions_runs_as_a_formula(trained, survey):
    table = read(predictions_csv(trained(Kind.MULTICLASS), survey))
    cells = [cell for name in table for cell in [name, *table[name]]]
    suspicious = {cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")}
    assert suspicious == set()
    assert set(table["predicted_2"]) <= {"'=right", "The left", "centre"}


def test_numbers_stay_numbers(trained, survey):
    table = read(predictions_csv(trained(Kind.REGRESSION), survey))
    assert (table["predicted_2"].astype(float) > 0).all()
    assert table["satisfied"].astype(float).tolist() == [
        survey.frame["satisfied"][row] for row in table["row"].astype(int) - 1
    ]


def test_the_sealed_test_part_is_not_in_the_predictions(trained, survey):
    table = read(predictions_csv(trained(Kind.BINARY), survey))
    assert set(table["part"]) == {"training", "validation"}
    assert table["test_part"].unique().tolist() == ["sealed, never opened"]


def test_an_opened_test_part_says_when_and_after_how_many_runs(trained, survey, copy_of):
    run = copy_of(trained(Kind.BINARY))
    open_test(run, survey, tried=Tried(3, 2, 1))
    table = read(predictions_csv(run, survey))
    assert set(table["part"]) == {"training", "validation", "test"}
    assert len(table) == len(survey)
    words = f"opened {now():%Y-%m-%d}"
    assert table["test_part"].str.startswith(words).all()
    assert table["test_part"][0].endswith(
        "UTC, after 3 configurations, this one included, and 2 analyses on the same file and "
        "outcome; their test part had been opened before, by another run"
    )
    files = unzip(package_bytes(run, survey))
    said = table["test_part"][0]
    assert said in files["README.txt"].decode()
    noted = json.loads(files["about.json"])["test_part"]
    assert noted["in_words"] == said
    assert noted["sealed"]["rows_sha256"] == run.held_out.rows_sha256
    assert set(read(files["metrics.csv"])["part"]) == {"training", "validation", "test"}
    assert set(read(files["metrics.csv"])["test_part"]) == {said}


def test_the_model_says_what_became_of_the_test_part(trained, survey, copy_of):
    run = copy_of(trained(Kind.BINARY))
    assert b"Test part: sealed, never opened." in unzip(model_bytes(run))["README.txt"]
    open_test(run, survey, tried=Tried(7))
    assert describe_opening(run).encode() in unzip(model_bytes(run))["README.txt"]
    assert "7 configurations" in describe_opening(run)


def test_the_model_that_says_so_is_still_the_model(trained, tmp_path):
    import keras

    run = trained(Kind.BINARY)
    path = tmp_path / "with_words.keras"
    path.write_bytes(model_bytes(run))
    with_words = keras.saving.load_model(path, compile=False).get_weights()
    without = keras.saving.load_model(run.directory / "model.keras", compile=False).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(with_words, without, strict=True))


def test_a_report_is_in_the_package_and_named_there(trained, survey):
    run = trained(Kind.BINARY)
    files = unzip(package_bytes(run, survey, "<p>the report</p>"))
    assert own(files) == {*TABLE_FILES, "report.html"}
    assert files["report.html"] == b"<p>the report</p>"
    assert "\nreport.html        everything" in files["README.txt"].decode()
    assert "report.html" not in unzip(package_bytes(run, survey))["README.txt"].decode()


def test_other_data_are_refused(trained, make):
    other = make.read_survey(make.survey_bytes(seed=8))
    for export in (predictions_csv, package_bytes):
        with pytest.raises(UserError, match="not the data that the run was trained on"):
            export(trained(Kind.BINARY), other)


def test_a_run_without_a_network_cannot_be_exported(workspace, survey, make, tmp_path):
    run = workspace.new_run(survey, make.experiment())
    with pytest.raises(UserError, match="no trained network"):
        predictions_csv(run, survey)
    with pytest.raises(UserError, match="no trained network"):
        write_package(run, tmp_path / "run.zip")
    assert not list(tmp_path.glob("*.zip"))


# Package -------------------------------------------------------------------------


def test_the_package_holds_what_it_says(trained, survey, tmp_path):
    run = trained(Kind.MULTICLASS)
    path = write_package(run, tmp_path / "first.zip", survey)
    files = unzip(path.read_bytes())
    assert own(files) == TABLE_FILES
    assert list(tmp_path.iterdir()) == [path]
    assert files["model.keras"] == (run.directory / "model.keras").read_bytes()
    assert files["predictions.csv"] == predictions_csv(run, survey)
    assert json.loads(files["experiment.json"]) == run.experiment.model_dump(mode="json")
    about = json.loads(files["about.json"])
    assert about["data_fingerprint"] == survey.fingerprint
    assert about["sha256"] == survey.source.sha256
    assert about["rows"] == len(survey)
    history = read(files["history.csv"])
    assert history["epoch"].tolist() == ["1", "2", "3", "4"]


def test_edits_are_named_and_their_codebook_makes_the_same_data(trained, survey, make):
    files = unzip(package_bytes(trained(Kind.MULTICLASS), survey))
    text = " ".join(files["README.txt"].decode().split())
    assert (
        "Edits age (missing codes); postcode (level); wave (level); vote (value labels) Outcome"
    ) in text
    edits = json.loads(files["about.json"])["edits"]
    assert edits["age"] == {"Missing codes": ["", "99"]}
    assert edits["vote"] == {"Value labels": ["", "left = The left, right = =right"]}
    raw = read_bytes(make.survey_bytes(), "survey.csv")
    assert raw.fingerprint != survey.fingerprint
    again = apply_codebook(raw, read_codebook(files["codebook.json"]))
    assert again.fingerprint == survey.fingerprint


def test_without_edits_the_readme_says_so():
    assert describe_edits({}) == "none: variables are as they were read"
    many = {f"v{i}": {"Level": ["Metric", "Ordinal"]} for i in range(22)}
    assert describe_edits(many).endswith("v19 (level); and 2 more, see about.json")


def test_metrics_name_network_and_baselines(trained):
    metrics = read(unzip(package_bytes(trained(Kind.MULTICLASS)))["metrics.csv"])
    assert list(metrics.columns) == [
        "model",
        "part",
        "metric",
        "value",
        "low",
        "high",
        "unweighted",
        "test_part",
    ]
    assert list(dict.fromkeys(metrics["model"])) == [
        "Network",
        "Most frequent category",
        "Logistic regression",
        "Penalised logistic regression",
        "Gradient boosting",
    ]
    files = unzip(package_bytes(trained(Kind.MULTICLASS)))
    gains = read(files["gains.csv"])
    assert list(dict.fromkeys(gains["model"])) == list(dict.fromkeys(metrics["model"]))[1:]
    assert (
        "Baselines  Most frequent category; Logistic regression; Penalised logistic regression; "
        "Gradient boosting\n" in files["README.txt"].decode()
    )
    assert (
        metrics["low"].replace("", "-inf").astype(float) <= metrics["value"].astype(float)
    ).all()


def test_versions_are_pinned_as_they_were(trained):
    run = trained(Kind.MULTICLASS)
    files = unzip(package_bytes(run))
    lines = files["requirements.txt"].decode().splitlines()
    versions = run.about["versions"]
    assert versions["dnn-workbench"] == dnn_core.__version__
    assert f"(UTC) with DNN Workbench {dnn_core.__version__}." in files["README.txt"].decode()
    assert json.loads(files["about.json"])["versions"] == versions
    assert lines[0] == f"# Python {versions['python']}"
    assert [line.split("==")[0] for line in lines[1:]] == [
        "tensorflow",
        "keras",
        "scikit-learn",
        "scipy",
        "pandas",
        "numpy",
        "skops",
        "pyarrow",
        "pyreadstat",
        "python-calamine",
        "pydantic",
    ]
    pinned = dict(line.split("==") for line in lines[1:])
    assert pinned.pop("pydantic") == version("pydantic")
    assert all(versions[name] == number for name, number in pinned.items())


def test_a_run_of_an_earlier_release_needs_the_packages_of_the_source_that_goes_along(
    trained, copy_of
):
    run = copy_of(trained(Kind.REGRESSION))
    path = run.directory / "about.json"
    about = json.loads(path.read_text())
    del about["versions"]["python-calamine"]
    about["versions"] |= {"openpyxl": "3.1.5", "numpy": "2.3.0"}
    path.write_text(json.dumps(about))
    lines = unzip(package_bytes(Run(run.directory)))["requirements.txt"].decode().splitlines()
    assert f"python-calamine=={version('python-calamine')}" in lines
    assert "numpy==2.3.0" in lines and not any("openpyxl" in line for line in lines)


def test_without_the_data_no_row_of_them_is_in_the_package(trained, survey):
    run = trained(Kind.REGRESSION)
    files = unzip(package_bytes(run))
    assert list(read(files["predictions.csv"]).columns) == [
        "row",
        "part",
        "observed",
        "predicted",
        "low_90",
        "high_90",
        "test_part",
    ]
    assert "raw data are not in this package" in files["README.txt"].decode()
    assert (
        "only if you may pass on the data"
        in unzip(package_bytes(run, survey))["README.txt"].decode()
    )


def test_the_same_run_gives_the_same_bytes(trained, survey):
    run = trained(Kind.MULTICLASS)
    assert package_bytes(run, survey) == package_bytes(run, survey)


def test_the_readme_names_every_file(trained, trained_on_digits):
    for run in (trained(Kind.MULTICLASS), trained_on_digits):
        files = unzip(package_bytes(run))
        text = files["README.txt"].decode()
        assert all(name in text for name in own(files) - {"README.txt"})
        assert "\ndnn_core           the part of DNN Workbench that score.py needs" in text
        assert ("encoder.skops      " in text) == ("encoder.skops" in files)
        assert "{" not in text


# Design ------------------------------------------------------------------------


def test_readme_names_the_design_of_the_sample(survey, tmp_path):
    experiment = Experiment(
        task=Task(
            target="satisfied",
            features=("age",),
            weight="weight",
            cluster="village",
            strata="region",
            replicates=Replicates(columns="weight, wei*", method="jk1"),
        ),
        training=TrainingSpec(epochs=2, members=1),
    )
    with pytest.raises(UserError, match="matches only 1 column"):
        run_experiment(survey, experiment, tmp_path / "refused")
    task = experiment.task.but(replicates=None)
    run = run_experiment(survey, experiment.but(task=task), tmp_path / "run")
    readme = unzip(package_bytes(run))["README.txt"].decode()
    assert "Weight     weight; design effect (Kish): training " in readme
    assert "Cluster    village\n" in readme and "Strata     region\n" in readme
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment
