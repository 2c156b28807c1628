"""Answers become numbers, by scikit-learn, fitted on training rows only."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, RobustScaler, StandardScaler

from dnn_core.data.bins import bin_edges, bin_names, bin_transformer
from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.soft_clip import CLIP_LIMIT, soft_clip
from dnn_core.data.tabulate import tabulate
from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.specs import EncodingSpec, Scaling

TRUSTED_TYPES = ["numpy.dtype"]
"""The only type beyond skops' own list that our encoders hold."""


@dataclass(frozen=True)
class Column:
    """One predictor as the encoder expects it."""

    name: str
    numeric: bool
    missing_codes: tuple[str, ...]


@dataclass(frozen=True)
class Encoder:
    """The fitted encoding of predictors and outcome.

    `transformer` is None for images, whose pixels pass through as they are and
    are scaled inside the network. `clipped` are the positions of the encoded
    columns to which `soft_clip` is applied.
    """

    columns: tuple[Column, ...]
    target: TargetCoding
    transformer: ColumnTransformer | None
    outputs: tuple[str, ...]
    sources: tuple[str, ...]
    clipped: tuple[int, ...] = ()
    clip_limit: float = CLIP_LIMIT

    @property
    def pixels(self) -> bool:
        return self.transformer is None

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """Encode raw rows.

        Parameters
        ----------
        frame : pandas.DataFrame
            Raw values with at least the predictors' columns.

        Returns
        -------
        numpy.ndarray
            float32, shape (rows, len(outputs)).
        """
        if self.transformer is None:
            raise TypeError("Images are not encoded from a frame.")
        table = tabulate(frame, [vars(column) for column in self.columns])
        with warnings.catch_warnings():
            # The column report says so, with the categories; here it would go to a log.
            warnings.filterwarnings("ignore", "Found unknown categories")
            encoded = self.transformer.transform(table)
        clipped = list(self.clipped)
        encoded[:, clipped] = soft_clip(encoded[:, clipped], self.clip_limit)
        return np.asarray(encoded, dtype="float32")

    def save(self, directory: Path) -> None:
        """Write `encoder.json`, readable, and `encoder.skops`, without pickle."""
        about: dict[str, Any] = {
            "columns": [vars(column) for column in self.columns],
            "target": self.target.to_dict(),
            "outputs": self.outputs,
            "sources": self.sources,
            "clipped": self.clipped,
            "clip_limit": self.clip_limit,
            "trusted_types": TRUSTED_TYPES,
        }
        text = json.dumps(about, ensure_ascii=False, indent=1)
        (directory / "encoder.json").write_text(text, encoding="utf-8")
        if self.transformer is not None:
            # Loaded here, because it takes seconds and the dashboard's server stores nothing.
            import skops.io

            skops.io.dump(self.transformer, directory / "encoder.skops")

    @classmethod
    def load(cls, directory: Path) -> Encoder:
        about = json.loads((directory / "encoder.json").read_text(encoding="utf-8"))
        import skops.io

        stored = directory / "encoder.skops"
        return cls(
            columns=tuple(
                Column(c["name"], c["numeric"], tuple(c["missing_codes"])) for c in about["columns"]
            ),
            target=TargetCoding.from_dict(about["target"]),
            transformer=skops.io.load(stored, trusted=TRUSTED_TYPES) if stored.exists() else None,
            outputs=tuple(about["outputs"]),
            sources=tuple(about["sources"]),
            # Runs of an earlier version have neither: nothing was clipped then.
            clipped=tuple(about.get("clipped", ())),
            clip_limit=about.get("clip_limit", CLIP_LIMIT),
        )


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
    columns = tuple(_column(dataset, name) for name in features)
    table = tabulate(dataset.frame.iloc[training], [vars(column) for column in columns])
    edges = _edges(columns, encoding, table)
    transformer = _transformer(columns, encoding, edges)
    transformer.set_output(transform="default")
    transformer.fit(table)
    outputs, sources = _output_names(transformer, columns, edges)
    scaled = _scaled(columns, edges)
    clipped: tuple[int, ...] = ()
    if scaled and encoding.scaling is Scaling.ROBUST:
        _scale_flat_numbers(transformer.named_transformers_["numbers"], table[scaled])
        # The scaled numbers are the first columns.
        clipped = tuple(range(len(scaled)))
    return Encoder(columns, target, transformer, outputs, sources, clipped)


