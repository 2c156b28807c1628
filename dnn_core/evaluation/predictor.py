"""Predictions of a saved network, for raw rows, and as a table.

Importing this module does not load Keras; `Predictor.load` does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.evaluation.calibration.conformal import DEFAULT_LEVEL
from dnn_core.evaluation.calibration.prediction_intervals import read_intervals, with_intervals
from dnn_core.evaluation.calibration.recalibration import Recalibrated
from dnn_core.evaluation.columns import require_columns
from dnn_core.evaluation.prediction_table import answers, prediction_table, probability_columns
from dnn_core.specs import Kind

BATCH_SIZE = 1024
"""Rows at a time; larger ones gain nothing on a CPU."""

NEW = "new"
"""Name of the part that rows outside the data set belong to."""


class Model(Protocol):
    """The interface of a Keras model that predictions need."""

    def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
        """Return the network's output for rows that fit into one batch."""

    def predict(self, x: np.ndarray, *, batch_size: int, verbose: int) -> np.ndarray:
        """From encoded rows, shape (rows, inputs), to outputs, shape (rows, units)."""


class Predictor:
    """A trained network with its encoding, for rows as they are in the file.

    Parameters
    ----------
    encoder : Encoder
    model : Model
        Finished model: a quantity comes out in its own units.
    intervals : dict, optional
        From `read_intervals`.
    """

    def __init__(
        self, encoder: Encoder, model: Model, intervals: dict[str, Any] | None = None
    ) -> None:
        self.encoder = encoder
        self._model = model
        self._intervals = intervals or {"conformal": None, "recalibration": None}

    @classmethod
    def load(cls, directory: Path) -> Predictor:
        """Read `encoder.json`, `encoder.skops` and `model.keras` of a run."""
        from dnn_core.network.model import load_model

        model = load_model(directory / "model.keras")
        return cls(Encoder.load(directory), model, read_intervals(directory))

    @property
    def target(self) -> TargetCoding:
        return self.encoder.target

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Predict raw rows.

        Parameters
        ----------
        frame : pandas.DataFrame
            With at least the predictors' columns; see `columns.report_columns`.

        Returns
        -------
        numpy.ndarray
            Numbers in the outcome's own units, or labels of categories, shape (rows,).

        Raises
        ------
        UserError
            If a predictor's column is absent.
        """
        return answers(self.target, self._predictions(frame))

    def predict_proba(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Predict the probabilities of categories for raw rows.

        Returns
        -------
        pandas.DataFrame
            Columns `probability_<label>`, index as in `frame`.

        Raises
        ------
        UserError
            If a predictor's column is absent, or the outcome is a quantity.
        """
        if self.target.kind.numeric:
            raise UserError(
                f"“{self.target.name}” is a quantity, so its predictions have no probabilities.",
                remedy="Use predict instead.",
            )
        columns = probability_columns(self.target.labels)
        return pd.DataFrame(self._predictions(frame), index=frame.index, columns=columns)

    def predictions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Predict raw rows as a table; see `prediction_table`.

        Row numbers count the rows of `frame` from 0; observed is missing.
        """
        return self._table(self._predictions(frame))

    def predictions_with_intervals(
        self,
        frame: pd.DataFrame,
        *,
        level: int = DEFAULT_LEVEL,
        recalibrated: Recalibrated = Recalibrated.LEARNT,
    ) -> pd.DataFrame:
        """Predict raw rows with an interval or a set of categories for each.

        Parameters
        ----------
        frame : pandas.DataFrame
            With at least the predictors' columns.
        level : int
            In how many of 100 new cases the interval or set is to contain what will be observed;
            one of `conformal.LEVELS`.
        recalibrated : Recalibrated
            Which probabilities are given; sets use those before recalibration.

        Returns
        -------
        pandas.DataFrame
            As `predictions`, and `low_<level>` and `high_<level>` or `set_<level>`.

        Raises
        ------
        UserError
            If a predictor's column is absent, there is no such level, or the run has no thresholds.
        """
        return with_intervals(
            self.predictions(frame), self.target, self._intervals, level, recalibrated
        )

    def predict_images(self, images: np.ndarray) -> pd.DataFrame:
        """Predict images as a table; see `prediction_table`.

        Parameters
        ----------
        images : numpy.ndarray
            Grey values 0 to 255, shape (images, height, width) or (images, pixels).

        Raises
        ------
        UserError
            If the network was not trained on images of this size.
        """
        pixels = images.reshape(len(images), -1)
        _require_pixels(self.encoder, pixels)
        return self._table(self._run(pixels))

    def _predictions(self, frame: pd.DataFrame) -> np.ndarray:
        if self.encoder.pixels:
            raise UserError(
                "This network was trained on images, not on a table.",
                remedy="Give it images.",
            )
        require_columns(self.encoder, frame)
        return self._run(self.encoder.transform(frame))

    def _run(self, x: np.ndarray) -> np.ndarray:
        if len(x) <= BATCH_SIZE:
            # Without the machinery of a data set a single case takes 1 ms instead of 55.
            output = self._model.predict_on_batch(x)
        else:
            output = self._model.predict(x, batch_size=BATCH_SIZE, verbose=0)
        return raw_to_predictions(self.target, output)

    def _table(self, predicted: np.ndarray) -> pd.DataFrame:
        return prediction_table(self.target, np.arange(len(predicted)), NEW, None, predicted)


def _require_pixels(encoder: Encoder, pixels: np.ndarray) -> None:
    """Raise a `UserError` unless a network takes images of this size."""
    if not encoder.pixels:
        raise UserError(
            "This network was trained on a table, not on images.",
            remedy="Give it rows with the predictors' columns.",
        )
    if pixels.shape[1] != len(encoder.outputs):
        raise UserError(
            "The images do not have the size of those that the network was trained on.",
            expected=f"{len(encoder.outputs):,} pixels in each image",
            received=f"{pixels.shape[1]:,}",
            remedy="Bring the images to that size first.",
        )


def outputs_to_predictions(target: TargetCoding, output: np.ndarray) -> np.ndarray:
    """As `raw_to_predictions`, where a number is still as it was learnt."""
    if target.kind.numeric:
        output = output * np.float32(target.scale) + np.float32(target.mean)
    return raw_to_predictions(target, output)


def raw_to_predictions(target: TargetCoding, output: np.ndarray) -> np.ndarray:
    """Bring a network's output into the convention of `dnn_core.outcome.metrics`.

    Parameters
    ----------
    output : numpy.ndarray
        A quantity in its own units, shape (cases, 1); the positive category's
        probability, shape (cases, 1); or all probabilities, shape (cases, classes).

    Returns
    -------
    numpy.ndarray
        Shape (cases,) for a quantity, (cases, classes) otherwise.
    """
    if target.kind.numeric:
        return output[:, 0]
    if target.kind is Kind.BINARY:
        return np.column_stack([1 - output[:, 0], output[:, 0]])
    return output
