"""How many rows each way of treating missing answers keeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset
from dnn_core.data.encoding.predictor_columns import column_of
from dnn_core.data.encoding.tabulate import look
from dnn_core.data.missing.missing_reasons import MARK
from dnn_core.specs import Task


@dataclass(frozen=True)
class RowsKept:
    """Rows that are left after each decision.

    Parameters
    ----------
    in_file : int
    with_outcome : int
        Rows with an answer to the outcome: those that train, validate and test.
    complete : int
        Of these, rows with an answer to every predictor as well: what a regression
        with listwise deletion would keep.
    missing : pandas.DataFrame
        One row for each predictor with missing answers, most of them first:
        variable; missing, rows without an answer; reasons, how many of them for each
        kind of missing answer, by name, "" for no reason; complete_without, rows that
        would be complete if this predictor were left out. Rows with an outcome only.
    """

    in_file: int
    with_outcome: int
    complete: int
    missing: pd.DataFrame


def rows_kept(dataset: Dataset, task: Task) -> RowsKept:
    """Count rows with an outcome, complete rows, and missing answers of each predictor."""
    rows = np.flatnonzero(dataset.answers(task.target).notna().to_numpy())
    gaps = np.zeros(len(rows), dtype="int32")
    # Where a row has one gap alone, this is the place of the predictor.
    place = np.zeros(len(rows), dtype="int32")
    losing = []
    for i, name in enumerate(task.features):
        column = column_of(dataset, name)
        kinds = list(dict.fromkeys(kind for _, kind in column.reasons))
        _, why = look(dataset.frame[name].iloc[rows], vars(column), kinds)
        gaps += why > 0
        place += np.where(why > 0, i, 0).astype("int32")
        counts = np.bincount(why, minlength=2 + len(kinds)).tolist()
        if counts[0] < len(rows):
            names = ["", *(kind.removesuffix(MARK) for kind in kinds)]
            reasons = {n: count for n, count in zip(names, counts[1:], strict=True) if count}
            losing.append((i, name, len(rows) - counts[0], reasons))
    complete = int((gaps == 0).sum())
    alone = np.bincount(place[gaps == 1], minlength=len(task.features)).tolist()
    records = [(name, n, reasons, complete + alone[i]) for i, name, n, reasons in losing]
    table = pd.DataFrame(records, columns=["variable", "missing", "reasons", "complete_without"])
    table = table.sort_values("missing", ascending=False, kind="stable", ignore_index=True)
    return RowsKept(len(dataset), len(rows), complete, table)
