"""Parquet files, as pandas, R's arrow and databases write them."""

from __future__ import annotations

from dnn_core.data.dataset import Level, Variable
from dnn_core.data.levels.guess import guess_level
from dnn_core.data.readers.foreign import refuse_unless
from dnn_core.data.readers.moments import describe_moments
from dnn_core.data.readers.names import listed
from dnn_core.data.readers.options import ReadOptions
from dnn_core.data.readers.parsing import Job, parse_in_subprocess
from dnn_core.data.readers.reading import Reading, Watch, name_columns, refuse_empty

TITLE = "a Parquet file (.parquet)"


def read_parquet(
    content: bytes, options: ReadOptions | None, watch: Watch | None = None
) -> Reading:
    """Read the bytes of a Parquet file, which is self-describing.

    Raises
    ------
    UserError
        If the file is damaged, of another kind or holds no answers.
    """
    refuse_unless(content.startswith(b"PAR1"), content, TITLE)
    frame, about = parse_in_subprocess(content, Job("parquet", ".parquet", TITLE))
    warnings = []
    if about["left_out"]:
        warnings.append(
            "Columns that hold lists, records or raw bytes were left out: "
            f"{listed(about['left_out'])}."
        )
    if about["index"]:
        warnings.append("The row numbers that pandas had stored with the table were left out.")
    refuse_empty(frame)
    frame, doubles = name_columns(frame, about["names"])
    variables = tuple(
        Variable(
            name=str(name),
            level=Level.ORDINAL if ordered and len(labels) > 2 else guess_level(series),
            value_labels={str(value): label for value, label in labels},
        )
        for (name, series), labels, ordered in zip(
            frame.items(), about["labels"], about["ordered"], strict=True
        )
    )
    warnings += describe_moments(about["dates"], about["times"])
    return Reading(frame, None, (*doubles, *warnings), variables)
