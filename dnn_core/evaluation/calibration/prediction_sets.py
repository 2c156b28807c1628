"""Add prediction intervals or sets to a table of predictions, and recalibrate its probabilities.

Plain functions of arrays and of a run's JSON files. `conformal` and `recalibration` fit the
thresholds and maps, and name the sources.
"""

from __future__ import annotations

from itertools import compress
from typing import Any, assert_never

import numpy as np
import pandas as pd

from dnn_core.evaluation.prediction_table import probabilities_of, probability_columns
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import PROBABILITY_FLOOR, SMALLEST_AMOUNT
from dnn_core.outcome.row import Errors
from dnn_core.specs import Kind


def add_intervals(
    table: pd.DataFrame,
    labels: tuple[str, ...],
    conformal: dict[str, Any],
    recalibration: dict[str, Any] | None = None,
    *,
    level: int,
    choice: str = "learnt",
) -> pd.DataFrame:
    """Add the interval or set of each prediction; recalibrate probabilities where asked.

    Sets use the probabilities before recalibration, whichever are shown: the thresholds were fitted
    to these.

    Parameters
    ----------
    table : pandas.DataFrame
        With predicted and, of categories, `probability_<label>`.
    labels : tuple of str
        Of the categories, in order; empty for a number.
    conformal, recalibration : dict
        As a run keeps them: `conformal.json`, `recalibration.json`.
    level : int
        Percent; one of the thresholds' levels.
    choice : str
        “learnt”, “temperature” or “isotonic”.

    Returns
    -------
    pandas.DataFrame
        The same with `low_<level>` and `high_<level>`, or `set_<level>`, behind predicted.
    """
    threshold = conformal["thresholds"][str(level)]
    threshold = float("inf") if threshold is None else threshold
    table = table.copy()
    behind = list(table.columns).index("predicted") + 1
    kind = Kind(conformal["kind"])
    if not labels:
        low, high = intervals(
            table["predicted"].to_numpy(), conformal["scale"], threshold, outcome_of(kind).errors
        )
        table.insert(behind, f"low_{level}", low)
        table.insert(behind + 1, f"high_{level}", high)
        return table
    learnt = probabilities_of(table, labels)
    ordered = kind is Kind.ORDINAL
    inside = gathered_before(learnt, ordered=ordered) <= threshold
    if choice != "learnt" and recalibration is not None:
        shown = recalibrated(choice, recalibration, learnt)
        table[probability_columns(labels)] = shown
        # Ties go to the first category; of two, 0.5 is not yet the second one.
        table["predicted"] = np.array(labels, dtype="object")[shown.argmax(axis=1)]
    table.insert(behind, f"set_{level}", set_words(labels, inside, ordered=ordered))
    return table


def set_words(labels: tuple[str, ...], inside: np.ndarray, *, ordered: bool) -> np.ndarray:
    """Each set in words, shape (cases,), from bool, shape (cases, classes).

    “a or b”; of more than two ordered categories, which have no gaps, “a to d”.
    """
    packed = np.ascontiguousarray(np.packbits(inside, axis=1))
    kinds = packed.view([("", packed.dtype)] * packed.shape[1])[:, 0]
    _, first, which = np.unique(kinds, return_index=True, return_inverse=True)
    words = []
    for position in first:
        named = list(compress(labels, inside[position]))
        span = ordered and len(named) > 2
        words.append(f"{named[0]} to {named[-1]}" if span else " or ".join(named))
    words_of_case: np.ndarray = np.array(words, dtype="object")[which]
    return words_of_case


# Intervals and sets ----------------------------------------------------------


def along(predicted: np.ndarray, errors: Errors) -> np.ndarray:
    """What the line of typical errors runs along, shape (cases,)."""
    match errors:
        case Errors.LINE:
            return predicted
        case Errors.ROOT:
            root: np.ndarray = np.sqrt(np.maximum(predicted, 0.0))
            return root
        case Errors.RATIO:
            return _log(predicted)
        case never:
            assert_never(never)


def typical_error(predicted: np.ndarray, scale: Any, errors: Errors) -> np.ndarray:
    """The line of typical errors at some predictions, shape (cases,).

    `scale` is intercept, slope, least and largest value.
    """
    intercept, slope, least, most = scale
    typical: np.ndarray = np.clip(intercept + slope * along(predicted, errors), least, most)
    return typical


def _log(amounts: np.ndarray) -> np.ndarray:
    logs: np.ndarray = np.log(np.maximum(amounts, SMALLEST_AMOUNT))
    return logs


