"""`run`: run an experiment in this process."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

import pandas as pd

from dnn_core.checks import lead_sentence, run_checks
from dnn_core.commands.dashboard import START
from dnn_core.commands.data import LONGEST_NAME, add_data_arguments, read_for
from dnn_core.commands.progress import progress_shown, stopped_by_ctrl_c
from dnn_core.compute.local_claims import claiming
from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import outline
from dnn_core.errors import UserError
from dnn_core.outcome.metrics import main_metric
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment, Part
from dnn_core.specs.reading import read_spec

NAME = "run"
HELP = (
    "Run an experiment in this terminal. Every run's directory and every replication package "
    "contain an experiment.json."
)

ENDED = "Ended from the keyboard; its learning curve so far is kept, its network is not."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `run`."""
    parser.add_argument(
        "experiment", type=Path, metavar="experiment.json", help="the experiment to run"
    )
    add_data_arguments(parser)
    parser.add_argument("--name", help="name of the run (default: the next number)")


def execute(arguments: argparse.Namespace) -> int:
    """Train and print the result; returns the exit status.

    Raises
    ------
    UserError
        If the experiment or the data cannot be used; then no run is made.
    """
    asked = read_spec(arguments.experiment, Experiment)
    given, experiment = read_for(arguments, arguments.experiment, asked)
    dataset = given.dataset
    # Fails here rather than in a run that is in the way afterwards.
    outline(dataset, experiment.task, experiment.split, experiment.encoding, experiment.folds)
    workspace = Workspace(arguments.workspace)
    given.keep(workspace)
    with claiming() as claim:
        run = workspace.new_run(dataset, experiment, claim)
        if arguments.name:
            run.annotate(name=arguments.name.strip()[:LONGEST_NAME] or run.notes.name)
        return _train(run, dataset, workspace, named=arguments.workspace is not None)


def _train(run: Run, dataset: Dataset, workspace: Workspace, *, named: bool) -> int:
    """Execute a waiting run and print its result; returns the exit status."""
    # TensorFlow's notes on the processor would break the bar.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with stopped_by_ctrl_c(run, "the best one is kept"), progress_shown(run):
            from dnn_core.runs.execution.execute import execute

            execute(run, dataset)
    except UserError as error:
        print(f"{run.notes.name} ({run.id}) failed. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        run.end(State.INTERRUPTED, ENDED)
        print(f"{run.notes.name} ({run.id}): {ENDED}", file=sys.stderr)
        return 130
    if not run.status.done:
        print(f"{run.notes.name} ({run.id}): {run.status.message}", file=sys.stderr)
        return 130
    print("\n".join(_result(run, workspace, named=named)))
    return 0


def _result(run: Run, workspace: Workspace, *, named: bool) -> list[str]:
    """Print the result of a run, and how to open it."""
    home = f"DNN_WORKBENCH_HOME={shlex.quote(str(workspace.root.resolve()))} " if named else ""
    findings, _ = run_checks(run)
    return [
        f"{run.notes.name}: {run.status.state.label.lower()}",
        f"  id          {run.id}",
        f"  folder      {run.directory.resolve()}",
        f"  validation  {_main_figure(run)}",
        lead_sentence(run, findings),
        f"To look at it: {home}{START}, then open it on the page Runs, "
        f"or add ?run={run.id} to the address.",
        f"From Python: dnn_core.load_run({str(run.directory.resolve())!r})",
    ]


def _main_figure(run: Run) -> str:
    """Main metric on the validation part with its interval: “AUC 0.71 (0.66 to 0.76), 95%”."""
    metric, table = main_metric(run.kind), run.metrics
    chosen = table[(table["part"] == Part.VALIDATION) & (table["metric"] == metric.name)]
    if chosen.empty or pd.isna(chosen["value"].iloc[0]):
        return f"{metric.title} cannot be computed"
    value, low, high = chosen[["value", "low", "high"]].iloc[0]
    interval = "" if pd.isna(low) else f" (95% interval {low:.3f} to {high:.3f})"
    return f"{metric.title} {value:.3f}{interval}"
