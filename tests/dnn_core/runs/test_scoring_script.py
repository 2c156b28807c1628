"""The package's script runs alone, and says and predicts what the dashboard says and predicts."""

import ast
import io
import json
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.new_file import read_new_file
from dnn_core.data.readers import Decimal, Delimiter, ReadOptions, Thousands, read_bytes
from dnn_core.evaluation.columns import report_columns
from dnn_core.package.scoring_script import scoring_files
from dnn_core.package.write_package import package_bytes
from dnn_core.runs.execution.execute import run_experiment
from dnn_core.specs import (
    EncodingSpec,
    Experiment,
    HiddenLayer,
    Imputation,
    Kind,
    NetworkSpec,
    Ordered,
    Scaling,
    Task,
    TrainingSpec,
)

pytestmark = pytest.mark.training

# What is carried ------------------------------------------------------------------


def test_the_carried_source_imports_nothing_that_a_prediction_does_not_need():
    files = scoring_files(pixels=False)
    modules = {name: source for name, source in files.items() if name.endswith(".py")}
    libraries = set()
    for name, source in modules.items():
        assert name == "score.py" or name.startswith("dnn_core/")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                libraries |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                libraries.add(node.module.partition(".")[0])
    libraries -= {*sys.stdlib_module_names, "dnn_core"}
    homes = packages_distributions()
    # Pydantic brings annotated-types.
    assert {homes[name][0] for name in libraries} - {"annotated-types"} == {
        "keras",
        "numpy",
        "pandas",
        "pyarrow",
        "pydantic",
        "pyreadstat",
        "python-calamine",
        "scikit-learn",
        "scipy",
        "skops",
    }
    assert not [name for name in modules if name.startswith(("dnn_core/runs", "dnn_core/training"))]
    assert "MIT License" in files["dnn_core/LICENSE"]


@pytest.mark.parametrize("pixels", [False, True])
def test_the_script_is_short_and_says_what_it_reads(pixels):
    script = scoring_files(pixels=pixels)["score.py"]
    assert len(script.splitlines()) < 40 and "{" not in script
    assert all(len(line) <= 100 for line in script.splitlines())
    assert ("digits.npy" in script) is pixels


# What a file may hold ---------------------------------------------------------------


def german(rows, seed):
    """Thousands marks beside dates."""
    rng = np.random.default_rng(seed)
    lines = ["einkommen;geboren;miete"]
    for _ in range(rows):
        income, year = rng.uniform(900, 9000), rng.integers(1940, 2000)
        words = f"{income:,.2f}".translate(str.maketrans(",.", ".,"))
        lines.append(f"{words};{rng.integers(10, 29)}.03.{year};{income / 10 + 2000 - year:.0f}")
    return ("\n".join(lines) + "\n").encode()


def codes(rows, seed, odd=()):
    """Thousands marks beside codes; then what training did not have."""
    rng = np.random.default_rng(seed)
    lines = ["income;channels;region;trust"]
    for _ in range(rows):
        income, code = rng.uniform(1000, 9000), rng.integers(3)
        channels, region = ("3,4", "1,2", "2")[code], ("north", "south")[rng.integers(2)]
        lines.append(f"{income:,.1f};{channels};{region};{income / 1000 + 3 * code:.2f}")
    return ("\n".join([*lines, *odd]) + "\n").encode()


def two_rows(rows, seed):
    """A question and its items above the answers."""
    rng = np.random.default_rng(seed)
    lines = ["trust;;age", "parliament;police;years"]
    lines += [f"{a};{b};{20 + 5 * a + b}" for a, b in rng.integers(1, 8, (rows, 2))]
    return ("\n".join(lines) + "\n").encode()


def spss(rows, seed, *, labels, folder):
    """Codes with labels, or the labels themselves."""
    rng = np.random.default_rng(seed)
    sex, age = rng.integers(1, 3, rows), rng.integers(18, 90, rows)
    frame = pd.DataFrame({"sex": sex * 1.0, "age": age * 1.0, "score": age / 10 + 3 * sex})
    names = {1: "female", 2: "male"}
    path = folder / "made.sav"
    if labels:
        pyreadstat.write_sav(frame.assign(sex=frame["sex"].map(names)), path)
    else:
        measures = {"sex": "nominal", "age": "scale", "score": "scale"}
        pyreadstat.write_sav(
            frame, path, variable_value_labels={"sex": names}, variable_measure=measures
        )
    return path.read_bytes()


ODD = ("thirty;3,4;East;1", '2,000.0;2;"south ";1', "1,500.0;;;1")


