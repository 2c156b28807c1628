"""The sample tables in `sample_data`, each with a suggested task."""

from __future__ import annotations

import json
from dataclasses import dataclass

from dnn_core.data.dataset import Dataset
from dnn_core.data.readers import read_dataset
from dnn_core.errors import UserError
from dnn_core.installation import DASHBOARD
from dnn_core.outcome.kinds import outcome_of
from dnn_core.specs import Kind

SAMPLE_FOLDER = DASHBOARD / "sample_data"

SAMPLE_NAMES = ("simulated_survey", "anes96", "randhie")
"""In the order in which they are offered."""


@dataclass(frozen=True)
class Sample:
    """What a sample is, and the task that its codebook suggests.

    Parameters
    ----------
    leave_out : tuple of str
        Columns that are neither predictors nor weight nor cluster: numbers of
        respondents, constants, and what was measured after the outcome.
    measured_after_outcome : tuple of str
        Those of them that would give the outcome away.
    best_accuracy, best_auc : float, optional
        What no model can beat in expectation, where the table is simulated.
    """

    name: str
    title: str
    rows: int
    source: str
    licence: str
    target: str
    kind: Kind
    weight: str | None
    cluster: str | None
    leave_out: tuple[str, ...]
    measured_after_outcome: tuple[str, ...]
    best_accuracy: float | None
    best_auc: float | None
    columns: tuple[str, ...]

    @property
    def description(self) -> str:
        """Size and outcome in one line."""
        return f"{self.rows:,} rows, {outcome_of(self.kind).outcome_phrase}"

    @property
    def features(self) -> tuple[str, ...]:
        """The suggested predictors: every column that has no other role."""
        others = {self.target, self.weight, self.cluster, *self.leave_out}
        return tuple(name for name in self.columns if name not in others)


def list_samples() -> tuple[Sample, ...]:
    """All samples, from their codebooks alone."""
    return tuple(_describe(name) for name in SAMPLE_NAMES)


def read_sample(name: str) -> Dataset:
    """Read a sample; labels, levels and missing codes come from its codebook.

    Raises
    ------
    UserError
        If there is no sample of this name.
    """
    if name not in SAMPLE_NAMES:
        raise UserError(
            f"There is no sample “{name}”.",
            expected="one of " + ", ".join(SAMPLE_NAMES),
            remedy="Choose a sample on the page Data.",
        )
    return read_dataset(SAMPLE_FOLDER / f"{name}.csv")


def _describe(name: str) -> Sample:
    text = (SAMPLE_FOLDER / f"{name}.json").read_text(encoding="utf-8")
    codebook = json.loads(text)
    return Sample(
        name=name,
        title=codebook["title"],
        rows=codebook["rows"],
        source=codebook["source"],
        licence=codebook["licence"],
        target=codebook["target"],
        kind=Kind(codebook["kind"]),
        weight=codebook["weight"],
        cluster=codebook["cluster"],
        leave_out=tuple(codebook["leave_out"]),
        measured_after_outcome=tuple(codebook.get("measured_after_outcome", ())),
        best_accuracy=codebook.get("best_accuracy"),
        best_auc=codebook.get("best_auc"),
        columns=tuple(codebook["variables"]),
    )
