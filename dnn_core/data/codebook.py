"""What a codebook says about the variables of a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dnn_core.data.dataset import Dataset, Level, Variable, mask_missing
from dnn_core.data.levels import guess_level
from dnn_core.errors import UserError


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    label: str = ""
    level: Level | None = None
    value_labels: dict[str, str] = {}
    missing_codes: tuple[str, ...] = ()


class _Codebook(BaseModel):
    model_config = ConfigDict(extra="ignore")

    title: str = ""
    variables: dict[str, _Entry] = {}


def apply_codebook(dataset: Dataset, codebook: dict[str, Any]) -> Dataset:
    """Take labels, levels, value labels and missing codes from a codebook.

    Parameters
    ----------
    dataset : Dataset
    codebook : dict
        `title` and `variables`; each variable may have `label`, `level`,
        `value_labels` (a value's text to its label) and `missing_codes`. Where
        no level is given it is guessed without the missing codes. Variables
        that the data set does not have are ignored.

    Raises
    ------
    UserError
        If the codebook is not of this form.
    """
    try:
        book = _Codebook.model_validate(codebook)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(
            "The codebook cannot be used.",
            received=f"{' > '.join(map(str, first['loc']))}: {first['msg']}",
            remedy="Give each variable only label, level, value_labels and missing_codes.",
        ) from error
    variables = tuple(
        _describe(dataset, variable, book.variables[variable.name])
        if variable.name in book.variables
        else variable
        for variable in dataset.variables
    )
    return replace(dataset, name=book.title or dataset.name, variables=variables)


def _describe(dataset: Dataset, variable: Variable, entry: _Entry) -> Variable:
    level = entry.level
    if level is None:
        level = guess_level(mask_missing(dataset.frame[variable.name], entry.missing_codes))
    return Variable(
        name=variable.name,
        label=entry.label,
        level=level,
        value_labels=entry.value_labels,
        missing_codes=entry.missing_codes,
    )
