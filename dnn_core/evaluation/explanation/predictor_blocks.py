"""Predictors that belong together: by their names, or because they are correlated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from dnn_core.evaluation.explanation.association import STRONG
from dnn_core.specs import Blocks

LARGEST_SHARE = 0.5
"""Maximum share of all predictors in a block: a more common beginning, as of V160101, is no
block."""


def blocks_by_name(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Predictors whose names share a beginning, such as trust_1 and trust_2, or q12a and q12b.

    The beginning ends before a number, a separator, or a letter after a number; of several,
    each predictor belongs to the longest that it shares with another.

    Returns
    -------
    list of tuple of str
        Blocks of two and more, in the order of their first names.
    """
    stems = {name: _stems(name) for name in names}
    counts = Counter(stem for names_of_stem in stems.values() for stem in names_of_stem)
    most = max(LARGEST_SHARE * len(names), 1)
    blocks: dict[str, list[str]] = {}
    for name in names:
        shared = [stem for stem in stems[name] if 2 <= counts[stem] <= most]
        if shared:
            blocks.setdefault(max(shared, key=len), []).append(name)
    return [tuple(members) for members in blocks.values() if len(members) > 1]


def _stems(name: str) -> set[str]:
    """Beginnings of a name that others may share."""
    ends = [match.start() for match in re.finditer(r"[_.\- ]", name)]
    number = re.search(r"\d+[A-Za-z]?$", name)
    if number:
        ends.append(number.start())
    if re.search(r"\d[A-Za-z]$", name):
        ends.append(len(name) - 1)
    return {stem for end in ends if (stem := name[:end].rstrip("_.- ")) != ""}


def blocks_by_association(
    names: Sequence[str], association: np.ndarray, least: float = STRONG
) -> list[tuple[str, ...]]:
    """Predictors that are associated with each other by `least` and more on average.

    Average linkage (Sokal and Michener 1958, University of Kansas Science Bulletin
    38:1409-1438) of 1 less the association.

    Parameters
    ----------
    names : sequence of str
    association : numpy.ndarray
        From `associations`, in the order of the names.

    Returns
    -------
    list of tuple of str
        Blocks of two and more, in the order of their first names.
    """
    if len(names) < 2:
        return []
    distance = np.clip(1 - (association + association.T) / 2, 0.0, None)
    # The diagonal is not read.
    tree = linkage(squareform(distance, checks=False), method="average")
    # The distance of a cluster is at most this; a little more for what rounding adds.
    labels = fcluster(tree, 1 - least + 1e-12, criterion="distance")
    blocks: dict[int, list[str]] = {}
    for name, label in zip(names, labels.tolist(), strict=True):
        blocks.setdefault(label, []).append(name)
    return [tuple(members) for members in blocks.values() if len(members) > 1]


def question_blocks(
    names: Sequence[str], association: np.ndarray, by: Blocks = Blocks.AUTOMATIC
) -> list[tuple[str, ...]]:
    """Blocks by name; among what is left, blocks by association; every other one alone.

    Parameters
    ----------
    names : sequence of str
    association : numpy.ndarray
        From `associations`, in the order of the names.
    by : Blocks, optional
        Only one of the two.

    Returns
    -------
    list of tuple of str
        Every predictor once, in the order of the blocks' first names.
    """
    blocks = [] if by is Blocks.CORRELATION else blocks_by_name(names)
    if by is not Blocks.NAMES:
        taken = {name for block in blocks for name in block}
        rest = [i for i, name in enumerate(names) if name not in taken]
        blocks += blocks_by_association([names[i] for i in rest], association[np.ix_(rest, rest)])
    taken = {name for block in blocks for name in block}
    everything = [*blocks, *((name,) for name in names if name not in taken)]
    position = {name: i for i, name in enumerate(names)}
    return sorted(everything, key=lambda block: position[block[0]])


def strongest_between(
    blocks: Sequence[tuple[str, ...]], pairs: Sequence[tuple[str, str, float]]
) -> list[tuple[str, str, float]]:
    """The correlated pairs of predictors that lie in different blocks."""
    block_of = {name: i for i, block in enumerate(blocks) for name in block}
    return [pair for pair in pairs if block_of[pair[0]] != block_of[pair[1]]]
