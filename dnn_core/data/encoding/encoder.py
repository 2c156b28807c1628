"""The fitted encoder of answers as numbers; `fitting` fits it on training rows only."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder

from dnn_core.data.encoding.imputation import WORKING_MEMORY_MIB
from dnn_core.data.encoding.soft_clip import CLIP_LIMIT, soft_clip
from dnn_core.data.encoding.tabulate import NO_ANSWER, tabulate
from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError, reading

ROWS_AT_ONCE = 50_000
"""Rows that are encoded together: what is in between takes several times their memory."""

TRUSTED_TYPES = ["numpy.dtype"]
"""The only type beyond skops' own list that our encoders contain."""


@dataclass(frozen=True)
class Column:
    """One predictor as the encoder expects it.

    `reasons` are pairs of a missing code and the name of its kind of missing answer,
    empty where kinds are not told apart; `kinds` are those that training rows have
    often enough to tell them apart. A number has a column for each; `count` says
    that the number counts something, and is taken as ln(1 + number). `words` says
    that the training file holds words in the column: “3,4” is an answer there, no number.
    """

    name: str
    numeric: bool
    missing_codes: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ()
    count: bool = False
    words: bool = False

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

    def transform(self, frame: pd.DataFrame, rows: np.ndarray | None = None) -> np.ndarray:
        """Encode raw rows.

        The result is that of `transformer` on the tabulated rows, but numbers go through it
        some rows at a time, and each distinct answer of a category once.

        Parameters
        ----------
        frame : pandas.DataFrame
            Raw values with at least the predictors' columns.
        rows : numpy.ndarray, optional
            Row numbers, shape (rows,); all rows where left out.

        Returns
        -------
        numpy.ndarray
            float32, shape (rows, len(outputs)).
        """
        if self.transformer is None:
            raise TypeError("Images are not encoded from a frame.")
        rows = np.arange(len(frame)) if rows is None else rows
        encoded = np.empty((len(rows), len(self.outputs)), dtype="float32")
        places, coded = self._categories(frame)
        wide = encoded.shape[1] - sum(part.shape[1] for part in coded)
        # At least once, so that a frame without rows is looked at, too.
        for start in range(0, max(len(rows), 1), ROWS_AT_ONCE):
            here = rows[start : start + ROWS_AT_ONCE]
            block, column = encoded[start : start + ROWS_AT_ONCE], wide
            if wide:
                self._write_numbers(block, frame, here)
            for place, part in zip(places, coded, strict=True):
                block[:, column : column + part.shape[1]] = part[place[here]]
                column += part.shape[1]
        return encoded

    def _write_numbers(self, block: np.ndarray, frame: pd.DataFrame, rows: np.ndarray) -> None:
        """Encode the numbers of some rows, and what marks the missing ones."""
        assert self.transformer is not None
        columns = [column for column in self.columns if column.numeric]
        taken = frame[[column.name for column in columns]].iloc[rows]
        table = tabulate(taken, [vars(column) for column in columns])
        with sklearn.config_context(working_memory=WORKING_MEMORY_MIB):
            scaled = self.transformer.named_transformers_["numbers"].transform(table[taken.columns])
        clipped = list(self.clipped)
        scaled[:, clipped] = soft_clip(scaled[:, clipped], self.clip_limit)
        block[:, : scaled.shape[1]] = scaled
        markers = [name for name in table if name not in taken]
        for place, name in enumerate(markers, start=scaled.shape[1]):
            block[:, place] = table[name]

    def _categories(self, frame: pd.DataFrame) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """For each category, which of its distinct answers each row has, and these encoded."""
        assert self.transformer is not None
        columns = [column for column in self.columns if not column.numeric]
        if not columns:
            return [], []
        answers = {column.name: distinct_answers(frame[column.name], column) for column in columns}
        longest = max(len(words) for _, words in answers.values())
        table = pd.DataFrame(
            {
                # What fills up short columns is never taken.
                name: np.append(words, [NO_ANSWER] * (longest - len(words)))
                for name, (_, words) in answers.items()
            },
            dtype="object",
        )
        levels = self.transformer.named_transformers_["categories"]
        with warnings.catch_warnings():
            # The column report says so, with the categories; here it would go to a log.
            warnings.filterwarnings("ignore", "Found unknown categories")
            encoded = levels.transform(table)
        ends = np.cumsum([level_count(levels, i) for i in range(len(columns))])
        return [places for places, _ in answers.values()], np.split(encoded, ends[:-1], axis=1)

    def save(self, directory: Path) -> None:
        """Write `encoder.json`, readable, and `encoder.skops`, without pickle."""
        about: dict[str, Any] = {
            "columns": [vars(column) for column in self.columns],
            "target": self.target.to_dict(),
            "outputs": self.outputs,
            "sources": self.sources,
            "clipped": self.clipped,
            "clip_limit": self.clip_limit,
        }
        text = json.dumps(about, ensure_ascii=False, indent=1)
        (directory / "encoder.json").write_text(text, encoding="utf-8")
        if self.transformer is not None:
            # Loaded here, because it takes seconds and the dashboard's server stores nothing.
            import skops.io

            skops.io.dump(self.transformer, directory / "encoder.skops")

    @classmethod
    def load(cls, directory: Path) -> Encoder:
        """Read the two files of a run; no type is trusted because a file says so.

        Raises
        ------
        Damaged
            If one of them is not what `save` wrote.
        UserError
            If `encoder.skops` holds types that no encoder of ours holds.
        """
        described, stored = directory / "encoder.json", directory / "encoder.skops"
        with reading("run", described):
            about = json.loads(described.read_text(encoding="utf-8"))
            encoder = cls(
                columns=tuple(Column.from_dict(values) for values in about["columns"]),
                target=TargetCoding.from_dict(about["target"]),
                transformer=None,
                outputs=tuple(about["outputs"]),
                sources=tuple(about["sources"]),
                clipped=tuple(about["clipped"]),
                clip_limit=about["clip_limit"],
            )
        if not encoder.columns:
            return encoder
        with reading("run", stored):
            return replace(encoder, transformer=_load_transformer(stored))


