"""Send runs from a subprocess, which can be ended and has its own environment.

The dashboard does: its process need not load MLflow, and cannot hang with a server that
does not answer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from dnn_core.errors import UserError
from dnn_core.tracking.server import check_address, require_mlflow

ADDRESS = "MLFLOW_TRACKING_URI"

SECONDS_TO_START, SECONDS_FOR_A_RUN = 60.0, 30.0

BAD_INPUT = 2
"""Exit status of a command that says in its last line what can be mended."""

SECRET = ("MLFLOW_TRACKING_", "AWS_", "AZURE_", "GOOGLE_", "DATABRICKS_")
"""Prefixes of environment variables that may hold the user's passwords."""


def send_in_subprocess(
    workspace: Path, run_ids: Sequence[str], address: str, experiment: str, *, reports: bool
) -> str:
    """Send runs of a workspace, wait, and return one line on each.

    Passwords in the environment are those of the server in `MLFLOW_TRACKING_URI`; no other
    server sees them.

    Raises
    ------
    UserError
        As `export_to_mlflow`, and if sending takes longer than a minute and half a minute for
        each run.
    """
    require_mlflow()
    address = check_address(address)
    command = [
        *(sys.executable, "-m", "dnn_core", "mlflow", *run_ids),
        *(f"--uri={address}", f"--experiment={experiment}", f"--workspace={workspace.resolve()}"),
        *(["--report"] if reports else []),
    ]
    limit = SECONDS_TO_START + SECONDS_FOR_A_RUN * len(run_ids)
    with tempfile.TemporaryDirectory() as empty:
        try:
            done = subprocess.run(
                command,
                env=_environment(address, empty),
                cwd=empty,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UserError(
                f"Sending to {address} took longer than {limit:.0f} seconds and was ended.",
                remedy="Send them again, perhaps fewer at once; nothing is stored twice.",
            ) from None
    if done.returncode == BAD_INPUT:
        raise UserError(done.stderr.strip().rpartition("\n")[2])
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout.strip()


def _environment(address: str, empty: str) -> dict[str, str]:
    """The environment for a server; a foreign one gets nothing that is secret."""
    path = str(Path(__file__).resolve().parents[2])
    own = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    if address == os.environ.get(ADDRESS, "").strip().rstrip("/"):
        return own
    kept = {name: value for name, value in own.items() if not name.startswith(SECRET)}
    # MLflow and requests also look for passwords in files of the home folder.
    return {**kept, "HOME": empty, "USERPROFILE": empty}
