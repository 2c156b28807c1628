"""Losses of all networks of a resampling, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dnn_core.analyses.analysis import Tell
from dnn_core.specs import Part
from dnn_core.training.history import EpochRecord, history_frame
from dnn_core.training.member import Unwatched

CURVE_QUANTILES = (0.1, 0.5, 0.9)


class LossCurve(Unwatched):
    """Keeps the epochs of one fit, and passes on that time goes by."""

    def __init__(self, tell: Tell, begin: float, span: float, epochs: int) -> None:
        self.records: list[EpochRecord] = []
        self._tell, self._begin, self._span, self._epochs = tell, begin, span, epochs

    def on_epoch(self, records: list[EpochRecord]) -> None:
        self.records += records
        self._tell(self._begin + self._span * records[0].epoch / self._epochs)


def loss_band(curves: Sequence[list[EpochRecord]]) -> pd.DataFrame:
    """The middle four fifths of all networks' losses, by epoch.

    A network that has stopped counts with its last epoch, so that the band does not jump.

    Returns
    -------
    pandas.DataFrame
        epoch, part (training or validation), low, middle, high, networks (still training).
    """
    tables = [history_frame(records).assign(fit=i) for i, records in enumerate(curves)]
    table = pd.concat(tables) if tables else history_frame([]).assign(fit=0)
    rows = []
    for part, name in ((Part.TRAINING, "loss"), (Part.VALIDATION, "val_loss")):
        wide = table.pivot(index="epoch", columns=["fit", "member"], values=name)
        running = wide.notna().sum(axis=1)
        quantiles = wide.ffill().quantile(list(CURVE_QUANTILES), axis=1).T
        rows += [
            (int(epoch), part, *bounds, int(running[epoch]))
            for epoch, bounds in zip(quantiles.index, quantiles.to_numpy().tolist(), strict=True)
        ]
    return pd.DataFrame(rows, columns=["epoch", "part", "low", "middle", "high", "networks"])
