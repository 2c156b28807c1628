"""Are there copies of training rows among the evaluated rows?"""

from __future__ import annotations

import hashlib
from itertools import combinations

import numpy as np
import pandas as pd

from dnn_core.audit.check import Check
from dnn_core.audit.evidence import SEED, Evidence
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.specs import Part

WORTH_SAYING = 0.01
"""Copies of one evaluated row in a hundred change a share by one percentage point at most; fewer
cannot explain a result that is too good."""

MORE_THAN_CHANCE = 5.0
"""Minimum ratio of equal pairs to those expected by chance. Answers are more dependent than the
estimate allows for, so twice is unremarkable; true copies are hundreds of times more."""

MOST_COLUMNS = 12
"""Number of columns that are allowed to differ, those that differ most; each pair costs one
sorting."""

MOST_ROWS = 100_000


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Report rows that are equal in all predictors and the outcome, beyond chance.

    With few predictors of few categories equal rows are to be expected. How many
    pairs of rows agree by coincidence is told by those that nearly agree. Be, among
    pairs that agree on everything else, `one` and `other` the numbers that differ in
    the one or the other of two columns alone, and `both` the number that differs in
    both: where agreeing on the one does not hang together with agreeing on the other,
    one * other / both pairs agree on everything (the estimate by which Lincoln and Petersen
    complete a table of two lists). Copies agree on everything without others that
    nearly do. The largest estimate of all pairs of columns is taken.
    """
    if not evidence.predictors:
        raise NotApplicable("Images are not compared.")
    parts = dict(evidence.parts)
    if evidence.folds:
        del parts[Part.VALIDATION]
    copies, evaluated, part = _across(evidence, parts)
    if not evaluated or copies < WORTH_SAYING * evaluated:
        return ()
    every = np.concatenate(list(parts.values()))
    if len(every) > MOST_ROWS:
        every = np.random.default_rng(SEED).choice(every, MOST_ROWS, replace=False)
    hashes = np.array([_hash(evidence, name, every) for name in _compared(evidence)])
    equal, by_chance = _pairs(np.add.reduce(hashes)), expected_by_chance(hashes)
    if equal < MORE_THAN_CHANCE * by_chance:
        return ()
    return (_finding(copies, evaluated, part, equal, by_chance),)


def _compared(evidence: Evidence) -> tuple[str, ...]:
    return (*evidence.predictors, evidence.task.target)


def _hash(evidence: Evidence, name: str, rows: np.ndarray) -> np.ndarray:
    """A number as good as random for each answer, uint64 of shape (rows,).

    Their sum over columns is the same for equal rows and, but for one chance in 2^64 a
    pair, for no others. A missing answer is one as well.
    """
    numbers = evidence.numbers(name, rows)
    if numbers is None:
        numbers = pd.factorize(evidence.answers(name, rows))[0].astype("float64")
    # 0 and -0 are the same answer, and so is all that is not a number.
    bits = np.where(np.isnan(numbers), np.nan, numbers + 0.0).view("uint64")
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest())
    return _mix(_mix(bits) ^ np.uint64(key))


def _mix(bits: np.ndarray) -> np.ndarray:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014), uint64 like `bits`."""
    bits = (bits ^ (bits >> 30)) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> 27)) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> 31)


def _across(evidence: Evidence, parts: dict[Part, np.ndarray]) -> tuple[int, int, str]:
    """Number of evaluated rows with an equal training row; size and name of the evaluated part."""
    learned = {name: rows for name, rows in parts.items() if name != Part.TEST}
    seen = np.concatenate(list(learned.values()))
    copies = _copies(evidence, parts[Part.TEST], seen), len(parts[Part.TEST]), Part.TEST
    if Part.VALIDATION not in learned or copies[0] >= WORTH_SAYING * copies[1]:
        return copies
    validation = learned[Part.VALIDATION]
    return _copies(evidence, validation, learned[Part.TRAINING]), len(validation), Part.VALIDATION


