"""The table of runs, and the index that lists thousands of them at once."""

import io
import json
import os
import shutil
import threading
from pathlib import Path

import pandas as pd
import pytest

from dnn_core.data.csv_safety import write_csv
from dnn_core.outcome.metrics import METRICS
from dnn_core.runs.held_out import NEVER_OPENED, Tried, opening_record
from dnn_core.runs.index import VERSION, RunIndex
from dnn_core.runs.records import Notes, State
from dnn_core.runs.run import Run
from dnn_core.runs.table import COLUMNS, Narrowing, narrow, read_row, runs_table
from dnn_core.specs import (
    EncodingSpec,
    Experiment,
    HiddenLayer,
    Kind,
    NetworkSpec,
    Optimizer,
    SplitSpec,
    Task,
    TrainingSpec,
)
from dnn_core.training.history import EpochRecord

METRIC_NAMES = {metric.name for metric in METRICS}
TYPES = {column.name: column.type for column in COLUMNS}


@pytest.fixture
def new_run(workspace, survey, make):
    def new(kind=Kind.MULTICLASS, **changes):
        return workspace.new_run(survey, make.experiment(kind, **changes))

    return new


def types_of(table):
    return {name: str(kind) for name, kind in table.dtypes.items()}


# Table -------------------------------------------------------------------------


def test_the_table_has_a_row_for_each_run_in_any_state(new_run, make):
    finished = make.finish(
        new_run(), scores=[make.score("network", "validation", "accuracy", 0.8, 0.7, 0.9)]
    )
    finished.annotate(note="good", archived=True)
    failed = new_run(Kind.REGRESSION)
    failed.update_status(state=State.FAILED)
    half = new_run()
    make.finish(half, losses=(0.9, 0.5, 0.7, 0.8))
    (half.directory / "facts.json").unlink()
    (half.directory / "metrics.json").unlink()
    half.update_status(state=State.INTERRUPTED)
    table = runs_table([finished, failed, half])
    assert types_of(table) == {name: TYPES[name] for name in table.columns}
    assert table["id"].tolist() == [finished.id, failed.id, half.id]
    assert table["state"].tolist() == ["Finished", "Failed", "Interrupted"]
    assert table["created"][0] == pd.Timestamp(finished.status.created_at)
    assert table["network"].tolist() == ["8"] * 3
    assert table["outcome"].tolist() == ["vote", "satisfied", "vote"]
    assert table["epochs"].tolist() == [3, 0, 4]
    # Of a run without facts, the best epoch is read from its history.
    assert table["best_epoch"].isna().tolist() == [False, True, False]
    assert table["best_epoch"].dropna().tolist() == [2, 2]
    assert table["best_epochs"].tolist() == ["2", "", "2"]
    assert table["metric"].tolist() == ["Accuracy", "R²", "Accuracy"]
    assert table["value"].isna().tolist() == [False, True, True]
    assert table.loc[0, ["value", "low", "high"]].tolist() == [0.8, 0.7, 0.9]
    assert table["interval"].tolist() == ["0.700 to 0.900", "", ""]
    assert table["seconds"].tolist() == [12.5, 0.0, 12.5]
    assert table["note"].tolist() == ["good", "", ""]
    assert table["archived"].tolist() == [True, False, False]
    assert table["test_part"].tolist() == [NEVER_OPENED, "", ""]


def test_an_empty_table_has_its_columns():
    table = runs_table([])
    assert {"id", "name", "tags", "training.learning_rate", "seed"} <= set(table.columns)
    assert types_of(table) == {name: TYPES[name] for name in table.columns}


def test_every_setting_is_a_column_with_a_value_that_can_be_sorted(new_run):
    first = new_run(
        training=TrainingSpec(learning_rate=1e-4, optimizer=Optimizer.SGD, epochs=7),
        network=NetworkSpec(hidden=(HiddenLayer(units=64, dropout=0.2),), input_dropout=0.1),
        seed=9,
    )
    table = runs_table([first, new_run()])
    specs = {
        "task": Task,
        "split": SplitSpec,
        "encoding": EncodingSpec,
        "network": NetworkSpec,
        "training": TrainingSpec,
    }
    expected = {f"{part}.{name}" for part, spec in specs.items() for name in spec.model_fields}
    assert expected - {"task.target"} <= set(table.columns)
    assert set(Experiment.model_fields) == {*specs, "data", "seed", "answers"}
    row = table.iloc[0]
    assert row["training.learning_rate"] == 1e-4
    assert row["training.optimizer"] == "SGD with momentum"
    assert row["training.epochs"] == 7
    assert row["network.hidden"] == "64 ReLU, Dropout 0.2"
    assert row["network.input_dropout"] == 0.1
    assert row["task.features"] == 5
    assert row["task.weight"] == "none"
    assert bool(row["training.early_stopping"]) is True
    assert row["seed"] == 9
    assert table["training.learning_rate"].dtype == "float64"


