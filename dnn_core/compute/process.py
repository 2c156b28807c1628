"""Find or start the cluster of this workspace."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from dnn_core.compute.certificate import write_private
from dnn_core.compute.lock import is_held
from dnn_core.runs.privacy import private_folder
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace

EXTERNAL = "DASK_SCHEDULER_ADDRESS"
FILE = "scheduler.json"
LOCK = "lock"
LOG = "compute.log"
LARGEST_LOG_BYTES = 5_000_000

SECONDS_FOR_FIRST_PAGE = 3.0
"""A worker that loads TensorFlow keeps a processor busy for ten seconds. Where there
are two, that costs the first page almost half a second, and the page comes first."""

PACKAGE = Path(__file__).resolve().parents[1]
"""The folder `dnn_core`."""

logger = logging.getLogger(__name__)

_starters: dict[Path, subprocess.Popen[bytes]] = {}
_starting = threading.Lock()


class ClusterFile(BaseModel):
    """The description of a running cluster.

    `version` is a digest of the package's sources: a cluster outlives the
    dashboard, and must not go on with code that has been replaced since.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    address: str
    pid: int
    started_at: str
    version: str

    def write(self, folder: Path) -> None:
        write_private(folder / FILE, self.model_dump_json(indent=1).encode())


def find_cluster(workspace: Workspace) -> ClusterFile | None:
    """The cluster that runs for this workspace, or None.

    A file that a killed cluster left behind does not count: a cluster holds a
    lock as long as it lives. Nor does one that is damaged: nobody can say where it is.
    """
    folder = workspace.compute
    if not is_held(folder / LOCK):
        return None
    try:
        return ClusterFile.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        logger.warning("%s does not say where the cluster is: %s", folder / FILE, error)
        return None


def is_starting(workspace: Workspace) -> bool:
    """Whether a cluster is being started that does not accept connections yet."""
    if find_cluster(workspace) is not None:
        return False
    starter = _starters.get(workspace.root)
    return is_held(workspace.compute / LOCK) or (starter is not None and starter.poll() is None)


def start_if_needed(workspace: Workspace, after_seconds: float = 0.0) -> None:
    """Ensure that a cluster runs for this workspace; returns at once.

    Nothing is started where `DASK_SCHEDULER_ADDRESS` names a cluster. One that
    runs older code is replaced, unless it is busy training.

    Parameters
    ----------
    workspace : Workspace
    after_seconds : float
        How long a new process waits before it begins to work. It counts as
        starting meanwhile.
    """
    if os.environ.get(EXTERNAL):
        return
    with _starting:
        starter = _starters.get(workspace.root)
        if starter is not None and starter.poll() is None:
            return
        cluster = find_cluster(workspace)
        if cluster is not None:
            if cluster.version == code_version() or _is_training(workspace):
                return
            logger.info("Replacing the cluster of process %s: its code is older.", cluster.pid)
            os.kill(cluster.pid, signal.SIGTERM)
        _starters[workspace.root] = _spawn(workspace, after_seconds)


def _is_training(workspace: Workspace) -> bool:
    return any(run.status.state is State.RUNNING for run in workspace.active_runs())


def _spawn(workspace: Workspace, after_seconds: float) -> subprocess.Popen[bytes]:
    folder = workspace.compute
    private_folder(folder)
    log = folder / LOG
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
    command = [
        *(sys.executable, "-m", "dnn_core.compute"),
        *("--home", str(workspace.root.resolve())),
        *("--after", str(after_seconds)),
    ]
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env=_environment(),
            start_new_session=True,
            creationflags=flags,
        )


def _environment() -> dict[str, str]:
    """The starter's environment, without variables that would reconfigure Dask."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DASK_", "STREAMLIT_"))
    }
    paths = [str(PACKAGE.parent), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths)}


@lru_cache(maxsize=1)
def code_version() -> str:
    """Digest of the package's sources as they were when first asked."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
