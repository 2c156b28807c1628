"""Every file of a run, damaged in every way: the other runs go on, and it is said which file."""

from __future__ import annotations

import pickle
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from dnn_core.errors import Damaged, UserError
from dnn_core.runs.analyses import Stage
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.damage import find_damage
from dnn_core.runs.execution.execute import execute, open_test
from dnn_core.runs.held_out import Tried, describe_tried, tried_before
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import AnalysisSpec

pytestmark = pytest.mark.training

WRONG_SHAPES = ("null", "[]", "{}", '"text"', '{"x": [1, 2]}')
DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "garbage": lambda path: path.write_bytes(bytes(range(255, 0, -1)) * 9),
    "missing": lambda path: path.unlink(),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    **{shape: lambda path, shape=shape: path.write_text(f"{shape}\n") for shape in WRONG_SHAPES},
}

NEVER_READ = ("codebook.json", "checkpoint.npz", "test_predictions.parquet", "log.txt")
"""Not looked at by pages, or as good as what is left of it."""

MAY_BE_MISSING = (
    "audit.json",
    "conformal.json",
    "history.jsonl",
    "metrics.json",
    "progress.json",
    "recalibration.json",
    "seeds.json",
    "test.json",
)
"""Of a run that has not been opened, or was not analysed, or by a library."""


AS_GOOD = {("history.jsonl", "empty"), ("history.jsonl", "cut")}
"""What these leave is a file as it could have been written."""

