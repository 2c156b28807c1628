"""The single networks of a trained run, for predictions of many rows. Loads Keras."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.predictor import outputs_to_predictions
from dnn_core.network.fixed import without_fixed
from dnn_core.network.model import load_model, member_weights
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import predictions_of
from dnn_core.outcome.output import output_for
from dnn_core.specs import Kind, NetworkSpec
from dnn_core.training.forward import forward

ROWS_AT_ONCE = 2000
"""Rows whose activations fit into the processor's cache."""


@dataclass(frozen=True, eq=False)
class Networks:
    """The members of a run as arrays, without a Keras model around them.

    Parameters
    ----------
    network : NetworkSpec
    target : TargetCoding
    weights : tuple of list of numpy.ndarray
        The fitted weights of each member.
    input_scale : float
        What inputs are multiplied with inside the network.
    """

    network: NetworkSpec
    target: TargetCoding
    weights: tuple[list[np.ndarray], ...]
    input_scale: float = 1.0

    @classmethod
    def load(
        cls, path: Path, network: NetworkSpec, target: TargetCoding, input_scale: float = 1.0
    ) -> Networks:
        """Read them from the `.keras` file of a run."""
        output = output_for(target)
        weights = member_weights(load_model(path))
        return cls(network, target, tuple(without_fixed(w, output) for w in weights), input_scale)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Mean of all members, by the convention of `dnn_core.outcome.metrics`.

        Parameters
        ----------
        x : numpy.ndarray
            Encoded rows, shape (rows, inputs).
        """
        outputs = [self._output(number, x) for number in range(len(self.weights))]
        return outputs_to_predictions(self.target, np.mean(outputs, axis=0))

    def predict_left_out(self, copies: np.ndarray, folds: np.ndarray) -> np.ndarray:
        """The prediction for each case by the member that was not trained on it.

        Parameters
        ----------
        copies : numpy.ndarray
            Encoded cases, shape (copies, cases, inputs).
        folds : numpy.ndarray
            Number of the member that left each case out, shape (cases,).

        Returns
        -------
        numpy.ndarray
            Shape (copies, cases) or (copies, cases, classes).
        """
        parts = []
        for number in range(len(self.weights)):
            rows = copies[:, folds == number]
            output = self._output(number, rows.reshape(-1, rows.shape[-1]))
            parts.append(outputs_to_predictions(self.target, output).reshape(*rows.shape[:2], -1))
        # From the order of members back to that of the cases.
        order = np.argsort(np.argsort(folds, kind="stable"), kind="stable")
        together = np.concatenate(parts, axis=1)[:, order]
        return together[..., 0] if self.target.kind.numeric else together

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """Predictions as columns: a quantity, the positive category's probability, or all.

        Returns
        -------
        numpy.ndarray
            Shape (rows, outputs), in the order of `output_names`.
        """
        predicted = self.predict(x)
        if self.target.kind.numeric:
            return predicted[:, np.newaxis]
        return predicted[:, 1:] if self.target.kind is Kind.BINARY else predicted

    def _output(self, number: int, x: np.ndarray) -> np.ndarray:
        raw = [
            forward(
                self.network,
                self.weights[number],
                x[start : start + ROWS_AT_ONCE] * np.float32(self.input_scale),
                precision="float32",
            )
            for start in range(0, max(len(x), 1), ROWS_AT_ONCE)
        ]
        return predictions_of(outcome_of(self.target.kind), np.concatenate(raw))


def output_names(target: TargetCoding) -> list[str]:
    """Names of the columns of `Networks.outputs`."""
    if target.kind.numeric:
        return [target.name]
    return [target.positive] if target.kind is Kind.BINARY else list(target.labels)
