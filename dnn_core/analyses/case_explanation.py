"""The contribution of each predictor to the prediction for one case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnn_core.analyses.predictor_importance import column_positions
from dnn_core.data.dataset import Dataset
from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.sample_design import case_weights
from dnn_core.data.split.row_split import split_rows
from dnn_core.errors import UserError
from dnn_core.evaluation.explanation.contributions import contributions
from dnn_core.evaluation.networks import Networks, output_names
from dnn_core.runs.run import Run
from dnn_core.specs import Part

WORK = 2e9
"""Multiplications that take about half a second: other cases x steps of two walks x parameters of
all networks."""

FEWEST_OTHERS, MOST_OTHERS = 50, 500
"""Number of training rows that a case is compared with."""

SEED = 1


@dataclass(frozen=True, eq=False)
class Explainer:
    """A run's networks and training rows to compare with.

    Parameters
    ----------
    encoder : Encoder
    networks : Networks
    others : numpy.ndarray
        Encoded training rows, a random sample of many, shape (cases, inputs).
    weight : numpy.ndarray or None
        Their case weights, shape (cases,).
    """

    encoder: Encoder
    networks: Networks
    others: np.ndarray
    weight: np.ndarray | None

    @classmethod
    def of(cls, run: Run, dataset: Dataset) -> Explainer:
        """Read the networks of a run, and encode training rows.

        Raises
        ------
        UserError
            If the run has no network, the data are others, or predictors are pixels.
        """
        run.require_model()
        run.require_data(dataset)
        encoder, experiment = Encoder.load(run.directory), run.experiment
        if encoder.pixels:
            raise UserError(
                "Its predictors are pixels, and a single pixel has no meaning of its own."
            )
        networks = Networks.load(run.directory / "model.keras", experiment.network, encoder.target)
        rows = split_rows(dataset, experiment.task, experiment.split, experiment.folds)[
            Part.TRAINING
        ]
        most = _most_others(networks, len(experiment.task.features))
        if len(rows) > most:
            rows = np.sort(np.random.default_rng(SEED).choice(rows, most, replace=False))
        name = experiment.task.weight
        weight = None if name is None else case_weights(dataset, name)[rows]
        return cls(encoder, networks, encoder.transform(dataset.frame.iloc[rows]), weight)

    def explain(self, case: pd.DataFrame) -> pd.DataFrame:
        """Decompose the prediction for one raw row into contributions.

        Parameters
        ----------
        case : pandas.DataFrame
            One row with the predictors' columns.

        Returns
        -------
        pandas.DataFrame
            output, predictor, value, error: of every output, first the mean prediction
            for the training rows it is compared with (predictor empty), then the
            contribution of each predictor. Together they are the prediction.
        """
        names = [column.name for column in self.encoder.columns]
        groups = {name: column_positions(self.encoder, name) for name in names}
        shares = contributions(
            self.encoder.transform(case)[0],
            self.others,
            groups,
            self.networks.outputs,
            weight=self.weight,
            seed=SEED,
        )
        tables = [
            pd.DataFrame(
                {
                    "output": output,
                    "predictor": ["", *shares.groups],
                    "value": [shares.base[i], *shares.values[:, i]],
                    "error": [0.0, *shares.errors[:, i]],
                }
            )
            for i, output in enumerate(output_names(self.encoder.target))
        ]
        return pd.concat(tables, ignore_index=True)


def _most_others(networks: Networks, predictors: int) -> int:
    parameters = sum(array.size for weights in networks.weights for array in weights)
    return int(np.clip(WORK / (2 * (predictors + 1) * parameters), FEWEST_OTHERS, MOST_OTHERS))
