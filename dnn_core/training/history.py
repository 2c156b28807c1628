"""The history of training: one row per epoch and member."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class EpochRecord:
    """One epoch of one member.

    `loss` is the mean over the epoch's batches, each before its step; `val_loss` is
    computed after the epoch on the validation part. Both are without the penalty, which
    `penalty` gives as it is after the epoch. (Keras' `val_loss` is the sum of the two.)
    `metric` and `val_metric` are the main metric of the outcome. Epochs and members count
    from 1.
    """

    epoch: int
    member: int
    loss: float
    val_loss: float
    penalty: float
    metric: float
    val_metric: float
    learning_rate: float
    elapsed_seconds: float

    def to_json(self) -> str:
        """One line of strict JSON, in which a figure that is not finite is null."""
        figures = {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in asdict(self).items()
        }
        return json.dumps(figures, allow_nan=False)


COLUMNS = tuple(EpochRecord.__dataclass_fields__)


def history_frame(records: Iterable[EpochRecord]) -> pd.DataFrame:
    """One row per epoch and member, columns as in `EpochRecord`."""
    return _frame([asdict(record) for record in records])


def read_history(path: Path) -> pd.DataFrame:
    """Read `history.jsonl` while it is being written to.

    A last line that is not complete yet is left out.

    Raises
    ------
    ValueError
        If another line is not an epoch.
    """
    if not path.exists():
        return history_frame([])
    text = path.read_text(encoding="utf-8")
    lines = text[: text.rfind("\n") + 1].splitlines()
    rows = [json.loads(line) for line in lines]
    if not all(isinstance(row, dict) and {"epoch", "member"} <= row.keys() for row in rows):
        raise ValueError(f"{path} contains lines that are not epochs.")
    return _frame(rows)


def _frame(rows: list[dict[str, float | None]]) -> pd.DataFrame:
    # Types are set, so that a frame without rows, or with null in every row, is numeric.
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype("float64")
    return frame.astype({"epoch": "int64", "member": "int64"})


def mean_history(history: pd.DataFrame) -> pd.DataFrame:
    """Mean over members by epoch.

    A member that has stopped counts with its last epoch, so that the mean does not jump
    when one stops. The mean is NaN where a member's figure is NaN.

    Returns
    -------
    pandas.DataFrame
        Columns as in `EpochRecord` less epoch and member, indexed by epoch.
    """
    epochs = np.sort(history["epoch"].unique())
    figures = [name for name in COLUMNS if name not in ("epoch", "member")]
    whole = []
    for _, rows in history.groupby("member"):
        ordered = rows.sort_values("epoch")
        last = np.searchsorted(ordered["epoch"].to_numpy(), epochs, side="right") - 1
        whole.append(ordered[figures].to_numpy()[last])
    mean = np.mean(whole, axis=0) if whole else np.zeros((0, len(figures)))
    return pd.DataFrame(mean, columns=figures, index=pd.Index(epochs, name="epoch"))
