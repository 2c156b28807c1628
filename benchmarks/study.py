"""A study beside the same study as a loop of `keras.Model.fit`. Prints a table and writes JSON.

    python -m benchmarks.study

ANES 1996, `vote`: 100 configurations at random of capacity, dropout, L2 and learning rate, five
folds each, 100 epochs at most. The loop takes a tenth of it, ten configurations on the same
folds, and stands for ten times as long. Each in a process of its own, less the import of
TensorFlow.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import dnn_core as dnn
from dnn_core.data.dataset import Dataset
from dnn_core.data.samples import read_sample
from dnn_core.specs import Sampler, StudySpec, configure, suggest_vary

RESULTS = Path("benchmarks/study.json")
TRIALS, FOLDS, EPOCHS, SHARE = 100, 5, 100, 0.1
HYPERPARAMETERS = ("layers", "units", "dropout", "l2", "learning_rate")


def anes() -> Dataset:
    """The sample, with its labels."""
    return read_sample("anes96")


def study(trials: int = TRIALS) -> StudySpec:
    """Configurations at random, so that the loop can try some of the same."""
    features = tuple(name for name in anes().names if name != "vote")
    experiment = dnn.Experiment(
        task=dnn.Task(target="vote", features=features),
        network=dnn.NetworkSpec(hidden=(dnn.HiddenLayer(units=64),)),
        training=dnn.TrainingSpec(epochs=EPOCHS),
    )
    return StudySpec(
        experiment=experiment,
        vary=tuple(suggest_vary(hyperparameter) for hyperparameter in HYPERPARAMETERS),
        sampler=Sampler.RANDOM,
        trials=trials,
        folds=FOLDS,
    )


def measure_ours() -> dict[str, float]:
    """Seconds of the whole study, correction and all."""
    from dnn_core.tuning.search import run_study
    from dnn_core.tuning.study import create_study

    data = anes()
    with tempfile.TemporaryDirectory() as folder:
        made = create_study(data, study(), Path(folder) / "study")
        import tensorflow  # noqa: F401

        started = time.monotonic()
        run_study(made, data)
        seconds = time.monotonic() - started
        assert len(made.trials) == TRIALS and all(trial.complete for trial in made.trials)
        best = min(made.trials, key=lambda trial: trial.value or float("inf"))
        return {"seconds": seconds, "log_loss": best.value or 0.0, "auc": best.main or 0.0}


def measure_keras() -> dict[str, float]:
    """Seconds of a tenth of the study as a loop of `keras.Model.fit`."""
    import keras
    import numpy as np

    from dnn_core.data.prepare import prepare
    from dnn_core.network.model import build_model
    from dnn_core.outcome.output import output_for
    from dnn_core.tuning.folds import ResamplingPlan
    from dnn_core.tuning.samplers import propose

    data, asked = anes(), study()
    plan = ResamplingPlan.of(data, asked)
    chosen = range(1, int(TRIALS * SHARE) + 1)
    values = propose(asked, list(chosen), [], higher_is_better=False)
    started = time.monotonic()
    for settings in values:
        tried = configure(plan.experiment, settings)
        for rows in plan.folds:
            prepared = prepare(data, tried, rows)
            training, validation, evaluated = (
                prepared.parts[name] for name in ("training", "validation", "test")
            )
            model = build_model(
                tried.network,
                prepared.inputs,
                output_for(prepared.target),
                seed=1,
                cases=len(training),
            )
            model.compile(
                keras.optimizers.Adam(tried.training.learning_rate), "binary_crossentropy"
            )
            stop = keras.callbacks.EarlyStopping(
                patience=tried.training.patience, restore_best_weights=True
            )
            model.fit(
                training.x,
                training.y.astype("float32"),
                validation_data=(validation.x, validation.y.astype("float32")),
                epochs=EPOCHS,
                batch_size=tried.training.batch_size,
                callbacks=[stop],
                verbose=0,
            )
            assert np.isfinite(model.predict(evaluated.x, verbose=0)).all()
    return {"seconds": time.monotonic() - started}


def in_its_own_process(what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.study", what]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(output.splitlines()[-1])
    return result


def main() -> None:
    loop = in_its_own_process("keras")
    ours = in_its_own_process("ours")
    whole = loop["seconds"] / SHARE
    results = {
        "study of 100 x 5, seconds": ours["seconds"],
        "a tenth of it as a loop of keras.Model.fit, seconds": loop["seconds"],
        "times as fast": whole / ours["seconds"],
        "log loss of the best": ours["log_loss"],
        "AUC of the best": ours["auc"],
    }
    for name, value in results.items():
        print(f"{name:55} {value:10.3f}")
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, "anes": results}, indent=1) + "\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ours"]:
            print(json.dumps(measure_ours()))
        case ["keras"]:
            print(json.dumps(measure_keras()))
        case _:
            main()
