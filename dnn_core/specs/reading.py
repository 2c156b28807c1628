"""Read a specification from a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from dnn_core.errors import UserError
from dnn_core.specs.fields import Spec, explain

S = TypeVar("S", bound=Spec)


def read_spec(path: Path, spec: type[S]) -> S:
    """Read a spec from a file of JSON.

    Parameters
    ----------
    path : Path
    spec : type
        Such as `Experiment`; every run's directory holds one, as experiment.json.

    Raises
    ------
    UserError
        If there is no such file, it is no JSON, or a setting in it is not allowed.
    """
    if not path.is_file():
        raise UserError(
            f"There is no file “{path}”.", remedy="Check the name and the folder of the file."
        )
    try:
        values = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"“{path.name}” is not valid JSON.", received=str(error)[:200]) from error
    if not isinstance(values, dict):
        raise UserError(
            f"“{path.name}” does not say what is to be done.", expected="an object of settings"
        )
    try:
        return spec.model_validate_json(json.dumps(values))
    except ValidationError as error:
        explanation = explain(spec, error)
        raise UserError(
            f"“{path.name}” cannot be used: {explanation.problem}",
            expected=explanation.expected,
            received=explanation.received,
            remedy=explanation.remedy,
        ) from error