def test_every_column_has_a_name_of_its_own():
    assert len(TYPES) == len(COLUMNS)
    assert len({column.title for column in COLUMNS}) == len(COLUMNS)


def test_metrics_are_those_of_validation_and_of_an_opened_test_part(new_run, make):
    score = make.score
    run = make.finish(
        new_run(),
        scores=[
            score("network", "validation", "auc", 0.7, 0.6, 0.8),
            score("network", "training", "auc", 0.99),
            score("majority", "validation", "auc", 0.5),
        ],
    )
    table = runs_table([run])
    assert table.loc[0, ["auc", "auc_low", "auc_high"]].tolist() == [0.7, 0.6, 0.8]
    # What no run has, is no column.
    assert "test_auc" not in table
    assert "rmse" not in table
    opening = {
        "scores": [score("network", "test", "auc", 0.65, 0.5, 0.8)],
        "gains": [],
        "openings": [opening_record(Tried(4))],
    }
    run.write("test.json", json.dumps(opening))
    table = runs_table([run, new_run()])
    assert table["test_auc"].tolist()[0] == 0.65
    assert table["test_auc"].isna().tolist() == [False, True]
    assert "after 4 configurations" in table.loc[0, "test_part"]


def test_the_best_epoch_counts_not_the_last(new_run, make):
    table = runs_table([make.finish(new_run(), losses=(0.5, 0.3, 0.9, 0.95))])
    assert table.loc[0, ["epochs", "best_epoch"]].tolist() == [4, 2]


def test_of_several_networks_epochs_are_not_added_up(new_run, make):
    run = make.finish(new_run(), losses=(0.5, 0.3, 0.9))
    line = run.history.iloc[-1].to_dict()
    for epoch in range(1, 8):
        run.append("history.jsonl", json.dumps({**line, "member": 2, "epoch": epoch}))
    facts = {**json.loads((run.directory / "facts.json").read_text()), "best_epochs": [2, 7]}
    run.write("facts.json", json.dumps(facts))
    table = runs_table([run])
    assert table.loc[0, ["epochs", "best_epochs"]].tolist() == [7, "2 to 7"]


def test_runs_that_are_judged_by_the_same_rows_share_a_sign(new_run):
    runs = [
        new_run(seed=1),
        new_run(seed=2, network=NetworkSpec(hidden=())),
        new_run(split=SplitSpec(seed=2)),
        new_run(Kind.REGRESSION),
    ]
    signs = runs_table(runs)["evaluated_on"].tolist()
    assert signs[0] == signs[1]
    assert len(set(signs)) == 3


def test_a_table_of_runs_is_safe_in_a_spreadsheet(new_run):
    run = new_run()
    run.annotate(name="=cmd()", note="+1 better", tags=("-a",))
    table = runs_table([run])
    text = write_csv(table.assign(tags=[", ".join(tags) for tags in table["tags"]]))
    result = pd.read_csv(io.BytesIO(text)).iloc[0]
    assert result[["name", "note", "tags"]].tolist() == ["'=cmd()", "'+1 better", "'-a"]


# Tags --------------------------------------------------------------------------


def test_tags_are_kept_tidy(new_run):
    run = new_run()
    run.annotate(tags=["paper", " robust  ness ", "", "Appendix", "paper", "x" * 100])
    assert run.notes.tags == ("Appendix", "paper", "robust ness", "x" * 40)
    assert runs_table([run]).loc[0, "tags"] == run.notes.tags
    run.annotate(note="n")
    assert run.notes.tags == ("Appendix", "paper", "robust ness", "x" * 40)


def test_notes_from_before_there_were_tags_have_none():
    assert Notes.model_validate_json('{"name": "Run 1"}').tags == ()


# Narrowing ---------------------------------------------------------------------


