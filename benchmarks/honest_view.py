"""The whole honest view of a survey beside one fit by Keras. Prints a table and writes JSON.

    python -m benchmarks.honest_view

1,000 rows by 20 columns, a network of 64-32: baselines, fifty seeds, ten folds, bootstrap
intervals and importance by the engine, in a process of its own from the first import to the
last file, less the import of TensorFlow; and `keras.Model.fit` of 100 epochs on the same
rows, likewise. They take turns; medians of three.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROWS, COLUMNS, EPOCHS, REPEATS = 1_000, 20, 100, 3


def make_frame() -> pd.DataFrame:
    """A binary outcome of two predictors and an interaction."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(ROWS, COLUMNS)).round(4)
    score = x[:, 0] + 0.5 * x[:, 1] + x[:, 2] * x[:, 3]
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(COLUMNS)])
    return frame.assign(y=(score + rng.logistic(size=ROWS) > 0).astype("float64"))


def measure_keras() -> float:
    """Seconds of one default fit."""
    import keras

    frame = make_frame()
    x, y = frame.drop(columns="y").to_numpy("float32"), frame["y"].to_numpy("float32")
    started = time.monotonic()
    layers = [keras.layers.Dense(64, "relu"), keras.layers.Dense(32, "relu")]
    model = keras.Sequential([*layers, keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=EPOCHS, validation_split=0.2, verbose=0)
    return time.monotonic() - started


def measure_ours() -> dict[str, float]:
    """Seconds of the run, and of all that is found out about it afterwards."""
    from dnn_core.analyses.catalogue import analyse
    from dnn_core.data.dataset import Dataset, Level, Source, Variable
    from dnn_core.runs.execution.execute import run_experiment
    from dnn_core.specs import (
        AnalysisSpec,
        Experiment,
        HiddenLayer,
        NetworkSpec,
        Task,
        TrainingSpec,
    )

    frame = make_frame()
    levels = dict.fromkeys(frame, Level.INTERVAL) | {"y": Level.BINARY}
    variables = tuple(Variable(name=name, level=level) for name, level in levels.items())
    survey = Dataset("simulated", frame, variables, Source("simulated.csv", "0" * 64, 1))
    hidden = (HiddenLayer(units=64), HiddenLayer(units=32))
    experiment = Experiment(
        task=Task(target="y", features=tuple(frame.columns.drop("y"))),
        network=NetworkSpec(hidden=hidden),
        training=TrainingSpec(epochs=EPOCHS, members=1),
    )
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        run = run_experiment(survey, experiment, Path(folder) / "run")
        ran = time.monotonic() - started
        # Ten folds with five seeds each are fifty seeds on ten folds.
        analyse(run, survey, AnalysisSpec(folds=10, seeds=5, sizes=0))
        whole = time.monotonic() - started
        assert all("obstacle" not in run.analysis(code).facts for code in codes())  # type: ignore[union-attr]
    return {"run": ran, "whole": whole}


def codes() -> list[str]:
    from dnn_core.analyses.catalogue import ANALYSES

    return [analysis.code for analysis in ANALYSES]


def in_its_own_process(what: str) -> float | dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.honest_view", what]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output.splitlines()[-1])


def main() -> None:
    fits, views, runs = [], [], []
    for _ in range(REPEATS):
        fits.append(in_its_own_process("keras"))
        ours = in_its_own_process("ours")
        views.append(ours["whole"])
        runs.append(ours["run"])
        print(fits[-1], ours, flush=True)
    ratios = [view / fit for view, fit in zip(views, fits, strict=True)]
    results = {
        "keras.Model.fit, 100 epochs, seconds": statistics.median(fits),
        "run with baselines and bootstrap, seconds": statistics.median(runs),
        "whole honest view, seconds": statistics.median(views),
        "whole honest view, as a multiple of the fit": statistics.median(ratios),
    }
    for what, value in results.items():
        print(f"{what:50} {value:8.2f}")
    Path("benchmarks/honest_view.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        print(json.dumps(measure_keras() if sys.argv[1] == "keras" else measure_ours()))
