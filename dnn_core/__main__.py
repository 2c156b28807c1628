"""`dnn-workbench …`, or `python -m dnn_core …`: what can be done from a terminal.

See `dnn_core.commands`.
"""

from __future__ import annotations

import sys

from dnn_core.commands.line import main
from dnn_core.runs.privacy import keep_private


def start() -> int:
    """Carry out the command of the terminal; returns the exit status."""
    keep_private()
    return main()


if __name__ == "__main__":
    sys.exit(start())