def sizes_of_errors(observed: np.ndarray, predicted: np.ndarray, errors: Errors) -> np.ndarray:
    """How far each prediction is off, as the kind measures it, shape (cases,)."""
    match errors:
        case Errors.LINE | Errors.ROOT:
            sizes: np.ndarray = np.abs(observed - predicted)
        case Errors.RATIO:
            sizes = np.abs(_log(observed) - _log(predicted))
        case never:
            assert_never(never)
    return sizes


def intervals(
    predicted: np.ndarray, scale: Any, threshold: float, errors: Errors
) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end of the interval of each prediction, within what can be observed."""
    predicted = np.asarray(predicted, dtype="float64")
    room = threshold * typical_error(predicted, scale, errors)
    match errors:
        case Errors.LINE:
            return predicted - room, predicted + room
        case Errors.ROOT:
            # Nothing observed lies between: rounding inwards loses no case, but a hair's
            # breadth of arithmetic might.
            low = np.maximum(np.ceil(predicted - room - 1e-9), 0.0)
            return low, np.floor(predicted + room + 1e-9)
        case Errors.RATIO:
            return predicted * np.exp(-room), predicted * np.exp(room)
        case never:
            assert_never(never)


def gathered_before(probabilities: np.ndarray, *, ordered: bool) -> np.ndarray:
    """Probability gathered before each category's turn comes, shape (cases, classes).

    The likeliest category comes first and has 0. Then the next likeliest; of ordered ones
    the likelier of the two neighbours of those gathered so far.
    """
    given = np.asarray(probabilities, dtype="float64")
    cases, classes = given.shape
    rows = np.arange(cases)
    gathered = np.zeros_like(given)
    if not ordered:
        order = np.argsort(-given, axis=1, kind="stable")
        falling = np.take_along_axis(given, order, axis=1)
        np.put_along_axis(gathered, order, falling.cumsum(axis=1) - falling, axis=1)
        return gathered
    # Beyond both ends lies what is never likelier.
    end = np.full(cases, -np.inf)
    padded = np.column_stack([end, given, end])
    first = given.argmax(axis=1)
    low, high, total = first.copy(), first + 2, given[rows, first]
    for _ in range(classes - 1):
        upwards = padded[rows, high] > padded[rows, low]
        chosen = np.where(upwards, high, low)
        gathered[rows, chosen - 1] = total
        total = total + padded[rows, chosen]
        low, high = np.where(upwards, low, low - 1), np.where(upwards, high + 1, high)
    return gathered


# Recalibrated probabilities --------------------------------------------------


def recalibrated(choice: str, maps: dict[str, Any], probabilities: np.ndarray) -> np.ndarray:
    """Probabilities after one of the maps of `recalibration.json`, shape (cases, classes)."""
    given = np.asarray(probabilities, dtype="float64")
    if choice == "temperature":
        return tempered(given, maps["temperature"])
    if choice == "isotonic":
        return _stepped(given, maps)
    return given


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Every probability to the power 1/T, made to sum to 1 again."""
    powers = np.maximum(probabilities, PROBABILITY_FLOOR) ** (1 / temperature)
    shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return shares


def above_each(probabilities: np.ndarray) -> np.ndarray:
    """Probability to lie above each category but the last, shape (cases, classes - 1)."""
    above: np.ndarray = np.maximum(1 - probabilities.cumsum(axis=1)[:, :-1], 0.0)
    return above


def _stepped(probabilities: np.ndarray, maps: dict[str, Any]) -> np.ndarray:
    steps = maps["isotonic"]
    said = {
        "binary": probabilities[:, 1:],
        "ordinal": above_each(probabilities),
    }.get(maps["kind"], probabilities)
    bent = np.column_stack(
        [np.interp(said[:, k], s["given"], s["becomes"]) for k, s in enumerate(steps)]
    )
    if maps["kind"] == "binary":
        return np.hstack([1 - bent, bent])
    if maps["kind"] == "ordinal":
        # To lie above the second is never more probable than above the first.
        bent = np.minimum.accumulate(bent, axis=1)
        ends = np.ones((len(bent), 1))
        # Where two lines meet, nothing would be left for the category between them.
        bent = np.maximum(
            -np.diff(np.hstack([ends, bent, np.zeros_like(ends)]), axis=1), maps["least"]
        )
    whole: np.ndarray = bent / bent.sum(axis=1, keepdims=True)
    return whole
