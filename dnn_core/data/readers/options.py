"""The options of reading a file, which the researcher can change."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dnn_core.specs import Choice, Hyperparameter, Spec


class Delimiter(Choice):
    """The character between two cells."""

    COMMA = ",", "Comma ,"
    SEMICOLON = ";", "Semicolon ;"
    TAB = "\t", "Tab"
    PIPE = "|", "Bar |"


class Encoding(Choice):
    """Encodings of text files; the values are Python's codec names."""

    UTF_8 = "utf-8", "UTF-8"
    UTF_16 = "utf-16", "UTF-16"
    UTF_16_LE = "utf-16-le", "UTF-16, little-endian"
    UTF_16_BE = "utf-16-be", "UTF-16, big-endian"
    WINDOWS_1252 = "cp1252", "Western European (Windows-1252)"
    LATIN_1 = "latin-1", "Western European (ISO 8859-1)"
    MAC_ROMAN = "mac-roman", "Western European (Mac)"
    DOS = "cp850", "Western European (DOS)"
    WINDOWS_1250 = "cp1250", "Central European (Windows-1250)"
    LATIN_2 = "iso8859-2", "Central European (ISO 8859-2)"
    WINDOWS_1251 = "cp1251", "Cyrillic (Windows-1251)"
    WINDOWS_1253 = "cp1253", "Greek (Windows-1253)"
    WINDOWS_1254 = "cp1254", "Turkish (Windows-1254)"


class Decimal(Choice):
    """The decimal mark."""

    POINT = ".", "Point 1.5"
    COMMA = ",", "Comma 1,5"


class Thousands(Choice):
    """What groups the digits of large numbers."""

    NONE = "", "None 1234567"
    COMMA = ",", "Comma 1,234,567"
    POINT = ".", "Point 1.234.567"
    SPACE = " ", "Space 1 234 567"
    APOSTROPHE = "'", "Apostrophe 1'234'567"


HeaderRow = Annotated[
    int | None,
    Field(
        ge=0,
        title="Header row",
        description="The line with the names of the variables, counted from 0; earlier lines are "
        "skipped. None: there is no such line, and the columns are named v1, v2 …",
    ),
    Hyperparameter(step=1),
]

HeaderRows = Annotated[
    int,
    Field(
        ge=1,
        le=2,
        title="Header rows",
        description="How many rows make up the names; with two, a question and its item are "
        "joined into one name.",
    ),
    Hyperparameter(step=1),
]


class ReadOptions(Spec):
    """How a text file is read.

    Empty cells are always missing and need no token.
    """

    delimiter: Annotated[
        Delimiter, Field(title="Delimiter", description="The character between two cells.")
    ] = Delimiter.COMMA
    encoding: Annotated[
        Encoding,
        Field(
            title="Encoding",
            description="The character encoding; change it if umlauts or accents look wrong.",
        ),
    ] = Encoding.UTF_8
    decimal: Annotated[
        Decimal, Field(title="Decimal mark", description="The mark before the decimals.")
    ] = Decimal.POINT
    thousands: Annotated[
        Thousands,
        Field(
            title="Thousands mark",
            description="The mark that groups the digits of large numbers; used only in columns "
            "in which every answer is such a number.",
        ),
    ] = Thousands.NONE
    header_row: HeaderRow = 0
    header_rows: HeaderRows = 1
    missing_tokens: Annotated[
        tuple[str, ...],
        Field(
            title="Missing tokens",
            description="Cells with exactly this text count as missing answers, "
            "as empty cells always do.",
        ),
    ] = ()
    as_text: Annotated[
        tuple[str, ...],
        Field(
            title="Kept as text",
            description="Columns that stay as text, for example postcodes with leading zeros.",
        ),
    ] = ()
    no_tokens_in: Annotated[
        tuple[str, ...],
        Field(
            title="Columns without missing tokens",
            description="Columns in which only empty cells are missing, for example country "
            "codes, where NA is Namibia.",
        ),
    ] = ()


class WorkbookOptions(Spec):
    """How a workbook is read."""

    sheet: Annotated[
        str, Field(title="Sheet", description="The sheet of the workbook with the table.")
    ]
    header_row: HeaderRow = 0
    header_rows: HeaderRows = 1


Options = ReadOptions | WorkbookOptions | None
"""None for self-describing files, or where the options are to be guessed."""
