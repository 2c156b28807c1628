"""The connection to the cluster of a workspace, on which everything that is asked of it rests."""

from __future__ import annotations

import atexit
import threading
import time
from typing import Self

from dnn_core.compute.connection import Cluster, Connection, not_ready
from dnn_core.compute.process import is_starting
from dnn_core.runs.workspace import Workspace


class ClusterLink:
    """Connection to the cluster of a workspace, which mends itself.

    Nothing here waits for a cluster to start, except `connect`. One object can
    serve all sessions of a dashboard: its methods may be called from any thread.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.RLock()
        self.connection = Connection(workspace, self._lock)
        atexit.register(self.close)

    @classmethod
    def connect(cls, workspace: Workspace, timeout: float = 60.0) -> Self:
        """Connect as soon as a worker is ready.

        Raises
        ------
        UserError
            If that takes longer than `timeout` seconds.
        """
        compute = cls(workspace)
        deadline = time.monotonic() + timeout
        while compute.state is not Cluster.READY:
            if time.monotonic() > deadline:
                compute.close()
                raise not_ready(Cluster.STARTING)
            time.sleep(0.1)
        return compute

    def close(self) -> None:
        """Leave the cluster; it goes on."""
        with self._lock:
            atexit.unregister(self.close)
            self.connection.leave()

    @property
    def alive(self) -> bool:
        """Whether there is a cluster and this object is connected to it."""
        return self.connection.client() is not None

    @property
    def state(self) -> Cluster:
        """Off, starting, or ready to train at once."""
        snapshot = self.connection.look()
        if snapshot is not None and snapshot.workers:
            return Cluster.READY
        if snapshot is not None or is_starting(self._workspace):
            return Cluster.STARTING
        return Cluster.OFF
