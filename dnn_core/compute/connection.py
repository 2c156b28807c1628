"""The connection to the cluster of a workspace, which mends itself."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnn_core.compute.certificate import security
from dnn_core.compute.machines import Machines, unreachable
from dnn_core.compute.process import EXTERNAL, find_cluster, start_if_needed
from dnn_core.compute.snapshot import Snapshot, look
from dnn_core.errors import UserError
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Choice

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_JOIN = 5.0
SECONDS_TO_LEAVE = 2.0

SECONDS_BETWEEN_ATTEMPTS = 10.0
"""Seconds to wait for a scheduler that was started elsewhere; each delays a page."""

logger = logging.getLogger(__name__)


class Cluster(Choice):
    """How far the cluster is."""

    OFF = "off", "Not running"
    STARTING = "starting", "Starting"
    READY = "ready", "Ready"


@dataclass(frozen=True)
class Target:
    """The cluster to be connected to; `id` tells it from a successor at the same address."""

    id: str
    address: str
    external: bool = False


class Connection:
    """A client of the cluster that runs now, and the state of its workers.

    Parameters
    ----------
    workspace : Workspace
    lock : threading.RLock
        Held while anything of the connection changes.
    """

    def __init__(self, workspace: Workspace, lock: threading.RLock) -> None:
        self._workspace = workspace
        self._lock = lock
        self._client: Client | None = None
        self._joined: Target | None = None
        self.machines = Machines(workspace)
        self._refusal, self._next_attempt = "", 0.0

    def client(self) -> Client | None:
        """A client of the cluster that runs now, or None."""
        with self._lock:
            target = self.target()
            if self._client is not None:
                if self._client.status == "running" and self._joined == target:
                    return self._client
                self.leave()
            if target is None or (target.external and time.monotonic() < self._next_attempt):
                return None
            self._client = self._connect(target)
            self._joined = target
            if self._client is None:
                # Dask leaves what failed in a reference cycle. Freed at a bad moment, while the
                # next client starts, it would make that one fail too.
                gc.collect()
            return self._client

    def _connect(self, target: Target) -> Client | None:
        from distributed import Client

        try:
            return Client(
                target.address,
                security=None if target.external else security(self._workspace.compute),
                timeout=SECONDS_TO_JOIN,
                set_as_default=False,
                name="dnn-workbench",
            )
        except (OSError, TypeError, ValueError) as error:
            # The latter two are Dask's words for settings of TLS and addresses that are wrong.
            logger.warning("The cluster at %s does not answer: %s", target.address, error)
            if target.external:
                self._refusal = str(error)
                self._next_attempt = time.monotonic() + SECONDS_BETWEEN_ATTEMPTS
            return None

    def join_or_start(self) -> tuple[Client | None, Snapshot | None]:
        """A client, None while a cluster of one's own starts; and who works elsewhere."""
        client, target = self.client(), self.target()
        if target is None or not target.external:
            if client is None:
                start_if_needed(self._workspace)
            return client, None
        snapshot = self.look()
        if snapshot is None:
            raise unreachable(target.address, self._refusal)
        return self._client, snapshot

    def require_able(self, client: Client, elsewhere: Snapshot | None) -> None:
        """Insist that the workers of a cluster that was started elsewhere can do the work."""
        if elsewhere is not None:
            with self._lock:
                self.machines.require(client, elsewhere)

    def able(self) -> Client:
        """A client of a cluster that can do the work now."""
        client, elsewhere = self.join_or_start()
        if client is None:
            raise not_ready(Cluster.STARTING)
        self.require_able(client, elsewhere)
        return client

    def leave(self) -> None:
        """Leave the cluster; it goes on."""
        if self._client is not None:
            self._client.close(timeout=SECONDS_TO_LEAVE)
            self._client = None

    def target(self) -> Target | None:
        """The cluster to be connected to; None where none runs."""
        external = os.environ.get(EXTERNAL)
        if external:
            return Target(external, external, external=True)
        cluster = find_cluster(self._workspace)
        return None if cluster is None else Target(cluster.id, cluster.address)

    def look(self) -> Snapshot | None:
        """The scheduler's state; None when it cannot be queried."""
        client = self.client()
        if client is None:
            return None
        try:
            return client.run_on_scheduler(look)
        except OSError as error:
            logger.warning("The cluster does not answer: %s", error)
            self._refusal = str(error)
        except (ImportError, AttributeError) as error:
            logger.warning("The scheduler runs without this program: %s", error)
            self._refusal = "it runs where DNN Workbench is not installed, or an older one"
        return None


def not_ready(state: Cluster) -> UserError:
    """The error for a cluster that does not answer."""
    if state is Cluster.READY:
        return UserError(
            "The worker is busy and has not answered.", remedy="Try again in a few seconds."
        )
    if state is Cluster.STARTING:
        return UserError("The worker is starting.", remedy="Try again in a few seconds.")
    return UserError(
        "The computing process ended meanwhile and is started again when it is needed.",
        remedy="Try again; if this goes on, see compute.log in the workspace.",
    )