@pytest.fixture
def listed(new_run, make):
    runs = [new_run(), new_run(Kind.REGRESSION), new_run()]
    make.finish(runs[2])
    runs[0].annotate(name="Baseline", tags=("paper",))
    runs[1].annotate(note="With ALL items", tags=("paper", "draft"))
    return runs_table(runs)


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (Narrowing(), [0, 1, 2]),
        (Narrowing("  "), [0, 1, 2]),
        (Narrowing("BASE"), [0]),
        (Narrowing("items all"), [1]),
        (Narrowing("satisf"), [1]),
        (Narrowing("draft"), [1]),
        (Narrowing("survey.csv vote"), [0, 2]),
        (Narrowing("base items"), []),
        # A pattern is no pattern here.
        (Narrowing(".*"), []),
        (Narrowing(state=("Finished",)), [2]),
        (Narrowing(state=("Finished", "Waiting")), [0, 1, 2]),
        (Narrowing(outcome=("vote",)), [0, 2]),
        (Narrowing(data=("other.csv",)), []),
        (Narrowing(tags=("draft", "none")), [1]),
        (Narrowing(tags=("paper",), outcome=("vote",)), [0]),
    ],
)
def test_runs_are_found(listed, wanted, places):
    assert narrow(listed, wanted)["id"].tolist() == listed["id"].iloc[places].tolist()


def test_nothing_is_found_among_nothing():
    assert narrow(runs_table([]), Narrowing("a", tags=("b",))).empty


# Index -------------------------------------------------------------------------


def age(workspace):
    """Let every directory look as if nothing had been written for a while."""
    for path in workspace.runs.iterdir():
        changed = path.stat().st_mtime_ns - 10_000_000_000
        os.utime(path, ns=(changed, changed))


def slowly(workspace):
    """The table, from the runs themselves."""
    folders = sorted((p for p in workspace.runs.iterdir() if p.name[0] != "."), reverse=True)
    return runs_table([Run(path) for path in folders])


def fresh(workspace):
    """The table of a process that starts now."""
    return RunIndex(workspace.runs, workspace.cache / "runs").table()


def same(result, expected):
    pd.testing.assert_frame_equal(result.drop(columns="seconds"), expected.drop(columns="seconds"))


@pytest.fixture
def several(workspace, new_run, make):
    runs = [new_run() for _ in range(3)]
    make.finish(runs[0], scores=[make.score("network", "validation", "auc", 0.7, 0.6, 0.8)])
    make.finish(runs[1])
    runs[1].annotate(archived=True, tags=("old",))
    age(workspace)
    return runs


def test_the_index_says_what_the_runs_say(workspace, several):
    for _ in range(2):
        same(workspace.runs_table(), slowly(workspace))
        same(fresh(workspace), slowly(workspace))
    assert [run.id for run in workspace.list_runs(archived=True)] == [r.id for r in several[::-1]]
    assert [run.id for run in workspace.list_runs()] == [several[2].id, several[0].id]


def test_what_has_not_changed_is_not_read_again(workspace, several, monkeypatch):
    workspace.runs_table()
    read = []
    monkeypatch.setattr(
        "dnn_core.runs.index.read_row", lambda run: read.append(run.id) or read_row(run)
    )
    index = RunIndex(workspace.runs, workspace.cache / "runs")
    index.rows()
    # Only the one that still waits.
    assert read == [several[2].id]


