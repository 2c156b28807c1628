"""The best epoch of each network of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class BestEpochs:
    """The epochs whose weights are kept, one per network, and their wording on every page.

    Parameters
    ----------
    epochs : tuple of int
        Sorted; a network without a best epoch is left out.
    """

    epochs: tuple[int, ...]

    @classmethod
    def of(cls, epochs: Iterable[int | None]) -> BestEpochs:
        """The best epochs of the networks of a run, in any order."""
        return cls(tuple(sorted(epoch for epoch in epochs if epoch is not None)))

    @classmethod
    def so_far(cls, history: pd.DataFrame) -> BestEpochs:
        """The best epochs of a history, which may still grow."""
        return cls.of(member_epochs(history)["best"].dropna().astype("int64").tolist())

    @property
    def middle(self) -> int | None:
        """Their median, rounded to an epoch; None where there is none."""
        return round(float(np.median(self.epochs))) if self.epochs else None

    @property
    def last(self) -> int | None:
        """After this epoch no network became any better."""
        return self.epochs[-1] if self.epochs else None

    @property
    def figure(self) -> str:
        """Such as “8”, or “6 to 12” of several networks."""
        if not self.epochs:
            return "none"
        first, last = self.epochs[0], self.epochs[-1]
        return f"{first}" if first == last else f"{first} to {last}"

    @property
    def words(self) -> str:
        """Such as “best epoch 8”, or “best epochs 6 to 12, median 8”."""
        if len(set(self.epochs)) < 2:
            return f"best epoch {self.figure}"
        return f"best epochs {self.figure}, median {self.middle}"


def member_epochs(history: pd.DataFrame) -> pd.DataFrame:
    """The last and the best epoch of each network.

    Parameters
    ----------
    history : pandas.DataFrame
        Columns as in `EpochRecord`.

    Returns
    -------
    pandas.DataFrame
        last and best (Int64), indexed by member. The best is the first epoch with the lowest
        validation loss; an epoch with a loss that is not finite is never the best.
    """
    ordered = history.sort_values(["member", "epoch"])
    last = ordered.groupby("member")["epoch"].max()
    finite = np.isfinite(ordered[["loss", "val_loss"]].to_numpy(dtype="float64")).all(axis=1)
    # Of epochs with the same loss the first.
    by_loss = ordered[finite].sort_values("val_loss", kind="stable")
    best = by_loss.groupby("member")["epoch"].first().astype("Int64")
    return pd.DataFrame({"last": last.astype("Int64"), "best": best.reindex(last.index)})


def out_of_patience(history: pd.DataFrame, patience: int) -> int:
    """Number of networks without a lower validation loss for `patience` epochs."""
    epochs = member_epochs(history)
    return int((epochs["last"] - epochs["best"] >= patience).sum())


def kept_figures(history: pd.DataFrame) -> pd.Series:
    """Mean over the networks of their figures in the best epoch, by column of the history.

    A network without a best epoch counts with its last.
    """
    epochs = member_epochs(history)
    chosen = epochs["best"].fillna(epochs["last"]).astype("int64")
    rows = history.set_index(["member", "epoch"]).loc[list(chosen.items())]
    means: pd.Series = rows.mean()
    return means
