"""`dashboard`: open the dashboard in the browser."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from pathlib import Path

from dnn_core.installation import DASHBOARD, ROOT

NAME = "dashboard"
HELP = "Open the dashboard in the browser, for this computer alone."

START = "streamlit run app.py" if DASHBOARD == ROOT else "dnn-workbench dashboard"
"""What a person types: in a clone the command of the README, which needs no installation."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `dashboard`."""
    parser.add_argument(
        "--port", type=int, help="of the address (default: the first free from 8501)"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help="where the runs are")
    parser.add_argument(
        "settings",
        nargs="*",
        metavar="SETTING",
        help="of Streamlit, behind a --, such as -- --server.address 0.0.0.0",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Serve it until Ctrl-C, as `streamlit run app.py` does in a clone."""
    if arguments.workspace is not None:
        os.environ["DNN_WORKBENCH_HOME"] = str(arguments.workspace.resolve())
    settings = list(arguments.settings)
    if arguments.port is not None:
        settings += ["--server.port", str(arguments.port)]
    if arguments.no_browser:
        settings += ["--server.headless", "true"]
    # Streamlit finds the theme beside the script.
    sys.argv = ["streamlit", "run", str(DASHBOARD / "app.py"), *settings]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    return 0
