"""`python -m dnn_core.compute --home <workspace>`: run the cluster of a workspace."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Read the command line and serve; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dnn_core.compute", description=__doc__)
    parser.add_argument("--home", type=Path, help="the workspace's folder")
    home = parser.parse_args().home
    from dnn_core.compute.serve import serve
    from dnn_core.runs.workspace import Workspace

    return serve(Workspace(home))


if __name__ == "__main__":
    # Workers are spawned and import this module again, under another name.
    sys.exit(main())