def _load_transformer(path: Path) -> ColumnTransformer:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        transformer = skops.io.load(path, trusted=TRUSTED_TYPES)
    except UntrustedTypesFoundException as error:
        raise UserError(
            f"“{path.name}” is not opened, because it contains types that no encoding of DNN "
            "Workbench contains and that could run code.",
            received=str(error),
            remedy="Use the file that was written with the run, from a source that you trust.",
        ) from error
    if not isinstance(transformer, ColumnTransformer):
        raise TypeError(f"a {type(transformer).__name__}")
    return transformer


def distinct_answers(series: pd.Series, column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Look at each answer of a category once, however many give it.

    Returns
    -------
    places : numpy.ndarray
        The place of each row's answer among the distinct ones, shape (rows,); the last
        where it is missing.
    words : numpy.ndarray
        Distinct answers as `tabulate` has them, str, and one that is missing, shape
        (distinct + 1,); several of them may become the same.
    """
    places, answers = pd.factorize(series)
    words = tabulate(pd.DataFrame({column.name: answers}), [vars(column)])[column.name]
    smallest = np.min_scalar_type(-len(answers) - 1)
    return places.astype(smallest), np.append(words.to_numpy(), NO_ANSWER)


def level_count(levels: OneHotEncoder, i: int) -> int:
    """Number of columns of one predictor: frequent levels, one for the rare, less the dropped."""
    rare = levels.infrequent_categories_[i]
    count = len(levels.categories_[i]) - (0 if rare is None else len(rare) - 1)
    dropped = levels.drop_idx_ is not None and levels.drop_idx_[i] is not None
    return count - int(dropped)
