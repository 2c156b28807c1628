"""Which members take which steps of an epoch together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Stretch:
    """Steps that some members take side by side.

    Parameters
    ----------
    members : numpy.ndarray
        Positions of the members.
    first, last : int
        The steps, from 0; `last` is not among them.
    cases : int
        How many cases of each member's order have passed after the last step.
    """

    members: np.ndarray
    first: int
    last: int
    cases: int


def stretches(sizes: np.ndarray, batch_size: int) -> Iterator[Stretch]:
    """Cut an epoch so that the batches of every step are of one size.

    Members with different numbers of cases, such as folds, run side by side as long
    as all of them have full batches; the last batches, of different sizes, are taken
    by those whose batches are equal. So nothing has to be padded, and batch
    normalisation, penalties and optimizers see what they would see alone.

    Parameters
    ----------
    sizes : numpy.ndarray
        Number of cases of each member, shape (members,).
    batch_size : int
    """
    if len(np.unique(sizes)) == 1:
        size = int(sizes[0])
        yield Stretch(np.arange(len(sizes)), 0, -(-size // batch_size), size)
        return
    full = sizes // batch_size
    done = 0
    for last in np.unique(full).tolist():
        going = np.flatnonzero(full >= last)
        if last > done:
            yield Stretch(going, done, last, last * batch_size)
            done = last
        ending = np.flatnonzero(full == last)
        for size in np.unique(sizes[ending]).tolist():
            if size % batch_size:
                yield Stretch(np.flatnonzero(sizes == size), last, last + 1, size)
