"""Fit the encoding of answers as numbers, on training rows only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, RobustScaler, StandardScaler

from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.encoding.bins import (
    bin_edges,
    bin_names,
    bin_transformer,
    step_edges,
    step_names,
)
from dnn_core.data.encoding.encoder import Column, Encoder, level_count
from dnn_core.data.encoding.imputation import fit_imputer, impute, standard_scaler
from dnn_core.data.encoding.predictor_columns import column_in_training, rows_of_answers
from dnn_core.data.encoding.tabulate import marker, tabulate, tabulate_numbers
from dnn_core.data.target import TargetCoding
from dnn_core.specs import EncodingSpec, Ordered, Scaling


def fit_encoder(
    dataset: Dataset,
    features: tuple[str, ...],
    target: TargetCoding,
    encoding: EncodingSpec,
    training: np.ndarray,
) -> Encoder:
    """Fit the encoding on the training rows of a table.

    Parameters
    ----------
    training : numpy.ndarray
        Row numbers, shape (training rows,).
    """
    columns = tuple(column_in_training(dataset, name, encoding, training) for name in features)
    numbers = _numbers_of(dataset, [c for c in columns if c.numeric], training)
    edges = _edges(dataset, columns, encoding, numbers)
    categories = {
        c.name: _telling_answers(dataset.frame[c.name].iloc[training], c, encoding)
        for c in columns
        if not c.numeric
    }
    row = tabulate(dataset.frame.iloc[training[:1]], [vars(column) for column in columns])
    transformer = _transformer(columns, encoding, edges, numbers, categories, row)
    outputs, sources = _output_names(dataset, transformer, columns, encoding, edges)
    # The scaled numbers are the first columns.
    robust = encoding.scaling is Scaling.ROBUST
    clipped = tuple(range(len(_scaled(columns, edges)))) if robust else ()
    return Encoder(columns, target, transformer, outputs, sources, clipped)


def _numbers_of(dataset: Dataset, columns: list[Column], training: np.ndarray) -> pd.DataFrame:
    """Tabulate the numbers of training rows, each column by itself: together they are large."""
    # One array, which the system has back as soon as the encoding is fitted.
    matrix = np.empty((len(training), len(columns)), order="F")
    for place, column in enumerate(columns):
        series = dataset.frame[column.name].iloc[training]
        matrix[:, place] = tabulate_numbers(series, vars(column))
    return pd.DataFrame(matrix, columns=[column.name for column in columns], copy=False)


def _telling_answers(series: pd.Series, column: Column, encoding: EncodingSpec) -> pd.Series:
    """A subsample of answers with the same rare categories as all rows.

    scikit-learn counts categories one answer at a time, which takes a minute for a million
    rows.
    """
    rows = rows_of_answers(series, column).clip(upper=encoding.rare_level_cases)
    return pd.Series(rows.index.repeat(rows.to_numpy()), dtype="object")


def _edges(
    dataset: Dataset, columns: tuple[Column, ...], encoding: EncodingSpec, table: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Edges of the bins of each number that gets bins; of thresholds, the categories."""
    edges_of = {}
    for column in columns:
        if not column.numeric:
            continue
        answers = table[column.name].dropna().to_numpy()
        edges = None
        if _stepped(dataset, column.name, encoding):
            edges = step_edges(answers, encoding.rare_level_cases)
        elif encoding.bins:
            edges = bin_edges(answers, encoding.bins)
        if edges is not None:
            edges_of[column.name] = edges
    return edges_of


def _stepped(dataset: Dataset, name: str, encoding: EncodingSpec) -> bool:
    """Whether a predictor is encoded by thresholds."""
    ordinal = dataset.variable(name).level is Level.ORDINAL
    return ordinal and encoding.ordered is Ordered.THRESHOLDS


def _scaled(columns: tuple[Column, ...], edges: dict[str, np.ndarray]) -> list[str]:
    """The numbers that have no bins."""
    return [c.name for c in columns if c.numeric and c.name not in edges]


