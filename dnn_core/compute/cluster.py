"""The dashboard's side of the cluster: submit, query and stop jobs, and reconcile their status.

Importing this module is cheap; Dask is loaded with the first connection.
"""

from __future__ import annotations

from dnn_core.compute.connection import Cluster
from dnn_core.compute.process import start_if_needed
from dnn_core.compute.questions import Questions
from dnn_core.compute.reconcile import queue_position
from dnn_core.compute.run_queue import RunQueue
from dnn_core.compute.search_queue import SearchQueue

__all__ = ["Cluster", "Compute", "load", "queue_position", "start_if_needed"]


def load() -> None:
    """Load Dask now, so that the first click on Train need not wait for it."""
    import distributed  # noqa: F401


class Compute(RunQueue, SearchQueue, Questions):
    """Everything that can be asked of the cluster of a workspace; see `ClusterLink`.

    Parameters
    ----------
    workspace : Workspace
    """
