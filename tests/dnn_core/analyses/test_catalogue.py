"""No analysis is forgotten."""

from __future__ import annotations

from pathlib import Path

from dnn_core.analyses.catalogue import ANALYSES, analyse


def test_every_file_of_an_analysis_is_in_the_catalogue() -> None:
    folder = Path(analyse.__code__.co_filename).parent
    text = {path.stem: path.read_text("utf-8") for path in folder.glob("*.py")}
    files = {name for name, lines in text.items() if "\nANALYSIS = " in lines}
    assert files == {analysis.make.__module__.rpartition(".")[2] for analysis in ANALYSES}


def test_codes_of_analyses_are_unique() -> None:
    codes = [analysis.code for analysis in ANALYSES]
    assert len(set(codes)) == len(codes)