def _transformer(
    columns: tuple[Column, ...],
    encoding: EncodingSpec,
    edges: dict[str, np.ndarray],
    numbers: pd.DataFrame,
    categories: dict[str, pd.Series],
    row: pd.DataFrame,
) -> ColumnTransformer:
    """Assemble the transformer for a table with the columns of `row`."""
    parts: list[tuple[str, Any, list[str]]] = []
    if len(numbers.columns):
        parts.append(("numbers", _numbers(numbers, encoding, edges), list(numbers.columns)))
    # Markers stay 0 and 1: scaled, one missing answer among 1,500 would become 39, and
    # the case that has it would get an absurdly certain prediction.
    markers = [marker(c.name, kind) for c in columns if c.numeric for kind in c.kinds]
    if markers:
        parts.append(("missing", "passthrough", markers))
    if categories:
        # An answer that was never seen in training counts as a rare one.
        levels = OneHotEncoder(
            min_frequency=encoding.rare_level_cases,
            handle_unknown="infrequent_if_exist",
            drop="if_binary",
            sparse_output=False,
            dtype=np.float32,
        )
        # More of the most frequent answer fill up the shorter columns. Where even that is
        # rare, the column holds every row, and none is longer.
        longest = max(map(len, categories.values()))
        table = pd.DataFrame(
            {
                name: words.reindex(range(longest), fill_value=words[0])
                for name, words in categories.items()
            }
        )
        parts.append(("categories", FrozenEstimator(levels.fit(table)), list(categories)))
    # Every part is fitted already; together they only learn which columns they take.
    return ColumnTransformer(parts).set_output(transform="default").fit(row)


def _numbers(table: pd.DataFrame, encoding: EncodingSpec, edges: dict[str, np.ndarray]) -> Pipeline:
    """Impute all numbers together, then scale those without bins, which come first.

    Parameters
    ----------
    table : pandas.DataFrame
        Training rows, shape (training rows, numbers).
    """
    names = list(table.columns)
    imputer = fit_imputer(encoding.imputation, table)
    scaled = [i for i, name in enumerate(names) if name not in edges]
    binned = [names.index(name) for name in edges]
    spread: list[tuple[str, Any, list[int]]] = []
    if scaled:
        spread.append(("scale", _scaler(impute(imputer, table, scaled), encoding.scaling), scaled))
    if binned:
        spread.append(("bins", bin_transformer(list(edges.values())), binned))
    return Pipeline([("impute", imputer), ("spread", ColumnTransformer(spread))])


def _scaler(imputed: Iterator[np.ndarray], scaling: Scaling) -> Any:
    """Fit the scale of numbers, each with its column of training rows.

    By quartiles, a number is divided by its standard deviation where both are the
    same: one that is mostly 0 would otherwise keep the size of its few other answers.
    """
    if scaling is Scaling.NONE:
        return "passthrough"
    if scaling is Scaling.STANDARD:
        each = [StandardScaler().fit(column[:, None]) for column in imputed]
        return FrozenEstimator(
            standard_scaler(
                *(np.concatenate([getattr(s, name) for s in each]) for name in ("mean_", "scale_"))
            )
        )
    quartiles, flat = [], {}
    for i, column in enumerate(imputed):
        low, middle, high = np.percentile(column, [25, 50, 75])
        quartiles.append((low, low, middle, high, high))
        if low == high:
            # 1 where the standard deviation is 0 as well.
            flat[i] = StandardScaler().fit(column[:, None]).scale_[0]
    # Five rows with the same quartiles take no time.
    scaler = RobustScaler().fit(np.transpose(quartiles))
    scaler.scale_[list(flat)] = list(flat.values())
    return FrozenEstimator(scaler)


def _output_names(
    dataset: Dataset,
    transformer: ColumnTransformer,
    columns: tuple[Column, ...],
    encoding: EncodingSpec,
    edges: dict[str, np.ndarray],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the encoded columns, and the predictor that each comes from."""
    outputs = _scaled(columns, edges)
    sources = list(outputs)
    counts = {c.name for c in columns if c.count}
    for name, ends in edges.items():
        if _stepped(dataset, name, encoding):
            outputs += step_names(name, ends)
        else:
            outputs += bin_names(name, np.expm1(ends) if name in counts else ends)
        sources += [name] * (len(ends) - 1)
    for column in columns:
        if column.numeric:
            outputs += [f"{column.name} {kind}" for kind in column.kinds]
            sources += [column.name] * len(column.kinds)
    names = [c.name for c in columns if not c.numeric]
    if names:
        levels = transformer.named_transformers_["categories"]
        result = iter(levels.get_feature_names_out())
        for i, name in enumerate(names):
            for _ in range(level_count(levels, i)):
                level = next(result).removeprefix(f"{name}_")
                outputs.append(f"{name} = {_rare(level)}")
                sources.append(name)
    return tuple(outputs), tuple(sources)


def _rare(level: str) -> str:
    return "rare" if level == "infrequent_sklearn" else level
