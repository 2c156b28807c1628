"""What the scoring script says and refuses; that it runs alone is tested with the package."""

import json

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.encoding.fitting import fit_encoder
from dnn_core.data.readers import read_bytes
from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.columns import report_columns
from dnn_core.evaluation.predictor import Predictor
from dnn_core.evaluation.score_file import beside, free_name, main
from dnn_core.specs import EncodingSpec, Kind

OLD = b"age,region,income\n" + b"20,n,1.5\n40,s,2.5\n60,n,3.5\n" * 10


@pytest.fixture
def folder(tmp_path):
    """A package without its network: what is said before a prediction needs none."""
    dataset = read_bytes(OLD, "old.csv")
    target = TargetCoding("y", Kind.REGRESSION)
    rows = np.arange(len(dataset))
    fit_encoder(dataset, dataset.names, target, EncodingSpec(), rows).save(tmp_path)
    (tmp_path / "about.json").write_text(json.dumps({"reading": dataset.source.options}))
    return tmp_path


@pytest.fixture
def pixels(tmp_path):
    target = TargetCoding("y", Kind.MULTICLASS, ("0", "1"), ("0", "1"))
    Encoder((), target, None, outputs=("pixel",) * 64, sources=()).save(tmp_path)
    return tmp_path


def score(folder, content, *more, name="new.csv"):
    if content is not None:
        (folder / name).write_bytes(content)
    return main(folder, [str(folder / name), str(folder / "scored.csv"), *more])


def test_absent_columns_are_named_and_nothing_is_written(folder, capsys):
    assert score(folder, b"age,Region,id\n30,n,1\n") == 1
    said = capsys.readouterr().err
    assert "new.csv: 1 rows, 3 predictors, 1 of them without a remark.\n" in said
    assert (
        "Problem: region: The file has no such column, but “Region”; rename it if that is the "
        "one.\n" in said
    )
    assert "Problem: income: The file has no such column.\n" in said
    assert "Kept, but not used: Region, id.\n" in said
    assert "The file lacks 2 columns that the network was trained on: “region”, “income”." in said
    assert not (folder / "scored.csv").exists()


def test_every_remark_of_the_report_is_said(folder, capsys, monkeypatch):
    monkeypatch.setattr("dnn_core.evaluation.score_file.Predictor.load", lambda _: Nobody())
    new = b"age,region,income\nthirty,East,1\n40,,k.A.\n,n,never\n"
    assert score(folder, new) == 0
    said = capsys.readouterr().err
    report = report_columns(Encoder.load(folder), read_bytes(new, "new.csv").frame)
    assert len(report) == 3 and all(report["problem"])
    for name, problem in zip(report["name"], report["problem"], strict=True):
        assert f"{name}: {problem}\n" in said
    assert "“thirty”" in said and "“East” (1)" in said and "“k.A.”, “never”" in said


def test_what_cannot_be_used_is_a_problem(folder, capsys, monkeypatch):
    monkeypatch.setattr("dnn_core.evaluation.score_file.Predictor.load", lambda _: Nobody())
    assert score(folder, b"age,region,income\n30,North,1\n40,South,2\n") == 0
    said = capsys.readouterr().err
    assert "Problem: region: 2 of 2 rows hold categories that did not occur in training" in said
    assert said.endswith("What cannot be used is treated as the remarks say.\n")
    scored = pd.read_csv(folder / "scored.csv")
    assert scored["predicted"].tolist() == [0, 0] and scored["region"].tolist() == [
        "North",
        "South",
    ]


class Nobody:
    """Predicts 0."""

    def predictions(self, frame):
        return pd.DataFrame({"row": range(len(frame)), "predicted": 0.0})


def test_text_of_a_file_moves_no_cursor(folder, capsys):
    assert score(folder, b"age,region\n30,\x1b[2Jn\n" + b"30,n\n" * 50) == 1
    said = capsys.readouterr().err
    assert "�[2Jn" in said and "\x1b" not in said


def test_a_file_without_rows_and_one_that_is_not_there_are_refused(folder, capsys):
    assert score(folder, b"age,region,income\n") == 1
    assert score(folder, None, name="gone.csv") == 1
    assert "There is no file “" in capsys.readouterr().err


def test_unknown_levels_are_refused(folder):
    with pytest.raises(SystemExit):
        score(folder, OLD, "--level", "91")


def test_a_type_is_not_trusted_because_the_file_beside_it_says_so(folder, capsys):
    import skops.io

    skops.io.dump(Nobody(), folder / "encoder.skops")
    named = skops.io.get_untrusted_types(file=folder / "encoder.skops")
    assert named
    about = json.loads((folder / "encoder.json").read_text())
    assert "trusted_types" not in about
    (folder / "encoder.json").write_text(json.dumps({**about, "trusted_types": named}))
    assert score(folder, OLD) == 1
    said = capsys.readouterr().err
    assert "“encoder.skops” is not opened" in said and named[0] in said


def test_images_of_another_size_are_refused(pixels, capsys, monkeypatch):
    monkeypatch.setattr(Predictor, "load", lambda folder: Predictor(Encoder.load(folder), None))
    np.save(pixels / "new.npy", np.zeros((2, 7, 7), dtype="uint8"))
    assert score(pixels, None, name="new.npy") == 1
    assert "Expected: 64 pixels in each image. Received: 49." in capsys.readouterr().err


def test_arrays_of_objects_are_not_unpickled(pixels, capsys):
    np.save(pixels / "new.npy", np.array([{"a": 1}], dtype="object"), allow_pickle=True)
    assert score(pixels, None, name="new.npy") == 1
    assert "contains no images" in capsys.readouterr().err


def test_new_rows_keep_their_columns_and_get_what_is_predicted() -> None:
    new = pd.DataFrame({"age": [30], "predicted": ["mine"]}, index=[7])
    said = pd.DataFrame(
        {
            "row": [0],
            "part": ["new"],
            "observed": [None],
            "predicted": ["yes"],
            "probability_yes": [0.9],
        }
    )
    together = beside(new, said)
    assert together.to_dict("records") == [
        {"age": 30, "predicted": "mine", "predicted_2": "yes", "probability_yes": 0.9}
    ]


def test_a_free_name_gets_the_first_number_that_is_free():
    assert free_name("row", {"age"}) == "row"
    assert free_name("row", {"row", "row_2"}) == "row_3"
