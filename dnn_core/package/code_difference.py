"""The difference between the training scripts of two runs."""

from __future__ import annotations

import difflib

from dnn_core.data.prepare import PIXEL_SCALE
from dnn_core.network.code import python_code
from dnn_core.runs.run import Run
from dnn_core.specs import Part


def code_of(run: Run) -> str:
    """The network of a run and its training as a Python script.

    Raises
    ------
    UserError
        If the run did not get as far as preparing its data.
    """
    facts = run.facts
    pixels = not (run.directory / "encoder.skops").exists()
    return python_code(
        run.experiment,
        facts.inputs,
        facts.coding,
        input_scale=PIXEL_SCALE if pixels else 1.0,
        cases=facts.cases[Part.TRAINING],
    )


def code_difference(first: Run, second: Run, *, context: int = 3) -> str:
    """The unified diff from the script of one run to that of another.

    Parameters
    ----------
    first, second : Run
    context : int
        Lines around a difference that are the same in both.

    Returns
    -------
    str
        Lines that only the first has begin with `-`, those of the second with `+`;
        empty where the scripts are the same.

    Raises
    ------
    UserError
        If one of the runs did not get as far as preparing its data.
    """
    lines = difflib.unified_diff(
        code_of(first).splitlines(),
        code_of(second).splitlines(),
        first.notes.name,
        second.notes.name,
        n=context,
        lineterm="",
    )
    return "\n".join(lines)
