"""`study`: try many configurations of an experiment in this process."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from dnn_core.commands.dashboard import START
from dnn_core.commands.data import LONGEST_NAME, add_data_arguments, read_for
from dnn_core.commands.progress import progress_shown, stopped_by_ctrl_c
from dnn_core.compute.local_claims import claiming
from dnn_core.data.dataset import Dataset
from dnn_core.diagnostics.study.summary import Corrected, how_corrected, summarise
from dnn_core.errors import UserError
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import StudySpec
from dnn_core.specs.reading import read_spec
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_result import read_study
from dnn_core.tuning.study_store import new_study
from dnn_core.wording import in_sentence, plural

NAME = "study"
HELP = (
    "Try many configurations of an experiment in this terminal. Every study's directory contains "
    "a study.json."
)

ENDED = "Ended from the keyboard; the configurations evaluated so far are kept."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `study`."""
    parser.add_argument("study", type=Path, metavar="study.json", help="the study to run")
    add_data_arguments(parser)
    parser.add_argument("--name", default="", help="name of the study (default: the next number)")


def execute(arguments: argparse.Namespace) -> int:
    """Search and print the result; returns the exit status.

    Raises
    ------
    UserError
        If the study or the data cannot be used; then no study is made.
    """
    asked = read_spec(arguments.study, StudySpec)
    given, experiment = read_for(arguments, arguments.study, asked.experiment)
    dataset = given.dataset
    # Fails here rather than in a study that is in the way afterwards.
    dataset.variable(experiment.task.target)
    workspace = Workspace(arguments.workspace)
    given.keep(workspace)
    name = arguments.name.strip()[:LONGEST_NAME]
    with claiming() as claim:
        study = new_study(workspace, dataset, asked.but(experiment=experiment), name, claim)
        return _search(study, dataset)


def _search(study: Study, dataset: Dataset) -> int:
    # TensorFlow's notes on the processor would break the bar.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    name = f"{study.status.name} ({study.id})"
    try:
        with (
            stopped_by_ctrl_c(study, "the configurations evaluated so far are kept"),
            progress_shown(study),
        ):
            from dnn_core.tuning.search import run_study

            run_study(study, dataset)
    except UserError as error:
        print(f"{name} failed. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        study.end(State.STOPPED, ENDED)
        print(f"{name}: {ENDED}", file=sys.stderr)
        return 130
    print("\n".join(_result(study)))
    return 0


def _result(study: Study) -> list[str]:
    """Print the result of a study, and where it is."""
    status, result = study.status, read_study(study)
    lines = [
        f"{status.name}: {status.state.label.lower()}, {plural(status.trials, 'configuration')}",
        f"  id          {study.id}",
        f"  folder      {study.directory.resolve()}",
    ]
    if result is not None:
        facts, title = result.facts, study.measure.title
        corrected = how_corrected(facts)
        worth = f", {facts['corrected']:.4f} {in_sentence(corrected.label)}"
        lines += [
            f"  best        number {facts['best']}, {title} {facts['apparent']:.4f} "
            f"uncorrected{worth if corrected is not Corrected.NOT else ''}",
            f"  simplest    number {facts['simplest']}, of {facts['near']:,} within one standard "
            "error of the best",
        ]
        for name in ("best", "simplest"):
            trial = next(t for t in study.trials if t.number == facts[name])
            values = ", ".join(
                f"{v.setting.title} {v.show(trial.values[v.hyperparameter])}"
                for v in study.asked.vary
            )
            lines.append(f"  number {trial.number}: {values}")
        lines.append(summarise(result, study.measure))
    return [*lines, f"To look at it: {START}, then the page Tune."]
