"""Files of SPSS, Stata and SAS that are cut are refused, or it is said what may be missing."""

from __future__ import annotations

import struct

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from dnn_core.data.readers import read_bytes
from dnn_core.data.readers.complete import RECORD, check_complete
from dnn_core.errors import UserError

CASES = 300


def survey(variables: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "id": np.arange(CASES, dtype=float),
            "income": rng.normal(2000, 500, CASES),
            "party": rng.choice(["left", "right", "none of them"], CASES),
        }
    )
    return frame.iloc[:, :variables]


def transport(tmp_path, version: int, variables: int = 3) -> bytes:
    path = tmp_path / "survey.xpt"
    pyreadstat.write_xport(survey(variables), path, file_format_version=version)
    return path.read_bytes()


@pytest.mark.parametrize("variables", [1, 3])
def test_a_cut_transport_file_of_version_8_is_always_noticed(tmp_path, variables) -> None:
    whole = transport(tmp_path, 8, variables)
    assert check_complete(whole).counted
    # Blanks fill the last record up.
    filling = len(whole) - len(whole.rstrip(b" "))
    for size in range(1, len(whole) - filling, 7):
        content = whole[:size]
        if content.startswith(b"HEADER RECORD*******LIB"):
            with pytest.raises(UserError, match="incomplete"):
                check_complete(content)


def test_a_cut_transport_file_of_version_5_is_noticed_or_said_to_be_possible(tmp_path) -> None:
    whole = transport(tmp_path, 5)
    width = 8 + 8 + 12
    start = whole.index(b"HEADER RECORD*******OBS") + RECORD
    assert not check_complete(whole).counted
    for size in range(100, start, 7):
        with pytest.raises(UserError, match="incomplete"):
            check_complete(whole[:size])
    for size in range(start, len(whole), 5):
        cases, part = divmod(size - start, width)
        if size % RECORD or (part and whole[size - part : size].strip(b" ")):
            with pytest.raises(UserError, match="incomplete"):
                check_complete(whole[:size])
        else:
            # Nothing tells this from a file of so few cases, but that none are counted is said.
            assert cases * width + part + start == size
            assert not check_complete(whole[:size]).counted


def test_what_is_refused_says_how_much_there_is(tmp_path, one_process) -> None:
    # 48 records of 80 bytes hold 137 cases of 28 bytes and 4 bytes of another.
    for version, words in ((8, "137 of the 300 cases"), (5, "137 cases and part of another one")):
        whole = transport(tmp_path, version)
        start = whole.index(b"HEADER RECORD*******OBS") + RECORD
        with pytest.raises(UserError, match=words) as caught:
            read_bytes(whole[: start + 48 * RECORD], "survey.xpt")
        assert "its end is missing" in caught.value.problem and caught.value.remedy


def test_whole_transport_files_are_read(tmp_path, one_process) -> None:
    dataset = read_bytes(transport(tmp_path, 8), "survey.xpt")
    assert len(dataset) == CASES and dataset.source.warnings == ()
    dataset = read_bytes(transport(tmp_path, 5), "survey.xpt")
    assert len(dataset) == CASES
    (warning,) = dataset.source.warnings
    assert "does not say how many cases it has; 300 were read" in warning


@pytest.mark.parametrize("version", [5, 8])
def test_tables_behind_the_first_do_not_become_cases(tmp_path, version, one_process) -> None:
    whole = transport(tmp_path, version)
    # Without the header of the library, which is three records.
    dataset = read_bytes(whole + whole[3 * RECORD :], "survey.xpt")
    assert len(dataset) == CASES
    assert dataset.frame["ID" if "ID" in dataset.names else "id"].tolist() == list(range(CASES))
    assert any("contains 2 tables; only the first was read" in w for w in dataset.source.warnings)


def labelled(tmp_path, version: int) -> bytes:
    frame = pd.DataFrame({"vote": [1.0, 2.0] * 50, "age": np.arange(100.0)})
    path = tmp_path / "survey.dta"
    labels = {"vote": {1.0: "Left party", 2.0: "Right party"}}
    pyreadstat.write_dta(frame, path, version=version, variable_value_labels=labels)
    return path.read_bytes()


@pytest.mark.parametrize("version", [13, 15])
def test_a_stata_file_without_its_end_is_refused(tmp_path, version) -> None:
    whole = labelled(tmp_path, version)
    assert check_complete(whole).size == len(whole)
    for size in range(20, len(whole), 97):
        with pytest.raises(UserError, match="incomplete"):
            check_complete(whole[:size])


def test_value_labels_that_an_older_stata_file_lost_are_named(tmp_path, one_process) -> None:
    whole = labelled(tmp_path, 12)
    assert read_bytes(whole, "survey.dta").source.warnings == ()
    dataset = read_bytes(whole[:-20], "survey.dta")
    assert dataset.variable("vote").value_labels == {}
    (warning,) = dataset.source.warnings
    assert "value labels that it does not contain" in warning and "“vote”" in warning


def test_a_cut_spss_file_is_refused_or_said_to_be_possible(tmp_path, one_process) -> None:
    path = tmp_path / "survey.sav"
    pyreadstat.write_sav(survey(3), path)
    whole = path.read_bytes()
    with pytest.raises(UserError, match="incomplete"):
        read_bytes(whole[: len(whole) * 2 // 3], "survey.sav")
    # Some programs write -1 for the number of cases; then nothing tells.
    unknown = whole[:80] + struct.pack("<i", -1) + whole[84:]
    dataset = read_bytes(unknown[: len(whole) * 2 // 3], "survey.sav")
    assert len(dataset) < CASES
    (warning,) = dataset.source.warnings
    assert f"does not say how many cases it has; {len(dataset)} were read" in warning
