import hashlib
import os

import pytest

from dnn_core.errors import UserError
from dnn_core.runs.create import create_run
from dnn_core.runs.records import State
from dnn_core.runs.workspace import RUN_ID, Workspace
from dnn_core.runs.workspace_folders import safe_file_name
from dnn_core.specs import Kind


def test_the_folder_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DNN_WORKBENCH_HOME", str(tmp_path / "home"))
    assert Workspace().root == tmp_path / "home"
    assert Workspace().runs.is_dir()


# Uploads -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("survey.csv", "survey.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\data\\my survey.csv", "my survey.csv"),
        ("..", "file"),
        (".", "file"),
        ("...", "file"),
        ("", "file"),
        ("   ", "file"),
        ("a/", "file"),
        (".htaccess", "htaccess"),
        ("CON", "_CON"),
        ("con.csv", "_con.csv"),
        ("con.tar.gz", "_con.tar.gz"),
        ("Lpt1.csv", "_Lpt1.csv"),
        ("console.csv", "console.csv"),
        ('a<b>:"|?*.csv', "a_b______.csv"),
        ("a\x00b\nc.csv", "a_b_c.csv"),
        ("name\u202evsc.exe", "name_vsc.exe"),
        ("\ud800.csv", "_.csv"),
        ("Umfrage Köln 2024 ½.csv", "Umfrage Köln 2024 ½.csv"),
        ("調査.csv", "調査.csv"),
        ("csv. . .", "csv"),
    ],
)
def test_a_file_name_keeps_what_is_harmless(given, kept):
    assert safe_file_name(given) == kept


