"""`mlflow`: send runs of the workspace to a tracking server."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.tracking.server import EXPERIMENT, export_to_mlflow

NAME = "mlflow"
HELP = (
    "Send runs to a tracking server of MLflow: settings, curves, figures, network and files, but "
    "no row of the data. What was sent before is updated."
)

ADDRESS = "MLFLOW_TRACKING_URI"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `mlflow`."""
    parser.add_argument("runs", nargs="+", metavar="RUN_ID", help="ids of runs that have ended")
    parser.add_argument(
        "--uri",
        default=os.environ.get(ADDRESS),
        metavar="ADDRESS",
        help=f"of the server, such as http://localhost:5000 (default: {ADDRESS})",
    )
    parser.add_argument(
        "--experiment",
        default=EXPERIMENT,
        metavar="NAME",
        help=f"MLflow's experiment in which the runs are put (default: {EXPERIMENT})",
    )
    parser.add_argument(
        "--report", action="store_true", help="send the reports too; each takes some seconds"
    )
    parser.add_argument("--workspace", type=Path, metavar="FOLDER", help="where the runs are")


def execute(arguments: argparse.Namespace) -> int:
    """Send the runs, and print where each can be seen; returns the exit status."""
    if not arguments.uri:
        raise UserError("No server is named.", remedy=f"Add --uri ADDRESS, or set {ADDRESS}.")
    workspace = Workspace(arguments.workspace)
    runs = [workspace.run(run_id) for run_id in arguments.runs]

    def data_of(run: Run) -> Dataset | None:
        kept = workspace.datasets / str(run.experiment.data) / "dataset.json"
        return workspace.dataset_of(run) if kept.exists() else None

    sent = export_to_mlflow(
        runs,
        arguments.uri,
        experiment_name=arguments.experiment,
        data_of=data_of if arguments.report else None,
    )
    for one in sent:
        print(f"{one.run.notes.name} {'sent' if one.anew else 'updated'}, {one.url}")
    return 0
