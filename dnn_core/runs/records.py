"""The records of a run: status, notes, seal, data, scores, openings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator

from dnn_core.data.target import TargetCoding
from dnn_core.specs import Choice, Part

LONGEST_TAG = 40

MOST_EDITS = 20
"""More are counted; about.json has them all."""


class State(Choice):
    """States of a run."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Training"
    FINISHED = "finished", "Finished"
    STOPPED = "stopped", "Stopped"
    FAILED = "failed", "Failed"
    INTERRUPTED = "interrupted", "Interrupted"


ACTIVE = (State.QUEUED, State.RUNNING)
DONE = (State.FINISHED, State.STOPPED)
"""States in which there is a model."""


class Phase(Choice):
    """The phase of a running run."""

    WAITING = "waiting", "Waiting for a free worker"
    PREPARING = "preparing", "Preparing the data"
    TRAINING = "training", "Training"
    EVALUATING = "evaluating", "Computing predictions and baselines"
    ENDED = "ended", "Ended"


class Standing(BaseModel):
    """Where something that a worker runs stands; times are UTC."""

    model_config = ConfigDict(frozen=True)

    state: State = State.QUEUED
    message: str = ""
    worker: str = ""
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.state in ACTIVE


class Status(Standing):
    """Where a run stands."""

    phase: Phase = Phase.WAITING
    epoch: int = 0
    epochs: int = 0
    epoch_share: float = 0.0

    @property
    def done(self) -> bool:
        """Whether there is a model to look at."""
        return self.state in DONE

    @property
    def share(self) -> float:
        """Share of the planned epochs that are done, 0 to 1."""
        if self.epochs == 0:
            return 0.0
        return min(1.0, (max(self.epoch - 1, 0) + self.epoch_share) / self.epochs)

    @property
    def elapsed_seconds(self) -> float:
        if self.started_at is None:
            return 0.0
        return ((self.ended_at or now()) - self.started_at).total_seconds()


class Notes(BaseModel):
    """A researcher's notes on a run."""

    model_config = ConfigDict(frozen=True)

    name: str
    note: str = ""
    tags: tuple[str, ...] = ()
    archived: bool = False

    @field_validator("tags")
    @classmethod
    def _tidy(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Sorted, each once, without blanks around it."""
        shortened = (" ".join(tag.split())[:LONGEST_TAG] for tag in tags)
        return tuple(sorted(set(filter(None, shortened)), key=str.casefold))


class HeldOut(BaseModel):
    """Which rows are the test part, fixed before anything is trained.

    `rows_sha256` is that of their sorted numbers, as 64-bit integers. The last three are those
    of `Trace`: they are kept twice, so that no single damaged file loses what was tried.
    """

    model_config = ConfigDict(frozen=True)

    rows_sha256: str
    cases: int
    held_out_at: datetime
    file: str = ""
    target: str = ""
    configuration: str = ""


class About(BaseModel):
    """The description of the data of a run or a study; see `write_data_files`."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    file_name: str
    sha256: str
    reading: dict[str, Any]
    rows: int
    variables: int
    labels: dict[str, str]
    edits: dict[str, dict[str, tuple[str, str]]]
    versions: dict[str, str]


class Estimate(BaseModel):
    """A figure of one part of the data, with its interval; None where it is not defined."""

    model_config = ConfigDict(frozen=True)

    part: str
    value: float | None
    low: float | None
    high: float | None


class Score(Estimate):
    """One row of the scores or gains of a run."""

    model: str
    metric: str


SCORES = TypeAdapter(list[Score])
ESTIMATES = TypeAdapter(list[Estimate])
"""Rows of `metrics.json` and `test.json`."""


class Opening(BaseModel):
    """One opening of a test part, with what had been tried by then; see `opening_record`."""

    model_config = ConfigDict(frozen=True)

    opened_at: datetime
    configurations: int
    analyses: int
    openings: int
    unreadable: int = 0


class Facts(BaseModel):
    """Sizes and coding of a run's arrays."""

    model_config = ConfigDict(frozen=True)

    cases: dict[Part, int]
    class_counts: dict[Part, dict[str, int]] = {}
    inputs: int
    parameters: int
    target: dict[str, Any]
    training_mean: float | None
    best_epoch: int | None
    best_epochs: list[int | None] = []
    diverged_epoch: int | None
    baselines: dict[str, str] = {}
    baseline_notes: dict[str, str] = {}
    baselines_left_out: dict[str, str] = {}

    @field_validator("target")
    @classmethod
    def _can_be_rebuilt(cls, target: dict[str, Any]) -> dict[str, Any]:
        try:
            TargetCoding.from_dict(target)
        except (KeyError, TypeError) as error:
            raise ValueError("no coding of an outcome") from error
        return target

    @property
    def coding(self) -> TargetCoding:
        return TargetCoding.from_dict(self.target)


def describe_edits(edits: Mapping[str, Mapping[str, Iterable[str]]]) -> str:
    """Which variables were edited since the data were read, and which of their properties."""
    if not edits:
        return "none: variables are as they were read"
    listed = [
        f"{name} ({', '.join(what.lower() for what in parts)})" for name, parts in edits.items()
    ]
    more = len(listed) - MOST_EDITS
    words = "; ".join(listed[:MOST_EDITS])
    return f"{words}; and {more:,} more, see about.json" if more > 0 else words


def now() -> datetime:
    """The present time, UTC."""
    return datetime.now(UTC)