@pytest.mark.parametrize("letter", ["a", "ö", "調", "🙂"])
def test_a_long_name_is_cut_by_bytes_and_keeps_its_ending(letter):
    name = safe_file_name(letter * 300 + ".csv")
    # 120 bytes less ".csv" leave room for 116 bytes of whole letters.
    assert name == letter * (116 // len(letter.encode())) + ".csv"


def test_an_ending_that_is_no_ending_does_not_crowd_out_the_name():
    name = safe_file_name("a." + "b" * 300)
    assert name == "a." + "b" * 118


@pytest.mark.parametrize(
    "name",
    ["../../x.csv", "CON", "", "a" * 300, "調" * 300 + ".csv", "..", "\ud800", "/etc/passwd"],
)
def test_an_upload_stays_inside_its_folder(workspace, name):
    path = workspace.store_upload(b"a,b\n1,2\n", name)
    assert path.read_bytes() == b"a,b\n1,2\n"
    sha256 = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert path.resolve().parent == (workspace.uploads / sha256).resolve()
    assert workspace.list_uploads() == [path]


def test_the_same_bytes_are_kept_once(workspace):
    first = workspace.store_upload(b"x", "a.csv")
    assert workspace.store_upload(b"x", "a.csv") == first
    assert [p for p in workspace.uploads.rglob("*") if p.is_file()] == [first]


def test_uploads_are_listed_by_last_use(workspace):
    first = workspace.store_upload(b"1", "first.csv")
    second = workspace.store_upload(b"2", "second.csv")
    # Clocks of file systems tick only every few milliseconds.
    os.utime(first, (1000, 1000))
    os.utime(second, (2000, 2000))
    assert workspace.list_uploads() == [second, first]
    workspace.store_upload(b"1", "first.csv")
    assert workspace.list_uploads(limit=1) == [first]


# Runs --------------------------------------------------------------------------


def test_a_new_run_waits_and_knows_what_was_asked(workspace, survey, make):
    experiment = make.experiment()
    run = workspace.new_run(survey, experiment)
    assert run.status.state is State.QUEUED
    split = experiment.split.for_task(experiment.task)
    assert run.experiment == experiment.but(data=survey.fingerprint, split=split)
    assert run.about["sha256"] == survey.source.sha256
    assert run.about["reading"]["decimal"] == ","
    assert RUN_ID.fullmatch(run.id)
    assert workspace.run(run.id).directory == run.directory


def test_a_guessed_kind_is_written_down(workspace, survey, make):
    experiment = make.experiment()
    guessed = experiment.but(task=experiment.task.but(kind=None))
    assert workspace.new_run(survey, guessed).kind is Kind.MULTICLASS


def test_the_data_of_a_run_come_back(workspace, survey, make):
    run = workspace.new_run(survey, make.experiment())
    again = workspace.dataset_of(run)
    assert again.fingerprint == survey.fingerprint
    assert again.frame.equals(survey.frame)


def test_runs_within_one_second_are_listed_newest_first(workspace, survey, make):
    made = [workspace.new_run(survey, make.experiment()) for _ in range(12)]
    assert [run.id for run in workspace.list_runs()] == [run.id for run in reversed(made)]
    assert [run.id for run in workspace.active_runs()] == [run.id for run in made]


def test_numbers_of_runs_are_not_given_twice(workspace, survey, make):
    runs = [workspace.new_run(survey, make.experiment()) for _ in range(3)]
    make.finish(runs[0])
    workspace.delete_run(runs[0])
    runs[1].annotate(archived=True)
    assert workspace.new_run(survey, make.experiment()).notes.name == "Run 4"


@pytest.mark.parametrize(
    "run_id",
    [
        "../..",
        "..",
        "",
        "/etc",
        "20260131-120000-a1b2c3/..",
        "20260131-120000-a1b2c3\n",
        "20260131-120000-A1B2C3",
        "٢٠٢٦٠١٣١-١٢٠٠٠٠-a1b2c3",
        "20260131-120000-a1b2c3\x00",
        "a" * 5000,
    ],
)
def test_a_run_id_from_a_link_is_refused_unless_it_is_one(workspace, run_id):
    with pytest.raises(UserError, match="not the name of a run") as caught:
        workspace.run(run_id)
    assert len(str(caught.value)) < 300


def test_a_run_that_is_gone_says_so(workspace):
    with pytest.raises(UserError, match="no such run"):
        workspace.run("20260131-120000-a1b2c3")


def test_archived_runs_are_listed_only_when_asked_for(workspace, survey, make):
    kept, archived = (workspace.new_run(survey, make.experiment()) for _ in range(2))
    archived.annotate(archived=True)
    assert [run.id for run in workspace.list_runs()] == [kept.id]
    assert {run.id for run in workspace.list_runs(archived=True)} == {kept.id, archived.id}
    archived.annotate(archived=False)
    assert len(workspace.list_runs()) == 2


def test_a_folder_that_is_no_run_is_not_listed(workspace, survey, make):
    workspace.new_run(survey, make.experiment())
    (workspace.runs / "20260131-120000-a1b2c3").mkdir()
    (workspace.runs / ".deleted-20260131-120000-a1b2c3").mkdir()
    (workspace.runs / "desktop.ini").write_text("")
    assert len(workspace.list_runs()) == len(workspace.active_runs()) == 1


def test_a_run_is_listed_only_once_it_is_complete(workspace, survey, make):
    run = workspace.new_run(survey, make.experiment())
    (run.directory / "notes.json").unlink()
    assert workspace.list_runs(archived=True) == []


def test_deleting_leaves_nothing(workspace, survey, make):
    run = make.finish(workspace.new_run(survey, make.experiment()))
    workspace.delete_run(run)
    assert list(workspace.runs.iterdir()) == []
    assert workspace.list_runs() == workspace.active_runs() == []


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_an_active_run_is_not_deleted(workspace, survey, make, state):
    run = workspace.new_run(survey, make.experiment())
    run.update_status(state=state)
    with pytest.raises(UserError, match="still active"):
        workspace.delete_run(run)
    assert workspace.run(run.id).status.state is state


def test_an_ended_run_is_no_longer_active(workspace, survey, make):
    run = workspace.new_run(survey, make.experiment())
    assert len(workspace.active_runs()) == 1
    make.finish(run)
    assert workspace.active_runs() == []


def test_a_directory_holds_one_run(tmp_path, survey, make):
    create_run(survey, make.experiment(), tmp_path / "run", name="first")
    with pytest.raises(UserError, match="already holds a run"):
        create_run(survey, make.experiment(), tmp_path / "run", name="second")