def _copies(evidence: Evidence, evaluated: np.ndarray, learned: np.ndarray) -> int:
    """How many evaluated rows have an equal training row.

    Few columns tell nearly all rows apart, and only rows that are not yet told apart
    are looked at further.
    """
    rows = np.concatenate([evaluated, learned])
    is_evaluated = np.arange(len(rows)) < len(evaluated)
    keys = np.zeros(len(rows), dtype="uint64")
    names = _compared(evidence)
    for count, name in enumerate(names, start=1):
        keys = keys + _hash(evidence, name, rows)
        if count == len(names) or count & (count - 1) == 0:
            both = np.intersect1d(keys[is_evaluated], keys[~is_evaluated])
            alive = np.isin(keys, both)
            rows, keys, is_evaluated = rows[alive], keys[alive], is_evaluated[alive]
            if not alive.any():
                break
    return int(is_evaluated.sum())


def _pairs(keys: np.ndarray) -> float:
    """How many pairs of rows have the same key."""
    counts = np.unique(keys, return_counts=True)[1].astype("float64")
    return float((counts * (counts - 1) / 2).sum())


def expected_by_chance(hashes: np.ndarray) -> float:
    """Expected pairs of rows that agree on everything by chance; see `findings_of`.

    Columns that never differ alone are names of one thing, as are the indicators of one
    question; they are taken together until they do.

    Parameters
    ----------
    hashes : numpy.ndarray
        uint64, shape (columns, rows).
    """
    whole = np.add.reduce(hashes)
    equal = _pairs(whole)
    blocks = list(hashes)
    for merge in (_merge_couples, _merge_rest, None):
        alone = np.array([_pairs(whole - block) - equal for block in blocks])
        loose = np.argsort(-alone, kind="stable")[:MOST_COLUMNS]
        both = {
            (i, j): _pairs(whole - blocks[i] - blocks[j]) - equal - alone[i] - alone[j]
            for i, j in combinations(loose.tolist(), 2)
        }
        expected = [alone[i] * alone[j] / pairs for (i, j), pairs in both.items() if pairs > 0]
        if any(expected) or merge is None:
            break
        blocks = merge(blocks, alone, both)
    return float(max(expected, default=0.0))


def _merge_couples(
    blocks: list[np.ndarray], alone: np.ndarray, both: dict[tuple[int, int], float]
) -> list[np.ndarray]:
    """Take columns together that never differ alone but in couples."""
    merged = list(blocks)
    home = list(range(len(blocks)))
    for (i, j), pairs in both.items():
        if pairs > 0 and alone[i] == alone[j] == 0 and home[i] != home[j]:
            old, new = home[j], home[i]
            merged[new] = merged[new] + merged[old]
            home = [new if place == old else place for place in home]
    return [merged[place] for place in sorted(set(home))]


def _merge_rest(
    blocks: list[np.ndarray], alone: np.ndarray, both: dict[tuple[int, int], float]
) -> list[np.ndarray]:
    """Take all columns together that never differ alone."""
    stuck, every = alone == 0, np.array(blocks)
    return [*every[~stuck], np.add.reduce(every[stuck])]


def _finding(copies: int, evaluated: int, part: str, equal: float, by_chance: float) -> Finding:
    learned = Part.TRAINING if part == Part.VALIDATION else "the rows used for training"
    return Finding(
        code="duplicates_across_parts",
        severity=Severity.PROBLEM if copies >= 0.1 * evaluated else Severity.WATCH,
        title=f"Copies of rows are in the {part} part and among {learned}.",
        reason="They agree in all predictors and the outcome. Chance alone would produce "
        f"{by_chance:,.0f} equal pairs in the data; there are {equal:,.0f}.",
        figure=f"{100 * copies / evaluated:.1f}%",
        figure_note=f"{copies:,} of {evaluated:,} rows",
        measured=f"rows with a copy, {part}",
        try_text="remove copies from the file, or keep them together by a cluster",
        try_page="data",
        numbers={"share": copies / evaluated, "copies": copies, "by_chance": by_chance},
    )


CHECK = Check("duplicates_across_parts", "Are there copies of rows across parts?", findings_of)
