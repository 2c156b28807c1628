"""Parse large tables of text and files of other programs, and write the result beside each.

    python -m dnn_core.data.readers.parser BYTES

BYTES limits the address space. Each line of standard input is an order: `kind`, `source` and
`settings`, as JSON. `frame.feather` and `about.json` are written into the folder of the source;
lines with the share that has been read, and a last one, are answered. Runs as a process of its own,
see `parsing`.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyreadstat
from python_calamine import CalamineError

from dnn_core.data.readers import (
    parquet_parser,
    statistical_parser,
    text_parser,
    workbook_parser,
)
from dnn_core.data.readers.reading import refuse_wide
from dnn_core.errors import UserError

PARSERS: dict[str, Callable[..., tuple[list[pd.Series], dict[str, Any]]]] = {
    "statistical": statistical_parser.parse,
    "workbook": workbook_parser.parse,
    "parquet": parquet_parser.parse,
    "text": text_parser.parse,
}

DAMAGE = (
    pyreadstat.ReadstatError,
    pyreadstat.PyreadstatError,
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    pa.ArrowException,
    # Libraries take a file to be whole, and stumble over one that is not in all these ways;
    # broken XML is a SyntaxError.
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a damaged file raises; over a table of text it would be a mistake of ours."""


def main(memory: int) -> None:
    """Execute orders until there are none."""
    _limit_memory(memory)
    # A library that prints must not answer in our place.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        kind, settings = order["kind"], order["settings"]
        if kind == "text":
            settings["watch"] = lambda share: print(share, file=answers, flush=True)
        _execute(kind, Path(order["source"]), settings)
        print("done", file=answers, flush=True)


def _limit_memory(memory: int) -> None:
    try:
        import resource
    except ImportError:
        # Windows has no such limit; there the limit of time has to do.
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _execute(kind: str, source: Path, settings: dict[str, Any]) -> None:
    damage = (MemoryError,) if kind == "text" else DAMAGE
    try:
        columns, about = PARSERS[kind](source, **settings)
        refuse_wide(len(columns))
        table = pd.concat(columns, axis=1) if columns else pd.DataFrame()
        # By position: a damaged file may use a name twice.
        table.columns = pd.Index([f"{i} {name}" for i, name in enumerate(about["names"])])
        table.to_feather(source.with_name("frame.feather"))
    except UserError as error:
        about = {"refusal": vars(error)}
    except damage as error:
        about = {"problem": f"{type(error).__name__}: {error}"}
    source.with_name("about.json").write_text(json.dumps(about), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]))
