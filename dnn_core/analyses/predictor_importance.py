"""Which predictors and blocks of questions the networks of a run rely on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from dnn_core.analyses.analysis import Analysis, Tell
from dnn_core.data.dataset import Dataset
from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.encoding.tabulate import NO_ANSWER, tabulate
from dnn_core.data.prepare import Prepared, prepare
from dnn_core.errors import UserError
from dnn_core.evaluation.explanation.association import associations, strong_pairs
from dnn_core.evaluation.explanation.permutation_importance import Repeats, permutation_importance
from dnn_core.evaluation.explanation.predictor_blocks import question_blocks, strongest_between
from dnn_core.evaluation.inference.replicate_weights import Replicated
from dnn_core.evaluation.networks import Networks
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.metrics import main_metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec, Part

MOST_ROWS = 10_000
FEWEST_ROWS = 200
WORK = 3e10
"""Multiplications that take a few seconds: rows x parameters of the networks x groups x
permutations. Beyond that a sample of rows is used, of a size between both limits."""

MOST_PAIRS = 200
"""Maximum number of pairs of correlated predictors that are kept."""

MOST_CATEGORIES = 50
"""Number of a predictor's categories, the most frequent ones, that enter its associations."""

REPEATS = Repeats()


def make(run: Run, dataset: Dataset, asked: AnalysisSpec, tell: Tell) -> AnalysisResult:
    """Permute the answers to each question, and to each block, on the validation part."""
    refuse_images(run)
    experiment = run.experiment
    prepared = prepare(dataset, experiment)
    networks = networks_of(run, prepared)
    names = experiment.task.features
    part = prepared.parts[Part.VALIDATION]
    known = associations(answer_columns(dataset, prepared.encoder, part.rows), part.weight)
    blocks = question_blocks(names, known, asked.blocks)
    groups = _groups(prepared.encoder, names, blocks)
    chosen = sample_rows(len(part), len(groups) * REPEATS.permutations, networks, prepared)
    evaluated = part.take(chosen)
    table = permutation_importance(
        run.kind,
        evaluated,
        groups,
        _evaluator(networks, prepared, chosen),
        training_mean=run.facts.training_mean,
        replicated=Replicated.of(evaluated.replicates, experiment.task.replicates),
        repeats=REPEATS,
        progress=tell,
    )
    pairs = strong_pairs(names, known)
    facts = {
        "metric": main_metric(run.kind).name,
        "loss": outcome_of(run.kind).loss_metric,
        "cases": len(part),
        "used": len(evaluated),
        "permutations": REPEATS.permutations,
        "weighted": part.weight is not None,
        "pairs": pairs[:MOST_PAIRS],
        "between_blocks": strongest_between(blocks, pairs)[:MOST_PAIRS],
        "blocks": [list(block) for block in blocks],
        "titles": {name: dataset.variable(name).title for name in names},
    }
    return AnalysisResult(facts, {"importance": _by_level(table, names, blocks)})


def refuse_images(run: Run) -> None:
    """Raise a `UserError` where the predictors are pixels."""
    if Encoder.load(run.directory).pixels:
        raise UserError("Its predictors are pixels, and a single pixel has no meaning of its own.")


def networks_of(run: Run, prepared: Prepared) -> Networks:
    """The networks of a run."""
    return Networks.load(
        run.directory / "model.keras",
        run.experiment.network,
        prepared.target,
        prepared.input_scale,
    )


def column_positions(encoder: Encoder, name: str) -> np.ndarray:
    """Positions of the encoded columns that come from one predictor."""
    return np.flatnonzero(np.array(encoder.sources) == name)


def answer_columns(dataset: Dataset, encoder: Encoder, rows: np.ndarray) -> list[np.ndarray]:
    """Each predictor's answers as numbers, or as an indicator of each category.

    A missing answer is replaced by the mean of the others, so that predictors are not associated
    only because the same people skipped them.

    Returns
    -------
    list of numpy.ndarray
        Each shape (rows, width).
    """
    table = tabulate(dataset.frame.iloc[rows], [vars(column) for column in encoder.columns])
    columns = []
    for column in encoder.columns:
        values = table[column.name]
        if column.numeric:
            numbers = values.to_numpy(dtype="float64")
            mean = np.nanmean(numbers) if np.isfinite(numbers).any() else 0.0
            columns.append(np.where(np.isfinite(numbers), numbers, mean)[:, np.newaxis])
            continue
        known = ~values.isin([NO_ANSWER, *column.kinds])
        levels = values[known].value_counts().index[:MOST_CATEGORIES]
        codes = pd.Categorical(values.where(known), categories=levels).codes
        shown = np.eye(len(levels) + 1)[codes][:, : len(levels)]
        shares = shown[codes >= 0].mean(axis=0) if (codes >= 0).any() else 0.0
        columns.append(np.where((codes >= 0)[:, np.newaxis], shown, shares))
    return columns


def sample_rows(cases: int, copies: int, networks: Networks, prepared: Prepared) -> np.ndarray:
    """Positions of the cases that are used: all, or a random sample of many.

    Parameters
    ----------
    copies : int
        How often each case is predicted.
    """
    members = 1 if prepared.folds is not None else len(networks.weights)
    parameters = members * sum(array.size for array in networks.weights[0])
    most = int(np.clip(WORK / (copies * parameters), FEWEST_ROWS, MOST_ROWS))
    if cases <= most:
        return np.arange(cases)
    return np.sort(np.random.default_rng(REPEATS.seed).choice(cases, most, replace=False))


def _groups(
    encoder: Encoder, names: Sequence[str], blocks: Sequence[tuple[str, ...]]
) -> dict[str, np.ndarray]:
    """Columns of every predictor, and of every block of several, by `_key`."""
    several = [block for block in blocks if len(block) > 1]
    return {
        _key(members): np.concatenate([column_positions(encoder, name) for name in members])
        for members in [*((name,) for name in names), *several]
    }


def _key(members: Sequence[str]) -> str:
    """One name of a group; no name of a variable has a line break."""
    return "\n".join(members)


def _evaluator(
    networks: Networks, prepared: Prepared, chosen: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """The predicting networks: all of them, or for each case the one that was not trained on it."""
    if prepared.folds is not None:
        folds = prepared.folds[chosen]
        return lambda copies: networks.predict_left_out(copies, folds)

    def by_all(copies: np.ndarray) -> np.ndarray:
        predicted = networks.predict(copies.reshape(-1, copies.shape[-1]))
        return predicted.reshape(*copies.shape[:2], *predicted.shape[1:])

    return by_all


def _by_level(
    table: pd.DataFrame, names: Sequence[str], blocks: Sequence[tuple[str, ...]]
) -> pd.DataFrame:
    """One row for each predictor, then one for each block, of single ones too.

    Returns
    -------
    pandas.DataFrame
        level (predictor or block), group (names, one a line), metric, value, low, high,
        error.
    """
    keys = {"predictor": [_key([name]) for name in names], "block": [_key(b) for b in blocks]}
    return pd.concat(
        [table[table["group"].isin(wanted)].assign(level=level) for level, wanted in keys.items()],
        ignore_index=True,
    )


ANALYSIS = Analysis("importance", "Permuting answers", 1.0, make)
