"""`python -m dnn_core study`: what is searched, what is said, what is refused."""

import pandas as pd
import pytest

import dnn_core
from dnn_core.commands.line import BAD_INPUT, main
from dnn_core.compute.local_claims import is_executed_locally
from dnn_core.data.dataset import Level
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import StudySpec, Vary
from dnn_core.tuning.search import run_study
from dnn_core.tuning.study import create_study
from dnn_core.tuning.study_result import read_study
from dnn_core.tuning.study_store import list_studies

pytestmark = pytest.mark.training


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def wanted(asked):
    vary = (
        Vary(hyperparameter="units", values=(2, 3)),
        Vary(hyperparameter="dropout", values=(0.0, 0.2)),
    )
    return StudySpec(experiment=asked, vary=vary, sampler="grid", trials=4, folds=2)


@pytest.fixture
def study_file(tmp_path, wanted):
    path = tmp_path / "study.json"
    path.write_text(wanted.model_dump_json(indent=1))
    return path


def words(file, survey, home, *more):
    return ["study", str(file), "--data", str(survey), "--workspace", str(home), *more]


def figures(study):
    return pd.DataFrame([(t.number, str(t.values), t.value, t.main) for t in study.trials])


def test_a_study_is_the_one_that_the_library_makes(
    study_file, wanted, survey, home, tmp_path, capsys
):
    assert main(words(study_file, survey, home, "--name", "From a shell")) == 0
    said = capsys.readouterr()
    (study,) = list_studies(Workspace(home))
    data = dnn_core.read_dataset(survey)
    same = run_study(create_study(data, wanted, tmp_path / "same"), data)
    pd.testing.assert_frame_equal(figures(study), figures(same))
    assert (study.status.state, study.status.name) == (State.FINISHED, "From a shell")
    assert not is_executed_locally(study.directory)
    facts = read_study(study).facts
    assert study.id in said.out and str(study.directory) in said.out
    assert f"number {facts['best']}, Log loss {facts['apparent']:.4f} uncorrected" in said.out
    assert f"{facts['corrected']:.4f} after correcting for the choice" in said.out
    assert "4/4" in said.err


def test_a_study_that_was_made_on_edited_data_can_be_made_again(
    wanted, survey, home, tmp_path, capsys
):
    """The codebook lies beside the study."""
    data = dnn_core.read_dataset(survey)
    edited = data.with_variables(
        tuple(
            v.model_copy(update={"level": Level.ORDINAL}) if v.name == "trust" else v
            for v in data.variables
        )
    )
    made = run_study(create_study(edited, wanted, tmp_path / "made"), edited)
    assert main(words(made.directory / "study.json", survey, home)) == 0
    (study,) = list_studies(Workspace(home))
    assert study.asked.experiment.data == edited.fingerprint
    pd.testing.assert_frame_equal(figures(study), figures(made))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "JSON"),
        ('{"experiment": 3}', ""),
        ('{"vary": []}', ""),
    ],
)
def test_what_is_no_study_is_refused_in_a_sentence(text, sentence, survey, home, tmp_path, capsys):
    file = tmp_path / "broken.json"
    file.write_text(text)
    assert main(words(file, survey, home)) == BAD_INPUT
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said and said.strip()
    assert list_studies(Workspace(home)) == []
