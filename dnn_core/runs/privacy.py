"""Access rights: only the account that owns the workspace may read it.

Answers of respondents lie in uploads, data sets, predictions and logs. On a machine with
several accounts the usual rights let all of them read every file.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

OTHERS = 0o077
"""Rights of the group and of everybody else."""

logger = logging.getLogger(__name__)


def keep_private() -> None:
    """Let everything that this process and its children write be for their account only.

    For processes that are ours from start to end. In a notebook, whose process is the
    researcher's, the workspace's folder alone is closed, which shields all that is in it.
    """
    if os.name == "posix":
        os.umask(OTHERS)


def private_folder(path: Path) -> None:
    """Make a folder that no other account can enter, and close one that others could enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "posix":
        return
    mode = path.stat().st_mode & 0o7777
    if mode & OTHERS:
        try:
            path.chmod(mode & ~OTHERS)
        except OSError as error:
            # Of another account, or on a disk that knows no rights.
            logger.warning("Others may be able to read %s: %s", path, error)
