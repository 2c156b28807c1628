"""Cells of a sheet of .xlsx that hold something, and are empty to the library that reads it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_MARKS = re.compile(rb"""<(?:\w+:)?f[\s/>]|\st=["']e["']""")
"""Of a formula, or of a cell with an error; without one, the cells need not be looked at."""

_PIECE = 1 << 20


@dataclass(frozen=True)
class LostCells:
    """Columns that hold errors such as #N/A, counted from 0, and formulas without a result."""

    errors: frozenset[int]
    uncalculated: int


def read_lost_cells(source: Path, sheet: str, first_row: int) -> LostCells | None:
    """Look for errors from a row on, counted from 0, and for formulas in the whole sheet.

    None for workbooks of another kind than .xlsx, which do not tell them apart from empty cells.
    """
    if source.suffix != ".xlsx":
        return None
    with zipfile.ZipFile(source) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return None
        if not _holds(archive, part):
            return LostCells(frozenset(), 0)
        errors, uncalculated = set(), 0
        with archive.open(part) as file:
            for row, column, cell in _cells(ElementTree.iterparse(file, ("start", "end"))):
                if cell.get("t") == "e" and row >= first_row:
                    errors.add(column)
                uncalculated += _is_uncalculated(cell)
    return LostCells(frozenset(errors), uncalculated)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Name of the part with the cells of a sheet."""
    try:
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    except KeyError:
        return None
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for element in book.iter():
        if _name(element) == "sheet" and element.get("name") == sheet:
            key = next((v for k, v in element.attrib.items() if k.endswith("}id")), None)
            target = targets.get(key, "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part if part in archive.namelist() else None
    return None


def _holds(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether there is a formula or an error at all, which is quick to see."""
    end = b""
    with archive.open(part) as file:
        while piece := file.read(_PIECE):
            if _MARKS.search(end + piece):
                return True
            end = piece[-20:]
    return False


def _cells(
    events: Iterator[tuple[str, ElementTree.Element]],
) -> Iterator[tuple[int, int, ElementTree.Element]]:
    """Each cell with its row and column, counted from 0; a file need not name them."""
    row = column = -1
    for event, element in events:
        name = _name(element)
        if name == "row" and event == "start":
            row, column = row + 1, -1
        elif name == "row":
            element.clear()
        elif name == "c" and event == "end":
            column += 1
            named = re.fullmatch(r"([A-Z]+)(\d+)", element.get("r", ""))
            if named:
                column, row = _place(named[1]), int(named[2]) - 1
            yield row, column, element
            element.clear()


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1


def _is_uncalculated(cell: ElementTree.Element) -> bool:
    parts = {_name(part): part.text for part in cell}
    # A formula whose result is an empty word says so by its type.
    return "f" in parts and not parts.get("v") and cell.get("t") != "str"


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
