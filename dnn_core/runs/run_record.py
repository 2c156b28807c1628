"""What was asked of a run, where it stands, and what a person wrote about it."""

from __future__ import annotations

import json
import time
from functools import cached_property
from pathlib import Path
from typing import Any

from dnn_core.audit.finding import Audit
from dnn_core.data.dataset import Dataset
from dnn_core.errors import Damaged, UserError
from dnn_core.runs.record_folder import RecordFolder
from dnn_core.runs.records import About, HeldOut, Notes, Phase, State, Status, now
from dnn_core.specs import Experiment, Kind

FILES_OF_EVERY_RUN = ("experiment.json", "notes.json", "test_set.json")
"""One of them missing is damage; without all of them there is no run."""


class RunRecord(RecordFolder):
    """The part of a run that is there before its training has ended.

    Parameters
    ----------
    directory : Path
        Written by `create_run`.

    Raises
    ------
    UserError
        If the directory does not hold a run.
    """

    NOUN = "run"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        if not any((self.directory / name).exists() for name in FILES_OF_EVERY_RUN):
            raise UserError(
                "There is no such run.",
                received=self.directory.name,
                remedy="It may have been deleted; choose another one on the page Runs.",
            )

    def __repr__(self) -> str:
        try:
            state = self.status.state.value
        except UserError:
            # A name for messages; what is wrong is said where the run is read.
            state = "unreadable"
        return f"Run({str(self.directory)!r}, {state})"

    @cached_property
    def experiment(self) -> Experiment:
        with self._reading("experiment.json") as path:
            return Experiment.model_validate_json(path.read_bytes())

    @property
    def kind(self) -> Kind:
        """Kind of task; a run's experiment always names it."""
        kind = self.experiment.task.kind
        if kind is None:
            path = self.directory / "experiment.json"
            raise Damaged("run", path, "does not name the kind of task")
        return kind

    @cached_property
    def about(self) -> dict[str, Any]:
        """Data's name, file and shape, what was edited in them, and versions; as `About`."""
        with self._reading("about.json") as path:
            return About.model_validate_json(path.read_bytes()).model_dump()

    @property
    def held_out(self) -> HeldOut:
        """Which rows are the test part; written once the data are prepared."""
        with self._reading("test_set.json") as path:
            return HeldOut.model_validate_json(path.read_bytes())

    @property
    def audit(self) -> Audit | None:
        """The findings of the leakage checks before training; None if there were none."""
        if not (self.directory / "audit.json").exists():
            return None
        with self._reading("audit.json") as path:
            return Audit.from_dict(json.loads(path.read_bytes()))

    def write_audit(self, audit: Audit) -> None:
        """Write the findings of the leakage checks."""
        self.write("audit.json", json.dumps(audit.to_dict(), ensure_ascii=False, allow_nan=False))

    # Where it stands --------------------------------------------------------

    @property
    def status(self) -> Status:
        with self._reading("status.json") as path:
            return Status.model_validate_json(path.read_bytes())

    def update_status(self, **changes: Any) -> Status:
        status = self.status.model_copy(update=changes)
        self.write("status.json", status.model_dump_json())
        return status

    def end(self, state: State, message: str) -> None:
        """Write how it ended."""
        self.update_status(state=state, phase=Phase.ENDED, ended_at=now(), message=message)

    @property
    def seconds_since_stop_request(self) -> float:
        """How long ago somebody asked to stop; 0 if nobody did."""
        path = self.directory / "stop"
        return max(0.0, time.time() - path.stat().st_mtime) if path.exists() else 0.0

    @property
    def log(self) -> str:
        if not (self.directory / "log.txt").exists():
            return ""
        with self._reading("log.txt") as path:
            return path.read_text(encoding="utf-8", errors="replace")

    def append(self, name: str, line: str) -> None:
        with (self.directory / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    # What a person wrote ----------------------------------------------------

    @property
    def notes(self) -> Notes:
        with self._reading("notes.json") as path:
            return Notes.model_validate_json(path.read_bytes())

    def annotate(self, **changes: Any) -> None:
        """Change name, note, tags or archived."""
        changed = Notes(**{**self.notes.model_dump(), **changes})
        self.write("notes.json", changed.model_dump_json())

    # What it must have -------------------------------------------------------

    def require_readable(self) -> None:
        """Raise `Damaged` unless what was asked, the notes and the status can be read."""
        for look in ("notes", "status", "kind", "about"):
            getattr(self, look)

    def require_model(self) -> None:
        """Raise a `UserError` unless the run has a trained network."""
        if not self.status.done:
            raise UserError(
                f"This run has no trained network: its state is “{self.status.state.label}”.",
                remedy="Wait until it has finished, or train again.",
            )

    def require_data(self, dataset: Dataset) -> None:
        """Raise a `UserError` unless the run was trained on these data, read in this way."""
        if dataset.fingerprint != self.experiment.data:
            raise UserError(
                "These are not the data that the run was trained on.",
                expected=f"“{self.about['dataset']}” as it was read for the run",
                received=f"“{dataset.name}”, another file or read differently",
                remedy="Choose the data of the run, or train again with these.",
            )
