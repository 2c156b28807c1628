"""Statistics of the scores on other rows and with other seeds; needs no Keras."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from dnn_core.evaluation.inference.intervals import NETWORK, Estimate
from dnn_core.evaluation.inference.resampled_t import nadeau_bengio_interval
from dnn_core.evaluation.inference.variance_components import (
    Shares,
    how_often_best,
    variance_components,
)
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.run import Run

CODE = "resampling"


@dataclass(frozen=True, eq=False)
class Resampled:
    """Scores of all models on all folds, by the run's main metric.

    Parameters
    ----------
    result : AnalysisResult
        As `dnn_core.analyses.resampling` wrote it.
    """

    result: AnalysisResult

    @classmethod
    def of(cls, run: Run) -> Resampled | None:
        """The scores of a run; None where there are none."""
        result = run.analysis(CODE)
        return None if result is None or "scores" not in result.tables else cls(result)

    @property
    def titles(self) -> dict[str, str]:
        """Titles of the models that were tried, the simplest first, then network and rivals."""
        models = set(self._scores["model"])
        return {
            name: title for name, title in self.result.facts["models"].items() if name in models
        }

    @property
    def curves(self) -> pd.DataFrame:
        """Band of the losses: epoch, part, low, middle, high, networks."""
        return self.result.tables["curves"]

    @cached_property
    def _scores(self) -> pd.DataFrame:
        scores = self.result.tables["scores"]
        scores = scores[scores["metric"] == self.result.facts["metric"]]
        return scores.astype({"value": "float64"}).dropna(subset="value")

    @cached_property
    def folds(self) -> pd.DataFrame:
        """Score of each model on each fold, mean over seeds.

        Returns
        -------
        pandas.DataFrame
            Columns are models, indexed by repeat and fold; folds on which a model has no
            score are left out.
        """
        whole = self._scores[self._scores["size"] == 1]
        wide = whole.pivot_table(index=["repeat", "fold"], columns="model", values="value")
        return wide[list(self.titles)].dropna()

    @cached_property
    def seeds(self) -> pd.DataFrame:
        """Scores of the networks, one row for each: model, repeat, fold, seed, value."""
        scores = self._scores
        networks = [name for name in self.titles if name not in self._baselines]
        rows = scores[(scores["size"] == 1) & scores["model"].isin(networks)]
        return rows[["model", "repeat", "fold", "seed", "value"]].reset_index(drop=True)

    @property
    def _baselines(self) -> set[str]:
        names = list(self.result.facts["models"])
        return set(names[: names.index(NETWORK)])

    def estimate(self, model: str, level: float = 0.95) -> Estimate:
        """Mean over folds, with the interval that is corrected for their overlap."""
        return self._estimate(self.folds[model], level)

    def gain(self, baseline: str, level: float = 0.95) -> Estimate:
        """Mean difference of the network from another model, paired by fold."""
        return self._estimate(self.folds[NETWORK] - self.folds[baseline], level)

    def _estimate(self, values: pd.Series, level: float) -> Estimate:
        sizes = self.result.tables["folds"].set_index(["repeat", "fold"]).loc[values.index]
        low, high = nadeau_bengio_interval(
            values.to_numpy(), sizes["evaluated"].to_numpy(), sizes["learnt"].to_numpy(), level
        )
        return Estimate(float(values.mean()), low, high)

    def components(self) -> Shares | None:
        """Variance due to seed, split and configuration; None with fewer than two splits."""
        wide = self.seeds.pivot_table(
            index=["repeat", "fold"], columns=["model", "seed"], values="value"
        ).dropna()
        models = list(dict.fromkeys(wide.columns.get_level_values("model")))
        if len(wide) < 2 or not models:
            return None
        scores = np.stack([wide[model].to_numpy() for model in models])
        return variance_components(scores)

    def best_shares(self) -> dict[str, float]:
        """Share of folds on which each model is the best one, mean over seeds."""
        shares = how_often_best(self.folds.to_numpy().T)
        return dict(zip(self.folds.columns, shares.tolist(), strict=True))

    def nested(self, level: float = 0.95) -> Estimate | None:
        """The score of choosing among the networks within each fold's own training rows.

        The choice is by the main metric on the validation rows there, so that the figure has no
        selection bias (nested cross-validation: Varma and Simon 2006, BMC Bioinformatics 7:91).
        None where there is only one network.
        """
        inner = self.result.tables["inner"]
        looks = ["repeat", "fold", "seed"]
        wide = inner.pivot_table(index=looks, columns="model", values="value").dropna()
        if len(wide.columns) < 2 or wide.empty:
            return None
        outer = self.seeds.set_index(["model", *looks])["value"]
        chosen = pd.MultiIndex.from_arrays(
            [wide.idxmax(axis=1), *(wide.index.get_level_values(name) for name in looks)]
        )
        scores = pd.Series(outer.reindex(chosen).to_numpy(), index=wide.index).dropna()
        return self._estimate(scores.groupby(level=["repeat", "fold"]).mean(), level)

    def by_size(self, level: float = 0.95) -> pd.DataFrame:
        """Scores by the number of training cases.

        Returns
        -------
        pandas.DataFrame
            model, cases (mean over folds), value, low, high, evaluated on the same folds;
            empty where sizes were not varied.
        """
        scores = self._scores[(self._scores["repeat"] == 0) & (self._scores["seed"] == 0)]
        scores = scores[scores["model"].isin([*self._baselines, NETWORK])]
        rows = []
        for (model, _), group in scores.groupby(["model", "size"]):
            values = group.set_index(["repeat", "fold"])["value"]
            estimate = self._estimate(values, level)
            rows.append((model, group["cases"].mean(), estimate.value, estimate.low, estimate.high))
        table = pd.DataFrame(rows, columns=["model", "cases", "value", "low", "high"])
        return table if scores["size"].nunique() > 1 else table.iloc[:0]

    def last_doubling(self, level: float = 0.95) -> Estimate | None:
        """Gain of the network from the second half of the training cases, paired by fold."""
        scores = self._scores
        own = scores[(scores["model"] == NETWORK) & (scores["repeat"] == 0) & (scores["seed"] == 0)]
        wide = own.pivot_table(index=["repeat", "fold"], columns="size", values="value").dropna()
        if 0.5 not in wide or len(wide) < 2:
            return None
        return self._estimate(wide[1.0] - wide[0.5], level)
