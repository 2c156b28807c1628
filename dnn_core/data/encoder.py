"""Answers become numbers, by scikit-learn; `encoding` fits it on training rows only."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer

from dnn_core.data.imputation import WORKING_MEMORY_MIB
from dnn_core.data.soft_clip import CLIP_LIMIT, soft_clip
from dnn_core.data.tabulate import tabulate
from dnn_core.data.target import TargetCoding

ROWS_AT_ONCE = 50_000
"""Rows that are encoded together: what is in between takes several times their memory."""

TRUSTED_TYPES = ["numpy.dtype"]
"""The only type beyond skops' own list that our encoders hold."""


@dataclass(frozen=True)
class Column:
    """One predictor as the encoder expects it.

    `reasons` are pairs of a missing code and the name of its kind of missing answer,
    empty where kinds are not told apart; `kinds` are those that training rows have
    often enough to tell them apart. A number has a column for each; `count` says
    that the number counts something, and is taken as ln(1 + number).
    """

    name: str
    numeric: bool
    missing_codes: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ()
    count: bool = False

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Column:
        """Rebuild a column from its JSON, in which tuples have become lists."""
        # Runs of an earlier version know no kinds of missing answer.
        reasons = tuple((code, kind) for code, kind in values.get("reasons", ()))
        codes, kinds = tuple(values["missing_codes"]), tuple(values.get("kinds", ()))
        return cls(**{**values, "missing_codes": codes, "reasons": reasons, "kinds": kinds})


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
        encoded = np.empty((len(frame), len(self.outputs)), dtype="float32")
        # At least once, so that a frame without rows is looked at, too.
        for start in range(0, max(len(frame), 1), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            encoded[rows] = self._encode(frame.iloc[rows])
        return encoded

    def _encode(self, frame: pd.DataFrame) -> np.ndarray:
        assert self.transformer is not None
        table = tabulate(frame, [vars(column) for column in self.columns])
        memory = sklearn.config_context(working_memory=WORKING_MEMORY_MIB)
        with warnings.catch_warnings(), memory:
            # The column report says so, with the categories; here it would go to a log.
            warnings.filterwarnings("ignore", "Found unknown categories")
            encoded = self.transformer.transform(table)
        clipped = list(self.clipped)
        encoded[:, clipped] = soft_clip(encoded[:, clipped], self.clip_limit)
        return encoded

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
            "working_memory_mib": WORKING_MEMORY_MIB,
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
            columns=tuple(Column.from_dict(values) for values in about["columns"]),
            target=TargetCoding.from_dict(about["target"]),
            transformer=skops.io.load(stored, trusted=TRUSTED_TYPES) if stored.exists() else None,
            outputs=tuple(about["outputs"]),
            sources=tuple(about["sources"]),
            # Runs of an earlier version have neither: nothing was clipped then.
            clipped=tuple(about.get("clipped", ())),
            clip_limit=about.get("clip_limit", CLIP_LIMIT),
        )
