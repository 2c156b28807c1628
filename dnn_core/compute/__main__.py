"""`python -m dnn_core.compute --home <workspace>`: run the cluster of a workspace."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from dnn_core.runs.privacy import keep_private


def main() -> int:
    """Read the command line and serve; returns the exit status."""
    keep_private()
    parser = argparse.ArgumentParser(prog="python -m dnn_core.compute", description=__doc__)
    parser.add_argument("--home", type=Path, help="the workspace's folder")
    parser.add_argument("--after", type=float, default=0.0, help="seconds to wait first")
    arguments = parser.parse_args()
    # Before anything is loaded: a caller that asks for a delay needs the processor now.
    time.sleep(arguments.after)
    from dnn_core.compute.serve import serve
    from dnn_core.runs.workspace import Workspace

    return serve(Workspace(arguments.home))


if __name__ == "__main__":
    # Workers are spawned and import this module again, under another name.
    sys.exit(main())
