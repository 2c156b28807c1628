"""The command line: choose the command, and report problems."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Protocol

from dnn_core.commands import dashboard, mlflow, run, study
from dnn_core.errors import UserError
from dnn_core.installation import __version__

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
"""Exit statuses: the command failed; its arguments were wrong; Ctrl-C."""


class Command(Protocol):
    """What a module of this package offers."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments of the command."""

    def execute(self, arguments: argparse.Namespace) -> int:
        """Execute the command; returns the exit status. A `UserError` is printed."""


COMMANDS: tuple[Command, ...] = (dashboard, run, study, mlflow)


def main(words: Sequence[str] | None = None) -> int:
    """Execute a command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="dnn-workbench",
        description="DNN Workbench from a terminal. Runs go into the same workspace as those of "
        "the dashboard, and can be opened there.",
    )
    parser.add_argument("--version", action="version", version=f"DNN Workbench {__version__}")
    parsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        own = parsers.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(own)
        own.set_defaults(execute=command.execute)
    arguments = parser.parse_args(words)
    try:
        return arguments.execute(arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("Ended from the keyboard.", file=sys.stderr)
        return INTERRUPTED