def _column(dataset: Dataset, name: str) -> Column:
    variable = dataset.variable(name)
    series = dataset.frame[name]
    if variable.level is Level.METRIC and not pd.api.types.is_numeric_dtype(series):
        raise UserError(
            f"“{name}” is marked as metric but holds text.",
            received=str(series.dropna().iloc[0]) if series.notna().any() else "no answers",
            remedy="Mark it as nominal on the page Variables, or read the column as numbers.",
        )
    numeric = pd.api.types.is_numeric_dtype(series) and variable.level in (
        Level.METRIC,
        Level.ORDINAL,
    )
    return Column(name, numeric, variable.missing_codes)


def _edges(
    columns: tuple[Column, ...], encoding: EncodingSpec, table: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Edges of the bins of each number that gets bins."""
    found = {}
    for column in columns:
        if column.numeric and encoding.bins:
            edges = bin_edges(table[column.name].dropna().to_numpy(), encoding.bins)
            if edges is not None:
                found[column.name] = edges
    return found


def _scaled(columns: tuple[Column, ...], edges: dict[str, np.ndarray]) -> list[str]:
    """The numbers that have no bins."""
    return [c.name for c in columns if c.numeric and c.name not in edges]


def _transformer(
    columns: tuple[Column, ...], encoding: EncodingSpec, edges: dict[str, np.ndarray]
) -> ColumnTransformer:
    imputer = SimpleImputer(strategy=encoding.imputation.value, keep_empty_features=True)
    scalers = {Scaling.ROBUST: RobustScaler(), Scaling.STANDARD: StandardScaler()}
    scaler = scalers.get(encoding.scaling, "passthrough")
    numbers = Pipeline([("impute", imputer), ("scale", scaler)])
    parts: list[tuple[str, Any, list[str]]] = [("numbers", numbers, _scaled(columns, edges))]
    if edges:
        bins = bin_transformer(list(edges.values()))
        parts.append(("bins", Pipeline([("impute", imputer), ("bins", bins)]), list(edges)))
    # Markers stay 0 and 1: scaled, one missing answer among 1,500 would become 39, and
    # whoever has it would get a prediction of absurd certainty.
    missing = MissingIndicator(error_on_new=False)
    parts.append(("missing", missing, [c.name for c in columns if c.numeric]))
    # An answer that was never seen in training counts as a rare one.
    levels = OneHotEncoder(
        min_frequency=encoding.rare_level_cases,
        handle_unknown="infrequent_if_exist",
        drop="if_binary",
        sparse_output=False,
        dtype=np.float32,
    )
    parts.append(("categories", levels, [c.name for c in columns if not c.numeric]))
    return ColumnTransformer(parts)


def _scale_flat_numbers(numbers: Pipeline, table: pd.DataFrame) -> None:
    """Divide by the standard deviation where both quartiles are the same.

    A number that is mostly 0 would otherwise keep the size of its few other answers.

    Parameters
    ----------
    numbers : sklearn.pipeline.Pipeline
        Fitted; its scale is changed.
    table : pandas.DataFrame
        Training rows of the scaled numbers, shape (training rows, numbers).
    """
    imputed = numbers["impute"].transform(table)
    low, high = np.percentile(imputed, [25, 75], axis=0)
    flat = low == high
    if flat.any():
        # 1 where the standard deviation is 0 as well.
        numbers["scale"].scale_[flat] = StandardScaler().fit(imputed[:, flat]).scale_


def _output_names(
    transformer: ColumnTransformer, columns: tuple[Column, ...], edges: dict[str, np.ndarray]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the encoded columns, and the predictor that each comes from."""
    outputs = _scaled(columns, edges)
    sources = list(outputs)
    for name, ends in edges.items():
        outputs += bin_names(name, ends)
        sources += [name] * (len(ends) - 1)
    numbers = [c.name for c in columns if c.numeric]
    if numbers:
        missing = [numbers[i] for i in transformer.named_transformers_["missing"].features_]
        outputs += [f"{name} (missing)" for name in missing]
        sources += missing
    names = [c.name for c in columns if not c.numeric]
    if names:
        levels = transformer.named_transformers_["categories"]
        found = iter(levels.get_feature_names_out())
        for i, name in enumerate(names):
            for _ in range(_level_count(levels, i)):
                level = next(found).removeprefix(f"{name}_")
                outputs.append(f"{name} = {_rare(level)}")
                sources.append(name)
    return tuple(outputs), tuple(sources)


def _level_count(levels: OneHotEncoder, i: int) -> int:
    """Number of columns of one predictor: frequent levels, one for the rare, less the dropped."""
    rare = levels.infrequent_categories_[i]
    count = len(levels.categories_[i]) - (0 if rare is None else len(rare) - 1)
    dropped = levels.drop_idx_ is not None and levels.drop_idx_[i] is not None
    return count - int(dropped)


def _rare(level: str) -> str:
    return "rare" if level == "infrequent_sklearn" else level
