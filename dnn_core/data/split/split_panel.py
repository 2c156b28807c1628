"""Parts for panels: the test part is other people at a later time."""

from __future__ import annotations

import numpy as np

from dnn_core.data.dataset import Dataset
from dnn_core.data.split.split_column import in_time_order
from dnn_core.errors import UserError
from dnn_core.specs import Part, SplitSpec, Task


def later_people(
    dataset: Dataset,
    task: Task,
    split: SplitSpec,
    rows: np.ndarray,
    people: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Early rows of some people, and late rows of others.

    Times are cut as for the split in time order, into early and late rows. Of the
    people with late rows a share p is drawn, such that the test part is the share s
    of the kept rows that was asked for: with E early rows, E' of them of people with
    late rows, and L late rows, p L = s (p L + E - p E'). The early rows of the people
    drawn and the late rows of the others are in no part: with them the network would be trained on
    people, or on the time, that it is evaluated on.

    Parameters
    ----------
    rows : numpy.ndarray
        Row numbers to choose from.
    people : numpy.ndarray
        Labels of people, one for each row of the data.

    Returns
    -------
    tuple of numpy.ndarray
        Sorted row numbers for training, and of the test part.

    Raises
    ------
    UserError
        If there are too few times, or either part would be empty.
    """
    late = np.isin(rows, in_time_order(dataset, task, split, rows, 1)[Part.TEST])
    _, person = np.unique(people[rows], return_inverse=True)
    later = np.unique(person[late])
    early = np.count_nonzero(~late)
    early_of_later = np.count_nonzero(~late & np.isin(person, later))
    share = split.test * early
    share /= np.count_nonzero(late) * (1 - split.test) + split.test * early_of_later
    count = int(np.clip(round(len(later) * share), 1, len(later)))
    drawn = np.random.default_rng(split.seed).permutation(later)[:count]
    of_drawn = np.isin(person, drawn)
    test = of_drawn & late
    rest = ~of_drawn & ~late
    if not test.any() or not rest.any():
        raise UserError(
            f"No row is left {'for training' if test.any() else 'for the test part'}.",
            expected=f"people of “{task.cluster}” with earlier and with later rows",
            remedy="Choose another method of splitting.",
        )
    return rows[rest], rows[test]
