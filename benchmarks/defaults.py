"""Do the default networks deserve the click? Prints a table and writes JSON.

    python -m benchmarks.defaults [--tables german,attrition] [--seeds 1]

On twelve survey-like tables of `../shared/data/tables`, each with five outer folds (Adult:
its official split; above 10,000 rows the first fold only), these are compared on the rows of
the outer fold:

- linear: logistic regression (at most 1,000 iterations) or ridge, otherwise as
  scikit-learn has it, on the default encoding with standard scaling; of an amount a gamma
  regression with the penalty that the logistic one has;
- boosting: HistGradientBoosting as scikit-learn has it, on the same columns;
- one network: 64-32, Adam 0.001, batches of 32, early stopping on a fifth of the
  training rows, the same columns;
- Safe and Rich: the presets as a page offers them, several networks that take turns in
  leaving out a part of the training rows, their predictions averaged.

AUC (of several classes the macro mean of one against the rest) or R², of an amount D² (the
share of the gamma deviance), the mean over outer folds. An outer fold is given to the
product as the published test part of a data set, so that splitting, encoding, training and
averaging are its own; what is fitted, is fitted on the other rows only. With several seeds,
networks start from each and are dealt other inner folds; outer folds stay the same. Beside
each figure stands the one that was measured for the method before, in another
implementation, where there is one.

Safe is never to be below the linear model by more than 0.005, nor below its earlier
figure by more than 0.006.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import GammaRegressor, LogisticRegression, Ridge
from sklearn.metrics import d2_tweedie_score, r2_score, roc_auc_score
from threadpoolctl import threadpool_limits

from benchmarks.tables import READERS, TABLES, Table
from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import Prepared, prepare
from dnn_core.evaluation.predictor import raw_to_predictions
from dnn_core.network.model import finish_model
from dnn_core.specs import (
    EncodingSpec,
    Experiment,
    HiddenLayer,
    Kind,
    NetworkSpec,
    Scaling,
    SplitMethod,
    SplitSpec,
    Task,
    TrainingSpec,
)
from dnn_core.specs.presets import preset
from dnn_core.training.fit import build_members, fit

RESULTS = Path(__file__).with_name("defaults.json")

BELOW_LINEAR = 0.005
BELOW_EARLIER = 0.006

EARLIER = {
    "linear": (0.791, 0.837, 0.810, 0.715, 0.087, 0.876, None, 0.906),
    "boosting": (0.767, 0.800, 0.784, 0.709, 0.092, 0.898, None, 0.927),
    "one network": (0.792, 0.829, 0.807, 0.708, 0.065, 0.873, None, None),
    "Safe": (0.792, 0.845, 0.811, 0.722, 0.103, 0.911, None, 0.911),
    "Rich": (0.795, 0.846, 0.813, 0.727, 0.120, 0.909, None, 0.917),
}
"""Figures measured before, in the order of the first of `READERS`."""


def ask(table: Table, seed: int, **specs: Any) -> Experiment:
    """An experiment that is judged on the rows given as published test part."""
    return Experiment(
        task=Task(target=table.target, features=table.features, kind=table.kind),
        split=SplitSpec(method=SplitMethod.OFFICIAL, seed=seed),
        seed=seed,
        **specs,
    )


def prepare_plainly(table: Table, fold: Dataset, seed: int) -> Prepared:
    """The default encoding with standard scaling, training rows dealt out to five folds."""
    return prepare(fold, ask(table, seed, encoding=EncodingSpec(scaling=Scaling.STANDARD)))


def train_networks(
    prepared: Prepared, network: NetworkSpec, training: TrainingSpec, seed: int
) -> np.ndarray:
    """Predictions for the test part, averaged over networks."""
    fitted = fit(prepared, network, training, seed=seed)
    model = finish_model(
        build_members(prepared, network, fitted.members, seed=seed), prepared.target
    )
    output = np.asarray(model(prepared.parts["test"].x, training=False))
    return raw_to_predictions(prepared.target, output)


def predict_by_preset(name: str, table: Table, fold: Dataset, seed: int) -> np.ndarray:
    assert fold.official_test is not None
    specs = preset(name, len(fold) - len(fold.official_test))
    prepared = prepare(fold, ask(table, seed, **specs))
    return train_networks(prepared, specs["network"], specs["training"], seed)


def predict_by_one_network(table: Table, fold: Dataset, seed: int) -> np.ndarray:
    network = NetworkSpec(hidden=(HiddenLayer(units=64), HiddenLayer(units=32)))
    prepared = prepare_plainly(table, fold, seed).without(0)
    return train_networks(prepared, network, TrainingSpec(members=1), seed)


def predict_by_sklearn(model: Any, prepared: Prepared) -> np.ndarray:
    training, test = prepared.parts["training"], prepared.parts["test"]
    # Several threads wait for each other in a busy loop where others use the processor too.
    with threadpool_limits(limits=1):
        fitted = model.fit(training.x, training.y)
        if prepared.target.kind.numeric:
            return fitted.predict(test.x)
        return fitted.predict_proba(test.x)


def predict_by_linear_model(table: Table, fold: Dataset, seed: int) -> np.ndarray:
    prepared = prepare_plainly(table, fold, seed)
    if table.kind is Kind.AMOUNT:
        # Its penalty is of the mean deviance, that of the logistic regression of the sum.
        cases = len(prepared.parts["training"])
        return predict_by_sklearn(GammaRegressor(alpha=1 / cases, max_iter=1000), prepared)
    linear = Ridge() if table.kind.numeric else LogisticRegression(max_iter=1000)
    return predict_by_sklearn(linear, prepared)


def predict_by_boosting(table: Table, fold: Dataset, seed: int) -> np.ndarray:
    prepared = prepare_plainly(table, fold, seed)
    if not table.kind.numeric:
        return predict_by_sklearn(HistGradientBoostingClassifier(random_state=seed), prepared)
    loss = "gamma" if table.kind is Kind.AMOUNT else "squared_error"
    boosting = HistGradientBoostingRegressor(loss=loss, random_state=seed)
    return predict_by_sklearn(boosting, prepared)


METHODS: dict[str, Callable[[Table, Dataset, int], np.ndarray]] = {
    "linear": predict_by_linear_model,
    "boosting": predict_by_boosting,
    "one network": predict_by_one_network,
    "Safe": lambda *asked: predict_by_preset("Safe", *asked),
    "Rich": lambda *asked: predict_by_preset("Rich", *asked),
}

WITHOUT_CHANCE = ("linear", "boosting")
"""Methods that one seed suffices for."""


def score(table: Table, fold: Dataset, predictions: np.ndarray) -> float:
    """AUC, R² or D² on the test part."""
    answers = fold.answers(table.target).iloc[fold.official_test]
    if table.kind is Kind.AMOUNT:
        return float(d2_tweedie_score(answers, np.ravel(predictions), power=2))
    if table.kind is Kind.REGRESSION:
        return float(r2_score(answers, predictions))
    if table.kind is Kind.BINARY:
        return float(roc_auc_score(answers == max(answers), predictions[:, 1]))
    return float(roc_auc_score(answers, predictions, multi_class="ovr", average="macro"))


def measure_table(name: str, seeds: int) -> dict[str, Any]:
    """Every method on every outer fold of a table."""
    began = time.monotonic()
    table = READERS[name]()
    methods = {}
    for method, predict in METHODS.items():
        started = time.monotonic()
        # One list for each seed.
        scores = [
            [score(table, fold, predict(table, fold, seed)) for fold in table.folds()]
            for seed in range(1, 2 if method in WITHOUT_CHANCE else seeds + 1)
        ]
        methods[method] = {
            "mean": float(np.mean(scores)),
            "earlier": dict(zip(READERS, EARLIER[method], strict=False)).get(name),
            "scores": scores,
            "seconds": time.monotonic() - started,
        }
    seconds = time.monotonic() - began
    print(f"{name}: {seconds:.0f} s", file=sys.stderr)
    measure = {Kind.REGRESSION: "R²", Kind.AMOUNT: "D²"}.get(table.kind, "AUC")
    return {"measure": measure, "methods": methods, "seconds": seconds, **judge(methods)}


def judge(methods: dict[str, Any]) -> dict[str, Any]:
    """Whether Safe keeps what is asked of it; None where there is no earlier figure."""
    safe, linear = methods["Safe"], methods["linear"]["mean"]
    earlier = safe["earlier"]
    return {
        "safe_not_below_linear": safe["mean"] >= linear - BELOW_LINEAR,
        "safe_as_earlier": None if earlier is None else safe["mean"] >= earlier - BELOW_EARLIER,
    }


def print_table(results: dict[str, Any]) -> None:
    def print_row(title: str, cells: list[str]) -> None:
        print(f"{title:23}", *(f"{cell:>13}" for cell in cells))

    tables = list(results.values())
    print_row("mean (earlier)", list(results))
    print_row("", [table["measure"] for table in tables])
    for method in METHODS:
        print_row(method, [_figure(table["methods"][method]) for table in tables])
    print("less the linear model")
    for method in list(METHODS)[1:]:
        print_row(f"  {method}", [_gain(table["methods"], method) for table in tables])
    for title, key in (
        (f"Safe >= linear - {BELOW_LINEAR:g}", "safe_not_below_linear"),
        (f"Safe >= earlier - {BELOW_EARLIER:g}", "safe_as_earlier"),
    ):
        words = {True: "yes", False: "NO", None: "–"}
        print_row(title, [words[table[key]] for table in tables])
    print_row("seconds", [f"{table['seconds']:.0f}" for table in tables])
    print_row("  of these, Safe", [f"{t['methods']['Safe']['seconds']:.0f}" for t in tables])
    print_row("  of these, Rich", [f"{t['methods']['Rich']['seconds']:.0f}" for t in tables])


def _figure(method: dict[str, Any]) -> str:
    earlier = "–" if method["earlier"] is None else f"{method['earlier']:.3f}"
    return f"{method['mean']:.3f} ({earlier})"


def _gain(methods: dict[str, Any], method: str) -> str:
    return f"{methods[method]['mean'] - methods['linear']['mean']:+.3f}"


def write_results(results: dict[str, Any]) -> None:
    """Write the tables that were measured beside those of earlier runs."""
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    together = {**before, **results}
    ordered = {name: together[name] for name in READERS if name in together}
    RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=",".join(READERS), help="by comma")
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    names = asked.tables.split(",")
    if unknown := set(names) - set(READERS):
        parser.error(f"no such table: {', '.join(sorted(unknown))}")
    if not TABLES.is_dir():
        print("Skipped: the tables are not in ../shared/data/tables.", file=sys.stderr)
        return
    results = {name: measure_table(name, asked.seeds) for name in names}
    print_table(results)
    write_results(results)


if __name__ == "__main__":
    main()
