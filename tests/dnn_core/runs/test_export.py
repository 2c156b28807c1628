import io
import json
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.codebook import apply_codebook, read_codebook
from dnn_core.data.readers import read_bytes
from dnn_core.errors import UserError
from dnn_core.runs.execute import open_test, run_experiment
from dnn_core.runs.export import (
    beside,
    model_bytes,
    package_bytes,
    predictions_csv,
    write_package,
)
from dnn_core.runs.readme import describe_edits
from dnn_core.runs.records import now
from dnn_core.runs.seal import Tried, describe_opening
from dnn_core.specs import (
    EncodingSpec,
    Experiment,
    Imputation,
    Kind,
    Ordered,
    Replicates,
    Scaling,
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


# Predictions ---------------------------------------------------------------------


def test_predictions_stand_beside_the_original_columns(trained, survey):
    run = trained(Kind.MULTICLASS)
    table = read(predictions_csv(run, survey))
    assert list(table.columns) == [
        "row",
        "split",
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
    assert table["split"].tolist() == expected["split"].tolist()
    assert table["region"].tolist() == survey.frame["region"].iloc[rows].tolist()
    assert table["postcode"].tolist() == survey.frame["postcode"].iloc[rows].tolist()
    assert table["predicted"].unique().tolist() == ["guess"]
    found = table["probability_=right"].astype("float32").to_numpy()
    assert np.array_equal(found, expected["probability_=right"].to_numpy())


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
    assert set(table["split"]) == {"training", "validation"}
    assert table["test_part"].unique().tolist() == ["sealed, never opened"]


def test_an_opened_test_part_says_when_and_after_how_many_runs(trained, survey, copy_of):
    run = copy_of(trained(Kind.BINARY))
    open_test(run, survey, tried=Tried(3, 2, 1))
    table = read(predictions_csv(run, survey))
    assert set(table["split"]) == {"training", "validation", "test"}
    assert len(table) == len(survey)
    words = f"opened {now():%Y-%m-%d}"
    assert table["test_part"].str.startswith(words).all()
    assert table["test_part"][0].endswith(
        "UTC, after 3 configurations, this one included, and 2 appraisals on the same file and "
        "outcome; their test part had been opened before, by another run"
    )
    files = unzip(package_bytes(run, survey))
    said = table["test_part"][0]
    assert said in files["README.txt"].decode()
    noted = json.loads(files["about.json"])["test_part"]
    assert noted["in_words"] == said
    assert noted["sealed"]["rows_sha256"] == run.seal.rows_sha256
    assert set(read(files["metrics.csv"])["split"]) == {"training", "validation", "test"}
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
    assert set(files) == {*TABLE_FILES, "report.html"}
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
        run.export(tmp_path / "run.zip")
    assert not list(tmp_path.glob("*.zip"))


# Package -------------------------------------------------------------------------


def test_the_package_holds_what_it_says(trained, survey, tmp_path):
    run = trained(Kind.MULTICLASS)
    path = write_package(run, tmp_path / "first.zip", survey)
    files = unzip(path.read_bytes())
    assert set(files) == TABLE_FILES
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
        "split",
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
        "Beside it  Most frequent category; Logistic regression; Penalised logistic regression; "
        "Gradient boosting\n" in files["README.txt"].decode()
    )
    assert (
        metrics["low"].replace("", "-inf").astype(float) <= metrics["value"].astype(float)
    ).all()


def test_versions_are_pinned_as_they_were(trained):
    run = trained(Kind.MULTICLASS)
    lines = unzip(package_bytes(run))["requirements.txt"].decode().splitlines()
    versions = run.about["versions"]
    assert lines[0] == f"# Python {versions['python']}"
    assert [line.split("==")[0] for line in lines[1:]] == [
        "tensorflow",
        "keras",
        "scikit-learn",
        "skops",
        "pandas",
        "numpy",
    ]
    assert all(versions[name] == version for name, version in (x.split("==") for x in lines[1:]))


def test_without_the_data_no_row_of_them_is_in_the_package(trained, survey):
    run = trained(Kind.REGRESSION)
    files = unzip(package_bytes(run))
    assert list(read(files["predictions.csv"]).columns) == [
        "row",
        "split",
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
        assert all(name in text for name in set(files) - {"README.txt"})
        assert ("encoder.skops      " in text) == ("encoder.skops" in files)
        assert "{" not in text


# Scoring without the project -----------------------------------------------------

RUNNER = """
import runpy, sys
sys.dont_write_bytecode = True
for folder, given, scored in zip(*[iter(sys.argv[1:])] * 3):
    sys.argv = ["score.py", given, scored]
    runpy.run_path(folder + "/score.py", run_name="__main__")
loaded = [name for name in sys.modules if name.partition(".")[0] == "dnn_core"]
assert not loaded, loaded
try:
    import dnn_core
except ModuleNotFoundError:
    print("no project here")
"""


ENCODINGS = {
    "standard": EncodingSpec(scaling=Scaling.STANDARD),
    "bins": EncodingSpec(bins=4),
    "neighbours": EncodingSpec(
        imputation=Imputation.NEIGHBOURS, ordered=Ordered.THRESHOLDS, bins=2
    ),
}
"""Besides the default, which every other run here has."""


@pytest.fixture(scope="module")
def encoded_otherwise(survey, make, tmp_path_factory):
    """Runs by name of an encoding that is not the default."""
    folder = tmp_path_factory.mktemp("encoded")
    return {
        name: run_experiment(survey, make.experiment(encoding=encoding), folder / name)
        for name, encoding in ENCODINGS.items()
    }


@pytest.fixture(scope="module")
def scored(trained, trained_on_digits, encoded_otherwise, digits, make, tmp_path_factory):
    """Every package scores a new file, in one process that knows nothing of the project."""
    folder = tmp_path_factory.mktemp("elsewhere")
    new = make.survey_bytes(rows=40, seed=99)
    (folder / "new.csv").write_bytes(new)
    np.save(folder / "new.npy", digits.images[:20])
    np.savetxt(folder / "pixels.csv", digits.images[:20].reshape(20, -1), "%d", ",")
    jobs = [(kind.value, trained(kind), "new.csv") for kind in Kind]
    jobs += [(name, run, "new.csv") for name, run in encoded_otherwise.items()]
    jobs += [("npy", trained_on_digits, "new.npy"), ("pixels", trained_on_digits, "pixels.csv")]
    arguments = []
    for name, run, given in jobs:
        with zipfile.ZipFile(io.BytesIO(package_bytes(run))) as archive:
            archive.extractall(folder / name)
        arguments += [folder / name, folder / given, folder / f"{name}.csv"]
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no project here" in done.stdout
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name, _, _ in jobs}
    return SimpleNamespace(tables=tables, new=read_bytes(new, "new.csv"), folder=folder)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_script_predicts_exactly_what_the_predictor_predicts(scored, trained, kind):
    table = scored.tables[kind.value]
    expected = trained(kind).predictor().predictions(scored.new.frame)
    added = [name for name in expected if name.startswith("probability_")]
    assert len(table) == 40
    predicted = table["predicted_2"]
    if kind.numeric:
        assert np.array_equal(predicted.astype("float32"), expected["predicted"])
    else:
        assert (
            predicted.astype("str").str.removeprefix("'").tolist() == expected["predicted"].tolist()
        )
    for name in added:
        assert np.array_equal(table[name].astype("float32"), expected[name].astype("float32"))
    sure = trained(kind).predictor().sure_predictions(scored.new.frame)
    for name in ("low_90", "high_90") if kind.numeric else ("set_90",):
        said = table[name] if kind.numeric else table[name].astype("str").str.removeprefix("'")
        assert said.tolist() == pytest.approx(sure[name].tolist())
    # The columns of the file are still there, before what was added.
    assert list(table.columns)[:3] == ["age", "income", "region"]


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_script_encodes_as_the_run_does(scored, encoded_otherwise, name):
    expected = encoded_otherwise[name].predictor().predictions(scored.new.frame)
    for column in ("probability_centre", "probability_The left", "probability_=right"):
        found = scored.tables[name][column]
        assert np.array_equal(found.astype("float32"), expected[column].astype("float32"))


def test_a_package_says_that_it_holds_numbers_of_training_rows(encoded_otherwise):
    for name, run in encoded_otherwise.items():
        text = unzip(package_bytes(run))["README.txt"].decode()
        assert ("numbers of up to 1,000 training rows" in text) is (name == "neighbours")


@pytest.mark.parametrize("name", ["npy", "pixels"])
def test_the_script_scores_images_from_either_kind_of_file(scored, trained_on_digits, digits, name):
    table = scored.tables[name]
    expected = trained_on_digits.predictor().predict_images(digits.images[:20])
    assert table["predicted"].astype(str).tolist() == expected["predicted"].tolist()
    for digit in range(10):
        column = f"probability_{digit}"
        assert np.array_equal(table[column].astype("float32"), expected[column])


def test_new_rows_keep_their_columns_and_get_what_is_predicted() -> None:
    new = pd.DataFrame({"age": [30], "predicted": ["mine"]}, index=[7])
    said = pd.DataFrame(
        {
            "row": [0],
            "split": ["new"],
            "observed": [None],
            "predicted": ["yes"],
            "probability_yes": [0.9],
        }
    )
    together = beside(new, said)
    assert together.to_dict("records") == [
        {"age": 30, "predicted": "mine", "predicted_2": "yes", "probability_yes": 0.9}
    ]


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
    with pytest.raises(UserError, match="fits 1 column"):
        run_experiment(survey, experiment, tmp_path / "refused")
    task = experiment.task.but(replicates=None)
    run = run_experiment(survey, experiment.but(task=task), tmp_path / "run")
    readme = unzip(package_bytes(run))["README.txt"].decode()
    assert "Weight     weight; design effect (Kish): training " in readme
    assert "Cluster    village\n" in readme and "Strata     region\n" in readme
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment
