"""`python -m dnn_core …`: what can be done from a terminal; see `dnn_core.commands`."""

from __future__ import annotations

import sys

from dnn_core.commands.line import main
from dnn_core.runs.privacy import keep_private

if __name__ == "__main__":
    keep_private()
    sys.exit(main())