TRIED = Tried(2, analyses=1, openings=1)
"""What there was of other configurations, analyses and openings, whatever is damaged."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory, survey, make):
    """A workspace with a run that has every file there is, and another on the same outcome."""
    workspace = Workspace(tmp_path_factory.mktemp("damage") / "workspace")
    run = workspace.new_run(survey, make.experiment())
    execute(run, survey)
    open_test(run, survey, tried=Tried())
    run.append("log.txt", "A line.")
    run.analyses.ask(AnalysisSpec())
    run.analyses.end(Stage.FINISHED)
    run.analyses.keep("seeds", AnalysisResult({"spread": 0.1}))
    other = make.finish(workspace.new_run(survey, make.experiment(seed=2)))
    shutil.copyfile(run.directory / "test_set.json", other.directory / "test_set.json")
    return workspace, run, other


@pytest.fixture(params=DAMAGES)
def damage(request):
    return request.param


def files_of(run):
    return sorted(path for path in run.directory.rglob("*") if path.is_file())


@contextmanager
def spoilt(path, damage):
    """Damage a file, and bring it back."""
    kept = path.read_bytes()
    DAMAGES[damage](path)
    try:
        yield
    finally:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        path.write_bytes(kept)


def fresh(workspace):
    """The workspace as a dashboard sees it that has just been started, without its cache."""
    shutil.rmtree(workspace.cache)
    return Workspace(workspace.root)


def test_the_run_has_every_file_there_is(lab):
    names = {path.name for path in files_of(lab[1])}
    assert {*NEVER_READ, *MAY_BE_MISSING, "model.keras", "encoder.skops", "encoder.json"} <= names
    assert find_damage(lab[1]) is None


def test_any_damaged_file_leaves_all_else_as_it_is(lab, damage):
    workspace, run, other = lab
    for path in files_of(run):
        with spoilt(path, damage):
            anew = fresh(workspace)
            assert anew.active_runs() == []
            listed = anew.runs_table()["id"].tolist()
            damaged = [one.id for one in anew.damaged_runs()]
            assert sorted([*listed, *damaged]) == sorted([run.id, other.id]), path.name
            assert [one.id for one in anew.list_runs(archived=True)] == listed
            # No configuration is forgotten, and none counts twice. That a test part was opened,
            # and a run analysed, is known from the file that is there, whatever is in it.
            gone = damage == "missing" and path.name in ("test.json", "seeds.json")
            tried = anew.tried(other)
            assert (tried.configurations, tried.unreadable) == (2, 0), path.name
            assert tried == TRIED or gone, path.name


def test_it_is_said_which_file_is_damaged(lab, damage):
    workspace, run, _ = lab
    for path in files_of(run):
        with spoilt(path, damage):
            damages = workspace.damage_of(Run(run.directory))
        if path.name in NEVER_READ:
            continue
        if damage == "missing" and path.name in MAY_BE_MISSING:
            continue
        if (path.name, damage) in AS_GOOD:
            assert damages is None
            continue
        assert damages is not None, path.name
        assert damages.error.path == path
        assert f"“{path.name}”" in damages.error.problem
        assert str(path) in damages.error.remedy


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("empty", "This run is damaged: its file “about.json” is empty."),
        ("cut", "its file “about.json” does not contain what was written into it."),
        ("missing", "its file “about.json” is missing."),
        ("folder", "its file “about.json” is a folder now."),
        ("{}", "its file “about.json” does not contain what was written into it."),
    ],
)
def test_what_is_wrong_is_said_in_words(lab, damage, words):
    workspace, run, _ = lab
    with spoilt(run.directory / "about.json", damage):
        (result,) = fresh(workspace).damaged_runs()
    assert words in result.error.problem
    assert "delete the run on the page Runs" in result.error.remedy
    assert result.name == "Run 1"


def test_damage_in_place_shows_as_soon_as_somebody_meets_it(lab):
    workspace, run, _ = lab
    anew = fresh(workspace)
    assert run.id in anew.runs_table()["id"].tolist()
    # The time of the directory stays as it was, and so does what the index knows.
    with spoilt(run.directory / "metrics.json", "empty"):
        assert anew.damage_of(Run(run.directory)) is not None
        assert run.id not in anew.runs_table()["id"].tolist()
        assert [one.id for one in anew.damaged_runs()] == [run.id]
    assert anew.damaged_runs() == []
    assert run.id in anew.runs_table()["id"].tolist()


@pytest.mark.parametrize("name", ["status.json", "about.json", "experiment.json", "notes.json"])
def test_a_damaged_run_can_be_deleted_and_stays_counted(lab, tmp_path, name):
    workspace, run, other = lab
    copy = Workspace(shutil.copytree(workspace.root, tmp_path / "copy"))
    (copy.runs / run.id / name).write_bytes(b"")
    anew = fresh(copy)
    anew.delete_run(anew.run(run.id))
    assert [path.name for path in anew.runs.iterdir()] == [other.id]
    assert anew.damaged_runs() == []
    assert anew.tried(anew.run(other.id)) == TRIED


def test_what_cannot_be_told_is_said_and_not_guessed(lab, tmp_path):
    workspace, run, other = lab
    copy = Workspace(shutil.copytree(workspace.root, tmp_path / "copy"))
    for name in ("about.json", "test_set.json"):
        (copy.runs / run.id / name).write_bytes(b"")
    (copy.root / "deleted.jsonl").write_bytes(b"\xff\xfe no line of ours\n{}\n")
    tried = fresh(copy).tried(copy.run(other.id))
    assert tried == Tried(1, unreadable=3)
    assert describe_tried(tried) == (
        "1 configuration, this one, on the same file and outcome; 3 entries of the record "
        "cannot be read, which may add to this"
    )


def test_an_opening_keeps_what_could_not_be_told():
    opening = {"opened_at": datetime.now(UTC).isoformat(), "configurations": 2, "analyses": 0}
    assert tried_before({**opening, "openings": 1, "unreadable": 4}) == Tried(2, 0, 1, 4)
    assert tried_before({**opening, "openings": 1}) == Tried(2, 0, 1, 0)


def test_a_run_that_lost_its_notes_before_it_trained_is_still_being_made(workspace, survey, make):
    run = workspace.new_run(survey, make.experiment())
    (run.directory / "notes.json").unlink()
    assert workspace.damaged_runs() == [] == workspace.active_runs()


def test_a_run_that_is_gone_altogether_is_not_damaged(workspace, survey, make):
    run = workspace.new_run(survey, make.experiment())
    shutil.rmtree(run.directory)
    with pytest.raises(UserError, match="no such run") as caught:
        _ = run.status
    assert not isinstance(caught.value, Damaged)


def test_damage_travels_from_a_worker(tmp_path):
    error = Damaged("run", tmp_path / "status.json", "is empty")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.path) == (Damaged, str(error), error.path)


# Data sets and uploads --------------------------------------------------------------


@pytest.mark.parametrize("name", ["dataset.json", "frame.parquet"])
def test_a_damaged_data_set_is_named_and_written_anew(workspace, survey, make, damage, name):
    run = workspace.new_run(survey, make.experiment())
    DAMAGES[damage](workspace.datasets / survey.fingerprint / name)
    with pytest.raises(UserError) as caught:
        workspace.dataset_of(run)
    assert isinstance(caught.value, Damaged) or (damage, name) == ("missing", "dataset.json")
    assert len(workspace.runs_table()) == 1
    workspace.keep_dataset(survey)
    assert workspace.dataset_of(run).frame.equals(survey.frame)


def test_damaged_images_are_named_and_written_anew(workspace, digits):
    folder = workspace.keep_dataset(digits)
    (folder / "images.npy").write_bytes(b"")
    with pytest.raises(Damaged, match=r"images\.npy"):
        workspace.dataset_of(_of_data(digits.fingerprint))
    workspace.keep_dataset(digits)
    again = workspace.dataset_of(_of_data(digits.fingerprint))
    assert (again.images == digits.images).all()


def _of_data(fingerprint):
    class Asked:
        data = fingerprint

    class Run:
        experiment = Asked

    return Run


def test_an_upload_that_was_cut_is_kept_anew(workspace):
    path = workspace.store_upload(b"a,b\n1,2\n", "a.csv")
    path.write_bytes(b"")
    (workspace.uploads / "folder").mkdir()
    (workspace.uploads / "folder" / "inner").mkdir()
    assert workspace.store_upload(b"a,b\n1,2\n", "a.csv").read_bytes() == b"a,b\n1,2\n"
    assert workspace.list_uploads() == [path]
