"""The marks in numbers: the decimal mark and the thousands mark.

“12.5” and “1.234.567” can be read in one way only; “60.130” can be sixty thousand or sixty. The
evidence of all columns is combined, because numbers of one file are written in one way; where there
is none, a notice states the assumption.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from dnn_core.data.readers.names import listed
from dnn_core.data.readers.options import Decimal, Delimiter, ReadOptions, Thousands

MOSTLY = 0.8
"""A column with this share of numbers among its different answers is one of numbers."""

SEPARATORS = {
    Thousands.COMMA: ",",
    Thousands.POINT: ".",
    Thousands.SPACE: " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}",
    Thousands.APOSTROPHE: "'\N{RIGHT SINGLE QUOTATION MARK}",
}
"""Signs that are written for each thousands mark."""

_ALL = "".join(SEPARATORS.values())
_NUMBER = re.compile(
    rf"[+-]?(?:(?P<grouped>\d{{1,3}}(?P<by>[{_ALL}])\d{{3}}(?:(?P=by)\d{{3}})*)|(?P<plain>\d*))"
    r"(?:(?P<mark>[.,])(?P<decimals>\d*))?(?:[eE][+-]?\d+)?%?"
)
_NAMES = {".": "point", ",": "comma"}

Use = Literal["decimal", "groups", "either"]
"""How a mark is used in a number; “either” in one such as 60.130."""


@dataclass
class Evidence:
    """Evidence from the different answers of a column.

    Parameters
    ----------
    uses : Counter
        Numbers that use a mark in a way, by (use, mark); of the signs that are written for a
        thousands mark the first stands for all.
    short, long : int
        Whole numbers without a mark, of up to three and of more digits.
    words : int
        Answers that are no numbers.
    example : str
        A number that can be read in two ways, else one with a mark.
    """

    uses: Counter[tuple[Use, str]] = field(default_factory=Counter)
    short: int = 0
    long: int = 0
    words: int = 0
    example: str = ""

    @property
    def numbers(self) -> bool:
        """Whether the column is one of numbers."""
        numbers = sum(self.uses.values()) + self.short + self.long
        return numbers >= MOSTLY * (numbers + self.words)

    def fits(self, decimal: Decimal, thousands: Thousands) -> bool:
        """Whether all its numbers can be read with these marks."""
        allowed = {("decimal", decimal.value), ("either", decimal.value)}
        if thousands is not Thousands.NONE:
            allowed |= {("groups", thousands.value), ("either", thousands.value)}
        return self.uses.keys() <= allowed

    def lean(self) -> int:
        """Above 0 if it shows a decimal comma, below 0 if a decimal point, 0 if neither."""
        comma = self.uses["decimal", ","] + self.uses["groups", "."]
        point = self.uses["decimal", "."] + self.uses["groups", ","]
        return comma - point

    def guess(self) -> int:
        """The same of numbers that can be read in two ways, by those without a mark beside them.

        950 beside 1.234: decimals would not come and go in threes. 1500 beside 1.234: people who
        group digits group all of them.
        """
        groups = self.short > 0 and self.long == 0
        if not groups and not self.long:
            return 0
        lean = self.uses["either", "."] - self.uses["either", ","]
        return lean if groups else -lean


def look_at(answers: Iterable[str]) -> Evidence:
    """Look at the different answers of a column."""
    evidence = Evidence()
    for answer in answers:
        number = _match(answer)
        if number is None:
            evidence.words += 1
        elif number["by"] is None and number["mark"] is None:
            evidence.short += len(number["plain"]) <= 3
            evidence.long += len(number["plain"]) > 3
        else:
            uses = _uses(number)
            if not evidence.example or (
                uses[0][0] == "either" and not evidence.uses["either", uses[0][1]]
            ):
                evidence.example = answer
            evidence.uses.update(uses)
    return evidence


def is_number(answer: str) -> bool:
    """Whether a cell holds a number, whatever its marks."""
    return _match(answer) is not None


def _match(answer: str) -> re.Match[str] | None:
    number = _NUMBER.fullmatch(answer.strip())
    if number is None or not any(map(str.isdecimal, answer)):
        return None
    # No mark does both.
    return None if number["by"] and number["by"] == number["mark"] else number


def _uses(number: re.Match[str]) -> list[tuple[Use, str]]:
    mark, by = number["mark"], number["by"]
    uses: list[tuple[Use, str]] = [("decimal", mark)] if mark else []
    if by is None:
        return uses
    sign = next(each.value for each, signs in SEPARATORS.items() if by in signs)
    one_group = number["grouped"].count(by) == 1
    if mark or not one_group or sign not in _NAMES:
        return [*uses, ("groups", sign)]
    # No number of thousands begins with 0.
    return [("decimal" if number["grouped"].startswith("0") else "either", sign)]


def decide_marks(columns: Iterable[Evidence], delimiter: Delimiter) -> tuple[Decimal, Thousands]:
    """The marks that most columns show.

    Where nothing shows the decimal mark, it is a point, but a comma in a file of semicolons: they
    stand between cells where the comma stands before decimals.
    """
    numeric = [column for column in columns if column.numbers]
    # Between commas, “1,2” is a list of answers rather than a number.
    lists = delimiter is Delimiter.COMMA and not any(each.uses["groups", "."] for each in numeric)
    leans = [0 if lists and each.lean() > 0 else each.lean() for each in numeric]
    lean = sum(each > 0 for each in leans) - sum(each < 0 for each in leans)
    if lean == 0:
        guesses = [each.guess() for each in numeric]
        lean = sum(each > 0 for each in guesses) - sum(each < 0 for each in guesses)
    if lean == 0 and delimiter is Delimiter.SEMICOLON:
        lean = sum(each.uses["either", "."] + each.uses["either", ","] for each in numeric)
    decimal = Decimal.COMMA if lean > 0 else Decimal.POINT
    return decimal, _decide_thousands(numeric, decimal)


def _decide_thousands(columns: list[Evidence], decimal: Decimal) -> Thousands:
    for thousands in SEPARATORS:
        mark = thousands.value
        if mark != decimal.value and any(
            each.uses["groups", mark] + each.uses["either", mark] and each.fits(decimal, thousands)
            for each in columns
        ):
            # One column that cannot be read otherwise is enough.
            return thousands
    return Thousands.NONE


def grouped(thousands: Thousands, decimal: Decimal) -> re.Pattern[str]:
    """Numbers whose digits are in groups of three, or that are too short for it."""
    point = re.escape(decimal.value)
    if thousands is Thousands.NONE:
        return re.compile(rf"[+-]?\d+({point}\d+)?")
    signs = re.escape(SEPARATORS[thousands])
    return re.compile(rf"[+-]?(\d{{1,3}}([{signs}]\d{{3}})+|\d+)({point}\d+)?")


def plain_number(answer: str, options: ReadOptions) -> str:
    """A number that `grouped` matches, as a computer writes it."""
    signs = SEPARATORS.get(options.thousands, "")
    return answer.translate(dict.fromkeys(map(ord, signs))).replace(options.decimal.value, ".")


def describe_marks(
    columns: Mapping[str, Evidence], numeric: Iterable[str], options: ReadOptions
) -> list[str]:
    """Say which numbers can be read in two ways, and which cannot be read with these marks.

    Parameters
    ----------
    columns : mapping from str to Evidence
    numeric : iterable of str
        Columns that were read as numbers.
    options : ReadOptions
        As they were read.
    """
    notices = []
    used = options.decimal, options.thousands
    became_numbers = set(numeric)
    # What somebody chose is no guess.
    if used == decide_marks(columns.values(), options.delimiter):
        notices += _describe_guesses(columns, became_numbers, options)
    left = [
        name
        for name, each in columns.items()
        if name not in became_numbers and each.uses and not each.words and not each.fits(*used)
    ]
    if left:
        example = columns[left[0]].example
        notices.append(
            f"Answers such as “{example}” are not numbers with {_describe(options)}. These "
            f"columns stay text: {listed(left)}."
        )
    return notices


def _describe_guesses(
    columns: Mapping[str, Evidence], numeric: set[str], options: ReadOptions
) -> list[str]:
    notices = []
    for mark, name in _NAMES.items():
        is_decimal = mark == options.decimal.value
        use: Use = "decimal" if is_decimal else "groups"
        if any(each.numbers and each.uses[use, mark] for each in columns.values()):
            # Another number of the file shows it.
            continue
        doubtful = [n for n, each in columns.items() if n in numeric and each.uses["either", mark]]
        if not doubtful:
            continue
        example = columns[doubtful[0]].example
        as_decimal = f"{float(example.replace(mark, '.').rstrip('%')):g}"
        as_thousands = example.replace(mark, "")
        other = "comma" if name == "point" else "point"
        if is_decimal:
            said = f"as the decimal mark, so that this is {as_decimal}. If it groups thousands, "
            said += f"choose the decimal {other} and the {name} as thousands mark"
        else:
            said = f"as the thousands mark, so that this is {as_thousands}. If it stands before "
            said += f"decimals, choose the decimal {name} and no thousands mark"
        notices.append(
            f"Numbers such as “{example}” are ambiguous in this file ({listed(doubtful)}). The "
            f"{name} was read {said}."
        )
    return notices


def _describe(options: ReadOptions) -> str:
    thousands = options.thousands.label.split()[0].lower()
    return (
        f"a decimal {_NAMES[options.decimal.value]} and "
        f"{'no' if options.thousands is Thousands.NONE else f'the {thousands} as'} thousands mark"
    )
