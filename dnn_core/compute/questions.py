"""Questions that a worker answers while one waits."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from dnn_core.compute import tasks
from dnn_core.compute.cluster_link import ClusterLink
from dnn_core.compute.connection import Cluster, not_ready

SECONDS_TO_ANSWER = 30.0
SECONDS_TO_OPEN = 300.0

T = TypeVar("T")


class Questions(ClusterLink):
    """What is asked of the cluster about trained runs."""

    def call(self, task: Callable[..., T], *args: Any, timeout: float = SECONDS_TO_ANSWER) -> T:
        """Run a function of `dnn_core.compute.tasks` on a worker and wait for it.

        A worker that trains answers too.

        Raises
        ------
        UserError
            The one that the task raised, or one that says why there is no
            answer within `timeout` seconds.
        """
        client = self.connection.able()
        key = f"{task.__name__}-{uuid.uuid4().hex}"
        future = client.submit(task, *args, key=key, pure=False, retries=0)
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise not_ready(self.state) from None
        except asyncio.CancelledError:
            # The connection was lost, and Dask cancels what was asked over it.
            raise not_ready(Cluster.OFF) from None

    def predict(self, run_id: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Predictions of a trained run for raw rows; see `Predictor.predictions`."""
        return self.call(tasks.predict, run_id, frame)

    def explain(self, run_id: str, case: pd.DataFrame) -> pd.DataFrame:
        """What each predictor contributes to one prediction; see `Explainer.explain`."""
        return self.call(tasks.explain, run_id, case)

    def predict_images(self, run_id: str, images: np.ndarray) -> pd.DataFrame:
        """Predictions of a trained run for images; see `Predictor.predict_images`."""
        return self.call(tasks.predict_images, run_id, images)

    def open_test(self, run_id: str) -> None:
        """Score the sealed test part of a run; see `dnn_core.runs.execution.execute.open_test`."""
        self.call(tasks.open_test_part, run_id, timeout=SECONDS_TO_OPEN)
