"""The tasks of workers.

A task names a run by its id and finds it in the worker's own workspace, so that
no path travels and none can lead outside. What needs TensorFlow is imported
inside: the dashboard imports this module too.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dnn_core.compute.snapshot import worker_label
from dnn_core.errors import UserError
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace

if TYPE_CHECKING:
    from dnn_core.analyses.case_explanation import Explainer
    from dnn_core.evaluation.predictor import Predictor

MODELS_KEPT = 4
"""Networks that a worker keeps loaded for predictions."""

_predicting = threading.Lock()
"""A Keras model is not made for `predict` in two threads at once."""

KILLED = (
    "The process that trained this run ended abruptly: it was killed or ran out of memory. Other "
    "runs are not affected. Train again, perhaps with a smaller batch or network."
)


def train(run_id: str) -> None:
    """Run a waiting experiment; one that is no longer waiting is left alone.

    The scheduler sends a task again when its worker dies. The label that a
    first attempt leaves in the status keeps a run that kills its worker before
    training begins from killing one worker after the other.
    """
    workspace = Workspace()
    run = workspace.run(run_id)
    status = run.status
    if status.state is not State.QUEUED:
        return
    if status.worker:
        run.end(State.FAILED, KILLED)
        return
    from distributed import get_worker

    from dnn_core.runs.execution.execute import execute, recorded

    label = worker_label(get_worker())
    run.update_status(worker=label)
    # `execute` records what goes wrong once it has begun; here also what goes wrong before.
    with recorded(run):
        execute(run, workspace.dataset_of(run), worker=label)


def predict(run_id: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Predictions of a trained run for raw rows; see `Predictor.predictions`."""
    predictor = _predictor(Workspace().run(run_id))
    with _predicting:
        return predictor.predictions(frame)


def predict_images(run_id: str, images: np.ndarray) -> pd.DataFrame:
    """Predictions of a trained run for images; see `Predictor.predict_images`."""
    predictor = _predictor(Workspace().run(run_id))
    with _predicting:
        return predictor.predict_images(images)


def explain(run_id: str, case: pd.DataFrame) -> pd.DataFrame:
    """The contribution of each predictor to one prediction; see `Explainer.explain`."""
    workspace = Workspace()
    run = workspace.run(run_id)
    model = _model_of(run)
    return _explainer(run.directory, model.stat().st_mtime_ns).explain(case)


def open_test_part(run_id: str) -> None:
    """Score the sealed test part of a run; see `dnn_core.runs.execution.execute.open_test`."""
    from dnn_core.runs.execution.execute import open_test

    workspace = Workspace()
    run = workspace.run(run_id)
    open_test(run, workspace.dataset_of(run), tried=workspace.tried(run))


def analyse(run_id: str) -> None:
    """Run the requested analyses of a run; see `dnn_core.analyses`."""
    from distributed import get_worker

    from dnn_core.analyses.catalogue import execute, recorded

    workspace = Workspace()
    run = workspace.run(run_id)
    with recorded(run):
        dataset = workspace.dataset_of(run)
    execute(run, dataset, worker=worker_label(get_worker()))


def _predictor(run: Run) -> Predictor:
    return _load(run.directory, _model_of(run).stat().st_mtime_ns)


def _model_of(run: Run) -> Path:
    """The file of a run's network."""
    run.require_model()
    model = run.directory / "model.keras"
    if not model.exists():
        raise UserError("The network of this run is no longer there.", remedy="Train again.")
    return model


@lru_cache(maxsize=MODELS_KEPT)
def _load(directory: Path, changed: int) -> Predictor:
    """A run's predictor, loaded once for each version of its network."""
    return Run(directory).predictor()


@lru_cache(maxsize=MODELS_KEPT)
def _explainer(directory: Path, changed: int) -> Explainer:
    """The explainer of a run's predictions, loaded once for each version of its network."""
    from dnn_core.analyses.case_explanation import Explainer

    run = Run(directory)
    return Explainer.of(run, Workspace().dataset_of(run))