CHANGES = {
    "note": lambda run: run.annotate(note="new"),
    "archived": lambda run: run.annotate(archived=True),
    "tags": lambda run: run.annotate(tags=("new",)),
    "state": lambda run: run.update_status(state=State.FAILED),
    "opening": lambda run: run.write(
        "test.json",
        json.dumps({"scores": [], "gains": [], "openings": [opening_record(Tried(2))]}),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(workspace, several, change):
    before = workspace.runs_table()
    CHANGES[change](several[0])
    after = workspace.runs_table()
    same(after, slowly(workspace))
    same(fresh(workspace), after)
    assert not after.drop(columns="seconds").equals(before.drop(columns="seconds"))


def test_two_changes_within_one_tick_of_the_clock_are_noticed(workspace, several):
    run = several[0]
    run.annotate(note="first")
    changed = run.directory.stat().st_mtime_ns
    assert workspace.runs_table()["note"].tolist()[2] == "first"
    run.annotate(note="second")
    # As on a file system whose clock has not ticked in between.
    os.utime(run.directory, ns=(changed, changed))
    assert workspace.runs_table()["note"].tolist()[2] == "second"


def test_a_clock_in_whole_seconds_is_believed_later(workspace, several, monkeypatch):
    run = several[0]
    now = 1_800_000_001_500_000_000
    monkeypatch.setattr("dnn_core.runs.index.time.time_ns", lambda: now)
    os.utime(run.directory, ns=(1_800_000_000_000_000_000,) * 2)
    workspace.runs_table()
    run.annotate(note="within two seconds")
    os.utime(run.directory, ns=(1_800_000_000_000_000_000,) * 2)
    assert workspace.runs_table()["note"].tolist()[2] == "within two seconds"


def test_epochs_of_a_run_that_trains_are_followed(workspace, several):
    run = several[2]
    run.update_status(state=State.RUNNING)
    age(workspace)
    assert workspace.runs_table()["epochs"].tolist()[0] == 0
    changed = run.directory.stat().st_mtime_ns
    epochs = [EpochRecord(i, 1, 0.5, 0.5, 0.0, 0.5, 0.5, 1e-3, 1.0).to_json() for i in (1, 2)]
    run.append("history.jsonl", epochs[0])
    # The first epoch makes the file; the second only makes it longer.
    os.utime(run.directory, ns=(changed, changed))
    assert workspace.runs_table()["epochs"].tolist()[0] == 1
    run.append("history.jsonl", epochs[1])
    assert run.directory.stat().st_mtime_ns == changed
    assert workspace.runs_table()["epochs"].tolist()[0] == 2


def test_runs_that_come_and_go_are_noticed(workspace, several, new_run):
    assert len(workspace.runs_table()) == 3
    workspace.delete_run(several[0])
    same(workspace.runs_table(), slowly(workspace))
    assert several[0].id not in fresh(workspace)["id"].tolist()
    kept = "".join(p.read_text() for p in (workspace.cache / "runs").glob("*.json"))
    assert several[0].id not in kept
    new_run()
    same(workspace.runs_table(), slowly(workspace))
    assert len(workspace.runs_table()) == 3


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"version": 1}', '{"version": 1, "columns": [], "runs": 3}']
)
def test_an_index_that_cannot_be_read_is_made_anew(workspace, several, content):
    expected = workspace.runs_table()
    kept = list((workspace.cache / "runs").glob("*.json"))
    assert kept
    for path in kept:
        path.write_text(content)
    same(fresh(workspace), expected)


def test_an_index_of_another_version_is_not_believed(workspace, several):
    expected = workspace.runs_table()
    for path in (workspace.cache / "runs").glob("*.json"):
        # Were it believed, its names would be shown.
        old = path.read_text().replace(f'"version": {VERSION}', '"version": 0')
        path.write_text(old.replace('"Run ', '"Old '))
    assert not fresh(workspace)["name"].str.startswith("Old").any()
    same(fresh(workspace), expected)
    for path in (workspace.cache / "runs").glob("*.json"):
        path.write_text(path.read_text().replace('"best_epoch"', '"something_else"'))
    same(fresh(workspace), expected)


def test_the_index_may_be_deleted_while_it_is_used(workspace, several):
    expected = workspace.runs_table()
    for path in (workspace.cache / "runs").iterdir():
        path.unlink()
    (workspace.cache / "runs").rmdir()
    same(workspace.runs_table(), expected)
    same(fresh(workspace), expected)
    assert list((workspace.cache / "runs").iterdir()), "made anew"


def test_an_index_that_cannot_be_written_is_done_without(workspace, several):
    (workspace.cache / "runs").write_text("a file where the folder should be")
    same(workspace.runs_table(), slowly(workspace))
    same(fresh(workspace), slowly(workspace))
    assert (workspace.cache / "runs").is_file()


def test_many_lookers_at_once_see_the_same(workspace, several):
    result = []
    indexes = [RunIndex(workspace.runs, workspace.cache / "runs") for _ in range(4)]

    def look(index):
        result.append(index.table()["id"].tolist())

    threads = [threading.Thread(target=look, args=(indexes[i % 4],)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert result == [[run.id for run in several[::-1]]] * 12
    assert not [p for p in (workspace.cache / "runs").iterdir() if p.name.startswith(".")]


def test_a_run_that_is_deleted_while_it_is_read_is_left_out(workspace, several, monkeypatch):
    real = Path.read_bytes

    def vanish(path):
        if path.name == "notes.json" and path.parent.name == several[0].id:
            shutil.rmtree(path.parent)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", vanish)
    assert fresh(workspace)["id"].tolist() == [several[2].id, several[1].id]


def test_a_run_that_was_interrupted_can_become_active_again(workspace, new_run):
    run = new_run()
    run.update_status(state=State.INTERRUPTED)
    assert workspace.active_runs() == []
    run.update_status(state=State.QUEUED)
    assert [result.id for result in workspace.active_runs()] == [run.id]