def cases(folder):
    """Training file with its name and options, target, predictors, new file with its name."""
    two = ReadOptions(delimiter=Delimiter.SEMICOLON, header_rows=2)
    marks = ReadOptions(
        delimiter=Delimiter.SEMICOLON, decimal=Decimal.COMMA, thousands=Thousands.POINT
    )
    return {
        "german": (german(80, 1), "old.csv", marks, ("einkommen", "geboren"), "miete"),
        "codes": (codes(80, 1), "old.csv", None, ("income", "channels", "region"), "trust"),
        "two_rows": (
            two_rows(80, 1),
            "old.csv",
            two,
            ("trust: parliament", "trust: police"),
            "age: years",
        ),
        "labels": (
            spss(80, 1, labels=False, folder=folder),
            "old.sav",
            None,
            ("sex", "age"),
            "score",
        ),
    }


def new_files(folder):
    return {
        "german": ("new.csv", german(9, 2)),
        "codes": ("new.csv", codes(9, 2, ODD)),
        "two_rows": ("new.csv", two_rows(9, 2)),
        "labels": ("new.sav", spss(9, 2, labels=True, folder=folder)),
    }


def train(content, name, options, features, target, directory):
    dataset = read_bytes(content, name, options)
    levels = dict.fromkeys(("sex", "channels", "region"), Level.NOMINAL)
    dataset = dataset.with_variables(
        tuple(
            v.model_copy(update={"level": levels.get(v.name, Level.INTERVAL)})
            for v in dataset.variables
        )
    )
    experiment = Experiment(
        task=Task(target=target, features=features, kind=Kind.REGRESSION),
        network=NetworkSpec(hidden=(HiddenLayer(units=4),)),
        training=TrainingSpec(epochs=3, batch_size=16, learning_rate=0.02, members=1),
    )
    return run_experiment(dataset, experiment, directory)


# Scoring without the project --------------------------------------------------------

RUNNER = """
import contextlib, io, json, runpy, sys
sys.dont_write_bytecode = True
# As if they were not installed: libraries that could use some of them do without.
ABSENT = ("streamlit", "dask", "distributed", "altair", "optuna", "mlflow", "jinja2", "tqdm")
sys.modules.update(dict.fromkeys(ABSENT))
said = []
for folder, given, scored in zip(*[iter(sys.argv[1:])] * 3):
    sys.argv = ["score.py", given, scored]
    with contextlib.redirect_stderr(io.StringIO()) as stream:
        try:
            runpy.run_path(folder + "/score.py", run_name="__main__")
        except SystemExit as end:
            said.append([end.code, stream.getvalue()])
loaded = sorted({name.partition(".")[0] for name, found in sys.modules.items() if found})
home = [m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "dnn_core"]
print(json.dumps({"said": said, "loaded": loaded, "home": home}))
"""

ENCODINGS = {
    "standard": EncodingSpec(scaling=Scaling.STANDARD),
    "bins": EncodingSpec(bins=4),
    "neighbours": EncodingSpec(
        imputation=Imputation.NEIGHBOURS, ordered=Ordered.THRESHOLDS, bins=2
    ),
}
"""Besides the default, which every other run here has."""

CASES = ("german", "codes", "two_rows", "labels")


@pytest.fixture(scope="module")
def encoded_otherwise(survey, make, tmp_path_factory):
    """Runs by name of an encoding that is not the default."""
    folder = tmp_path_factory.mktemp("encoded")
    return {
        name: run_experiment(survey, make.experiment(encoding=encoding), folder / name)
        for name, encoding in ENCODINGS.items()
    }


@pytest.fixture(scope="module")
def read_otherwise(tmp_path_factory):
    """Runs by name of what their files hold."""
    folder = tmp_path_factory.mktemp("read")
    return {name: train(*case, folder / name) for name, case in cases(folder).items()}


@pytest.fixture(scope="module")
def scored(
    trained, trained_on_digits, encoded_otherwise, read_otherwise, digits, make, tmp_path_factory
):
    """Every package scores a new file, in one process that knows nothing of the project."""
    folder = tmp_path_factory.mktemp("elsewhere")
    new = make.survey_bytes(rows=40, seed=99)
    (folder / "survey.csv").write_bytes(new)
    np.save(folder / "new.npy", digits.images[:20])
    np.savetxt(folder / "pixels.csv", digits.images[:20].reshape(20, -1), "%d", ",")
    jobs = [(kind.value, trained(kind), "survey.csv") for kind in Kind]
    jobs += [(name, run, "survey.csv") for name, run in encoded_otherwise.items()]
    jobs += [("npy", trained_on_digits, "new.npy"), ("pixels", trained_on_digits, "pixels.csv")]
    for name, (given, content) in new_files(folder).items():
        (folder / f"{name}-{given}").write_bytes(content)
        jobs.append((name, read_otherwise[name], f"{name}-{given}"))
    jobs.append(("absent", read_otherwise["codes"], "german-new.csv"))
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
    told = json.loads(done.stdout.splitlines()[-1])
    said = {name: outcome for (name, _, _), outcome in zip(jobs, told["said"], strict=True)}
    assert {name for name, (status, _) in said.items() if status} == {"absent"}, said
    return SimpleNamespace(
        tables={name: pd.read_csv(folder / f"{name}.csv") for name in said if name != "absent"},
        said={name: words for name, (_, words) in said.items()},
        new=read_bytes(new, "survey.csv"),
        folder=folder,
        told=told,
    )


