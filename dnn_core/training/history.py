"""What training reported: one row for each epoch and member."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class EpochRecord:
    """One epoch of one member.

    `loss` is the mean over the epoch's batches as Keras reports it, penalties
    included; `val_loss` is computed after the epoch on the validation part.
    `metric` and `val_metric` are the task's main metric. Epochs and members
    count from 1.
    """

    epoch: int
    member: int
    loss: float
    val_loss: float
    metric: float
    val_metric: float
    learning_rate: float
    elapsed_seconds: float

    def to_json(self) -> str:
        return json.dumps(asdict(self))


COLUMNS = tuple(EpochRecord.__dataclass_fields__)


def history_frame(records: Iterable[EpochRecord]) -> pd.DataFrame:
    """One row for each epoch and member, columns as in `EpochRecord`."""
    return pd.DataFrame([asdict(record) for record in records], columns=list(COLUMNS))


def read_history(path: Path) -> pd.DataFrame:
    """Read `history.jsonl` while it is being written to.

    A last line that is not yet complete is left for the next look.
    """
    if not path.exists():
        return history_frame([])
    text = path.read_text(encoding="utf-8")
    lines = text[: text.rfind("\n") + 1].splitlines()
    return pd.DataFrame([json.loads(line) for line in lines], columns=list(COLUMNS))


def best_epoch(history: pd.DataFrame) -> int | None:
    """Epoch with the lowest validation loss; the first one where several share it."""
    losses = history.groupby("epoch")["val_loss"].mean().dropna()
    return int(losses.idxmin()) if len(losses) else None
