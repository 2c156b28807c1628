"""The connection to the cluster of a workspace, on which everything that is asked of it rests."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from dnn_core.compute.connection import Cluster, Connection, not_ready
from dnn_core.compute.process import is_starting
from dnn_core.errors import UserError
from dnn_core.runs.workspace import Workspace

if TYPE_CHECKING:
    from distributed import Client


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

    def _hand_over(
        self,
        task: Callable[[str], None],
        named: str,
        key: str,
        refused: Callable[[str], None],
        **options: Any,
    ) -> None:
        """Hand a task to the cluster; where none runs yet, one is started and nothing handed over.

        Parameters
        ----------
        task : callable
            Of a worker; it is called with `named`, the id of a run or study.
        key : str
            The scheduler runs one key once.
        refused : callable
            Called with the reason if a cluster that was started elsewhere cannot do the work.
        options
            Of `Client.submit`.

        Raises
        ------
        UserError
            If a cluster that was started elsewhere does not answer, or cannot do the work.
        """
        client, elsewhere = self.connection.join_or_start()
        if client is None:
            return
        try:
            self.connection.require_able(client, elsewhere)
        except UserError as error:
            refused(str(error))
            raise
        submit(client, task, named, key, **options)


def submit(
    client: Client, task: Callable[[str], None], named: str, key: str, **options: Any
) -> None:
    """Let a task run once, whether or not its sender stays; `options` are of `Client.submit`."""
    from distributed import fire_and_forget

    fire_and_forget(client.submit(task, named, key=key, pure=False, retries=0, **options))