def test_the_script_does_without_what_only_the_dashboard_needs(scored):
    assert "tensorflow" in scored.told["loaded"]
    absent = {"streamlit", "dask", "distributed", "altair", "optuna", "mlflow", "jinja2", "tqdm"}
    assert not absent & set(scored.told["loaded"])
    # From the first package, and from nowhere else.
    first = str(scored.folder / next(iter(Kind)).value)
    assert all(home.startswith(first) for home in scored.told["home"])


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
    sure = trained(kind).predictor().predictions_with_intervals(scored.new.frame)
    for name in ("low_90", "high_90") if kind.numeric else ("set_90",):
        said = table[name] if kind.numeric else table[name].astype("str").str.removeprefix("'")
        assert said.tolist() == pytest.approx(sure[name].tolist())
    # The columns of the file are still there, before what was added.
    assert list(table.columns)[:3] == ["age", "income", "region"]


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_script_encodes_as_the_run_does(scored, encoded_otherwise, name):
    expected = encoded_otherwise[name].predictor().predictions(scored.new.frame)
    for column in ("probability_centre", "probability_The left", "probability_=right"):
        result = scored.tables[name][column]
        assert np.array_equal(result.astype("float32"), expected[column].astype("float32"))


def test_a_package_says_that_it_holds_numbers_of_training_rows(encoded_otherwise):
    for name, run in encoded_otherwise.items():
        with zipfile.ZipFile(io.BytesIO(package_bytes(run))) as archive:
            text = archive.read("README.txt").decode()
        assert ("numbers of up to 1,000 training rows" in text) is (name == "neighbours")


@pytest.mark.parametrize("name", ["npy", "pixels"])
def test_the_script_scores_images_from_either_kind_of_file(scored, trained_on_digits, digits, name):
    table = scored.tables[name]
    expected = trained_on_digits.predictor().predict_images(digits.images[:20])
    assert table["predicted"].astype(str).tolist() == expected["predicted"].tolist()
    for digit in range(10):
        column = f"probability_{digit}"
        assert np.array_equal(table[column].astype("float32"), expected[column])


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_as_the_page_reads_it_with_the_same_report(scored, read_otherwise, name):
    run = read_otherwise[name]
    path = next(scored.folder.glob(f"{name}-new.*"))
    encoder = run.predictor().encoder
    # As `pages.evaluate_run.predict.new_file` does.
    new = read_new_file(path.read_bytes(), path.name, run.about["reading"], encoder.columns)
    expected = run.predictor().predictions_with_intervals(new.frame)
    table = scored.tables[name]
    for column in ("predicted", "low_90", "high_90"):
        result, wanted = table[column].to_numpy(), expected[column].to_numpy("float64")
        np.testing.assert_allclose(result, wanted, rtol=1e-6, atol=1e-6)
    report = report_columns(encoder, new.frame)
    remarks = report[report["problem"] != ""]
    for predictor, problem in zip(remarks["name"], remarks["problem"], strict=True):
        assert f"{predictor}: {problem}\n" in scored.said[name]
    assert f"{len(report) - len(remarks)} of them without a remark." in scored.said[name]


def test_numbers_dates_and_codes_are_those_of_the_file(scored):
    first = (scored.folder / "german-new.csv").read_text().splitlines()[1].split(";")
    income = float(first[0].replace(".", "").replace(",", "."))
    table = scored.tables["german"]
    assert table["einkommen"][0] == income > 900
    assert int(table["geboren"][0]) == int(first[1][-4:])
    assert set(scored.tables["codes"]["channels"].dropna()) <= {"3,4", "1,2", "2"}
    assert scored.tables["two_rows"]["trust: parliament"].between(1, 7).all()


def test_unknown_categories_words_among_numbers_and_labels_are_named(scored):
    assert (
        "Watch: income: 1 of 12 rows holds text where numbers are expected, such as “thirty”; they "
        "are treated as missing.\n" in scored.said["codes"]
    )
    assert "“East” (1)" in scored.said["codes"]
    assert (
        "Problem: sex: 9 of 9 rows hold categories that did not occur in training: "
        in scored.said["labels"]
    )
    assert "“female” (" in scored.said["labels"]
    # The word costs its own row: all others have the income that is written.
    assert scored.tables["codes"]["income"].tolist().count("thirty") == 1
    assert "2000.0" in scored.tables["codes"]["income"].tolist()


def test_absent_columns_are_named_and_nothing_is_written(scored):
    assert (
        "The file lacks 3 columns that the network was trained on: “income”, “channels”, “region”."
        in scored.said["absent"]
    )
    assert not (scored.folder / "absent.csv").exists()
