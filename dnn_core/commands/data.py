"""The data of a command: read, described, compared with the experiment."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dnn_core.data.codebook import described_variables, read_codebook
from dnn_core.data.dataset import Dataset
from dnn_core.data.images.mnist import find_mnist, read_mnist
from dnn_core.data.readers import Options, WorkbookOptions, options_of, read_dataset
from dnn_core.data.readers.two_files import read_two_files
from dnn_core.errors import UserError
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment

LONGEST_NAME = 60
"""Maximum length of the name of a run or study, as on the page Runs."""


@dataclass(frozen=True, eq=False)
class Given:
    """Data with the files that they were read from, as (bytes, name)."""

    dataset: Dataset
    files: tuple[tuple[bytes, str], ...]

    def keep(self, workspace: Workspace) -> None:
        """Put the files where the dashboard puts uploads."""
        for content, name in self.files:
            workspace.store_upload(content, name)


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where data come from, the same for every command that needs some."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE",
        help="the table: CSV, SPSS, Stata, SAS, Excel, OpenDocument or Parquet; for MNIST the "
        "folder with its four files",
    )
    parser.add_argument(
        "--test-data",
        type=Path,
        metavar="FILE",
        help="the published test part, where it is a file of its own",
    )
    parser.add_argument(
        "--codebook",
        type=Path,
        metavar="FILE",
        help="levels, labels and missing codes of the variables, as the page Variables saves "
        "them; else the codebook.json beside the JSON file is used, if there is one",
    )
    parser.add_argument(
        "--other-data",
        action="store_true",
        help="continue although these are not the data that the JSON file was made for",
    )
    parser.add_argument(
        "--workspace",
        type=Path,
        metavar="FOLDER",
        help="where runs are kept (default: that of the dashboard)",
    )


def read_given(arguments: argparse.Namespace, folder: Path) -> Given:
    """Read the data that a command line names.

    Parameters
    ----------
    arguments : argparse.Namespace
        With what `add_data_arguments` declares.
    folder : Path
        Of the JSON file. In a run's directory and in a replication package lie beside it
        about.json, which says how the file was read, and codebook.json.

    Raises
    ------
    UserError
        If a file is not there or cannot be read.
    """
    if arguments.data.is_dir():
        return Given(_read_folder(arguments.data), ())
    paths = [path for path in (arguments.data, arguments.test_data) if path is not None]
    for path in paths:
        if not path.is_file():
            raise UserError(
                f"There is no file “{path}”.", remedy="Check the name and the folder of the file."
            )
    files = tuple((path.read_bytes(), path.name) for path in paths)
    known = _about(folder)
    dataset = _read(arguments.data, files, None)
    if known.get("sha256") == dataset.source.sha256 and known.get("reading"):
        options = options_of(known["reading"])
        if options != options_of(dataset.source.options):
            dataset = _read(arguments.data, files, options)
    beside = folder / "codebook.json"
    codebook = arguments.codebook or (beside if beside.is_file() else None)
    return Given(dataset if codebook is None else _describe(dataset, codebook), files)


def read_for(
    arguments: argparse.Namespace, path: Path, experiment: Experiment
) -> tuple[Given, Experiment]:
    """The data of a command line, and the experiment of a JSON file as it suits them."""
    given = read_given(arguments, path.parent)
    other = arguments.other_data
    return given, suited(experiment, given.dataset, path.parent, other_data=other)


def suited(
    experiment: Experiment, dataset: Dataset, folder: Path, *, other_data: bool
) -> Experiment:
    """The experiment as it can be run on these data.

    Raises
    ------
    UserError
        If it was made for other data, and `--other-data` was not given.
    """
    if experiment.data in (None, dataset.fingerprint):
        return experiment
    if other_data:
        # What was said to findings was said about other data.
        return experiment.but(data=None, answers=())
    known = _about(folder)
    if known.get("sha256") == dataset.source.sha256:
        raise UserError(
            f"“{dataset.source.file_name}” is the file of the experiment, but its variables are "
            "described differently, or it was read differently.",
            remedy="Give the codebook of the run with --codebook, or continue with --other-data.",
        )
    raise UserError(
        f"“{dataset.source.file_name}” is not the data that the experiment was made for.",
        expected=f"“{known['file_name']}” as it was then" if "file_name" in known else None,
        remedy="To run it on these data, add --other-data. If it is the same file, give the "
        "codebook of the run with --codebook.",
    )


def _read_folder(folder: Path) -> Dataset:
    if find_mnist([folder]) is None:
        raise UserError(
            f"The folder “{folder}” does not hold the four MNIST files.",
            remedy="Give a file, or the folder with the official files of MNIST.",
        )
    return read_mnist(folder)


def _read(path: Path, files: tuple[tuple[bytes, str], ...], options: Options) -> Dataset:
    if len(files) == 1:
        return read_dataset(path, options)
    if isinstance(options, WorkbookOptions):
        options = None
    (content, name), (test, test_name) = files
    return read_two_files(content, name, test, test_name, options)


def _describe(dataset: Dataset, path: Path) -> Dataset:
    if not path.is_file():
        raise UserError(f"There is no codebook “{path}”.", remedy="Check its name and folder.")
    return dataset.with_variables(described_variables(dataset, read_codebook(path.read_bytes())))


def _about(folder: Path) -> dict[str, Any]:
    """The record of the data in a run's directory; empty where there is no such file."""
    path = folder / "about.json"
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
