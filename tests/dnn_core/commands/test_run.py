"""`python -m dnn_core run`: what is trained, what is said, what is refused."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import dnn_core
from dnn_core.commands.line import BAD_INPUT, FAILED, INTERRUPTED, main
from dnn_core.commands.run import ENDED
from dnn_core.compute.local_claims import claiming, is_executed_locally
from dnn_core.compute.reconcile import LOST, reconcile
from dnn_core.data.codebook import write_codebook
from dnn_core.data.dataset import Level
from dnn_core.data.readers import options_of
from dnn_core.errors import UserError
from dnn_core.package.write_package import write_package
from dnn_core.runs.execution.execute import run_experiment
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace

pytestmark = pytest.mark.training

ROOT = Path(dnn_core.__file__).parents[1]


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def _only_run(home: Path) -> Run:
    (run,) = Workspace(home).list_runs(archived=True)
    return run


def _words(experiment_file, survey, home, *more):
    return ["run", str(experiment_file), "--data", str(survey), "--workspace", str(home), *more]


def test_a_run_is_the_one_that_the_library_makes_and_lies_in_the_workspace(
    experiment_file, survey, asked, home, tmp_path, capsys
):
    assert main(_words(experiment_file, survey, home, "--name", "From a shell")) == 0
    said = capsys.readouterr()

    run = _only_run(home)
    same = run_experiment(dnn_core.read_dataset(survey), asked, tmp_path / "same")
    pd.testing.assert_frame_equal(run.scores, same.scores)
    assert run.status.state is State.FINISHED and run.notes.name == "From a shell"
    # What pages need: the data behind the run, and the upload.
    workspace = Workspace(home)
    assert workspace.dataset_of(run).fingerprint == run.experiment.data
    assert [path.name for path in workspace.list_uploads()] == ["survey.csv"]
    assert not is_executed_locally(run.directory)
    # What is said: id, folder, figure with interval, sentence, way to open it.
    figure = run.metrics.query("part == 'validation' and metric == 'auc'").iloc[0]
    assert f"AUC {figure['value']:.3f} (95% interval {figure['low']:.3f}" in said.out
    assert run.id in said.out and str(run.directory) in said.out
    assert "In the validation part the network" in said.out
    assert "streamlit run app.py" in said.out
    assert "3/3" in said.err


def test_a_package_can_be_run_again_on_the_file_alone(survey, asked, home, tmp_path, capsys):
    """How the file was read and what was edited lie beside the experiment."""
    guessed = options_of(dnn_core.read_dataset(survey).source.options)
    # Nobody would guess that these numbers are words.
    read = dnn_core.read_dataset(survey, guessed.but(as_text=("trust",)))
    assert read.variable("trust").level is Level.NOMINAL
    edited = read.with_variables(
        tuple(
            v.model_copy(update={"label": "Age in years", "missing_codes": ("18",)})
            if v.name == "age"
            else v
            for v in read.variables
        )
    )
    first = run_experiment(edited, asked, tmp_path / "first")
    package = write_package(first, tmp_path / "package.zip")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", package, tmp_path / "unzipped"])
    renamed = survey.rename(tmp_path / "other name.csv")

    assert main(_words(tmp_path / "unzipped" / "experiment.json", renamed, home)) == 0

    again = _only_run(home)
    assert again.experiment == first.experiment
    assert again.about["edits"] == first.about["edits"] != {}
    pd.testing.assert_frame_equal(again.scores, first.scores)

    # Without them it is not the same data; the sentence says how to go on.
    alone = tmp_path / "alone.json"
    alone.write_text((tmp_path / "unzipped" / "experiment.json").read_text())
    capsys.readouterr()
    assert main(_words(alone, renamed, home)) == BAD_INPUT
    assert "--codebook" in (said := capsys.readouterr().err) and "--other-data" in said


def test_a_codebook_can_be_named(survey, asked, experiment_file, home, tmp_path):
    read = dnn_core.read_dataset(survey)
    edited = read.with_variables(
        tuple(v.model_copy(update={"missing_codes": ("18",)}) for v in read.variables)
    )
    (tmp_path / "edited.json").write_text(write_codebook(edited))
    experiment_file.write_text(asked.but(data=edited.fingerprint).model_dump_json())

    assert main(_words(experiment_file, survey, home)) == BAD_INPUT
    book = str(tmp_path / "edited.json")
    assert main(_words(experiment_file, survey, home, "--codebook", book)) == 0
    assert _only_run(home).experiment.data == edited.fingerprint


def test_other_data_are_taken_only_when_they_are_meant(
    survey, asked, experiment_file, home, capsys
):
    experiment_file.write_text(asked.but(data="0" * 16).model_dump_json())

    assert main(_words(experiment_file, survey, home)) == BAD_INPUT
    assert "--other-data" in capsys.readouterr().err
    assert Workspace(home).list_runs() == []

    assert main(_words(experiment_file, survey, home, "--other-data")) == 0
    assert _only_run(home).experiment.data != "0" * 16


BAD = {
    "no experiment": (None, "survey.csv", "There is no file"),
    "no JSON": ("{", "survey.csv", "is not valid JSON"),
    "a list": ("[]", "survey.csv", "does not say what is to be done"),
    "no data": ({}, "nowhere.csv", "There is no file"),
    "unknown column": (
        {"task": {"target": "voted", "features": ["age", "income"]}},
        "survey.csv",
        "income",
    ),
    "no outcome": ({"task": {"features": ["age"]}}, "survey.csv", "“Outcome” is missing"),
    "out of range": (
        {"training": {"learning_rate": -1}},
        "survey.csv",
        "“Learning rate” does not allow this value",
    ),
    "in a layer": (
        {"network": {"hidden": [{"units": 4}, {"units": 4, "dropout": 7}]}},
        "survey.csv",
        "“Dropout” does not allow this value",
    ),
    "unknown setting": ({"training": {"magic": 1}}, "survey.csv", "“magic” is not a known setting"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_said_in_a_sentence_and_makes_no_run(
    case, survey, asked, experiment_file, home, capsys
):
    changes, data, sentence = BAD[case]
    if changes is None:
        experiment_file.unlink()
    elif isinstance(changes, str):
        experiment_file.write_text(changes)
    else:
        whole = asked.model_dump(mode="json")
        experiment_file.write_text(json.dumps({**whole, **changes}))

    assert main(_words(experiment_file, survey.parent / data, home)) == BAD_INPUT

    said = capsys.readouterr()
    assert sentence in said.err and said.err.count("\n") == 1
    assert said.out == "" and not (home / "runs").exists()


def test_a_folder_without_mnist_is_refused(experiment_file, tmp_path, home, capsys):
    assert main(_words(experiment_file, tmp_path, home)) == BAD_INPUT
    assert "MNIST" in capsys.readouterr().err


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert re.search(
        r"^\s+run\s+Run an experiment in this terminal", capsys.readouterr().out, re.MULTILINE
    )


def test_ctrl_c_keeps_the_best_epoch_and_the_dashboard_leaves_the_run_alone(
    survey, asked, experiment_file, home
):
    long = asked.but(training=asked.training.but(epochs=5000, batch_size=8))
    experiment_file.write_text(long.model_dump_json())
    command = [sys.executable, "-m", "dnn_core", *_words(experiment_file, survey, home)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 120
    while not (home / "runs").exists() or not any(
        run.status.epoch > 2 for run in Workspace(home).list_runs()
    ):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    run = _only_run(home)

    # A dashboard that knows no worker for it must neither end it nor hand it over.
    assert reconcile([(run, run.status)], None, "") == []
    assert run.status.state is State.RUNNING

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()
    assert run.status.state is State.STOPPED and 2 < run.status.epoch < 5000
    assert run.facts.best_epoch is not None and run.id in out.decode()
    assert "Traceback" not in err.decode() and "the best one is kept" in err.decode()


def test_the_second_ctrl_c_ends_it_at_once(
    survey, asked, experiment_file, home, monkeypatch, capsys
):
    def press_twice(run, dataset):
        run.update_status(state=State.RUNNING)
        os.kill(os.getpid(), signal.SIGINT)
        assert run.stop_requested
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(10)

    monkeypatch.setattr("dnn_core.runs.execution.execute.execute", press_twice)
    assert main(_words(experiment_file, survey, home)) == INTERRUPTED
    run = _only_run(home)
    assert run.status.state is State.INTERRUPTED and run.status.message == ENDED
    assert ENDED in capsys.readouterr().err and not is_executed_locally(run.directory)


def test_training_that_comes_to_nothing_is_told_apart_from_bad_input(
    survey, experiment_file, home, monkeypatch, capsys
):
    def diverge(run, dataset):
        run.update_status(state=State.FAILED)
        raise UserError("Training diverged.")

    monkeypatch.setattr("dnn_core.runs.execution.execute.execute", diverge)
    assert main(_words(experiment_file, survey, home)) == FAILED
    said = capsys.readouterr().err
    assert "Training diverged." in said and _only_run(home).id in said


def test_a_run_whose_process_is_gone_is_taken_for_lost(survey, asked, home):
    """The lock ends with the process, however it ends."""
    workspace = Workspace(home)
    with claiming() as claim:
        run = workspace.new_run(dnn_core.read_dataset(survey), asked, claim)
        run.update_status(state=State.RUNNING)
        assert reconcile([(run, run.status)], None, "") == []
        assert run.status.state is State.RUNNING

    reconcile([(run, run.status)], None, "")
    assert run.status.state is State.INTERRUPTED and run.status.message == LOST
