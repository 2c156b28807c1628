"""Files on disk, real ones among them, and what a data set remembers of its file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.dataset_files import load_dataset, save_dataset
from dnn_core.data.describe.description import describe
from dnn_core.data.readers import ReadOptions, read_bytes, read_dataset
from dnn_core.errors import UserError

FORMATS = Path(__file__).resolve().parents[5] / "shared/data/formats"


def real(name: str) -> Path:
    path = FORMATS / name
    if not path.exists():
        pytest.skip(f"{name} lies outside the project and is not here")
    return path


def test_the_source_is_remembered() -> None:
    content = b"a;b\n1;x\n2;y\n"
    dataset = read_bytes(content, "answers.CSV")
    assert dataset.name == "answers.CSV"
    assert dataset.source.sha256 == hashlib.sha256(content).hexdigest()
    assert dataset.source.size_bytes == len(content)
    assert dataset.source.options["delimiter"] == ";"
    assert ReadOptions.model_validate(dataset.source.options).delimiter == ";"


def test_the_fingerprint_follows_how_the_file_was_read() -> None:
    content = b"a,b\n1,NA\n2,y\n"
    guessed = read_bytes(content, "x.csv")
    other = read_bytes(content, "x.csv", ReadOptions())
    assert guessed.fingerprint == read_bytes(content, "y.csv").fingerprint
    assert guessed.fingerprint != other.fingerprint


def test_warnings_survive_the_disk(tmp_path: Path) -> None:
    dataset = read_bytes(b"a,,c\n1,2,3\n4,5,6\n", "x.csv")
    assert len(dataset.source.warnings) == 1
    again = load_dataset(save_dataset(dataset, tmp_path / "x"))
    assert again.source == dataset.source
    assert again.fingerprint == dataset.fingerprint


def test_a_codebook_beside_the_file_is_applied(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("vote,age\n1,20\n2,30\n9,-99\n")
    codebook = {
        "title": "Election study",
        "variables": {
            "vote": {"label": "Vote", "value_labels": {"1": "yes"}, "missing_codes": [9]}
        },
    }
    (tmp_path / "x.json").write_text(json.dumps(codebook))
    dataset = read_dataset(tmp_path / "x.csv")
    assert dataset.name == "Election study"
    assert dataset.variable("vote").label == "Vote"
    assert dataset.variable("vote").missing_codes == ("9",)
    assert read_dataset(tmp_path / "x.csv", name="mine").name == "mine"
    # An upload comes alone.
    content = (tmp_path / "x.csv").read_bytes()
    assert read_bytes(content, "x.csv").variable("vote").label == ""


def test_other_json_beside_the_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "x.json").write_text("[1, 2]")
    assert read_dataset(tmp_path / "x.csv").name == "x.csv"
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(UserError, match="not valid JSON"):
        read_dataset(tmp_path / "x.csv")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no file"):
        read_dataset(tmp_path / "x.csv")


def test_german_structural_data() -> None:
    # 299 constituencies, 16 states and the country; first and last row read off the file.
    dataset = read_dataset(real("btw17_strukturdaten_cp1252.csv"))
    assert dataset.frame.shape == (316, 52)
    options = dataset.source.options
    assert (options["delimiter"], options["encoding"], options["decimal"]) == (";", "cp1252", ",")
    assert options["header_row"] == 8
    first = dataset.frame.iloc[0]
    assert first.iloc[:5].tolist() == [
        "Schleswig-Holstein", 1, "Flensburg – Schleswig", 130, 2128.1,
    ]  # fmt: skip
    assert dataset.names[5] == "Bevölkerung am 31.12.2015 - Insgesamt (in 1000)"
    (guessed,) = dataset.source.warnings
    assert "was read as Western European (Windows-1252), for example “" in guessed


def test_star_wars_with_two_header_rows() -> None:
    dataset = read_dataset(real("StarWars.csv"))
    assert dataset.frame.shape == (1186, 38)
    assert dataset.source.options["header_rows"] == 2
    assert dataset.variable("RespondentID").level is Level.IDENTIFIER
    ranks = [name for name in dataset.names if name.startswith("Please rank")]
    assert len(ranks) == 6
    assert all(dataset.variable(name).level is Level.ORDINAL for name in ranks)
    assert dataset.frame[ranks[0]].iloc[0] == 3


def test_minus_99_is_pointed_out_and_not_removed() -> None:
    dataset = read_dataset(real("china_minus99.csv"))
    assert dataset.frame.shape == (9788, 4)
    assert (dataset.frame["child_care"] == -99).sum() > 100
    described = [n for n in describe(dataset).notices if n.code == "missing_codes"]
    # 9 of edu is the survey's code for an unknown education, too.
    assert [n.variables for n in described] == [("edu",), ("child_care",)]
    assert "-99" in described[1].title


def test_question_texts_as_names() -> None:
    dataset = read_dataset(real("flying-etiquette.csv"))
    assert dataset.frame.shape == (1040, 27)
    assert dataset.variable("How tall are you?").level is Level.NOMINAL
    assert "6'3\"" in set(dataset.frame["How tall are you?"])
    assert dataset.source.warnings == ()
    assert np.isclose(describe(dataset).most_missing[1], 214 / 1040)
