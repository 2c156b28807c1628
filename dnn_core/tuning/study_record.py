"""What was asked of a study, and where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dnn_core.errors import Damaged, UserError
from dnn_core.runs.record_folder import RecordFolder
from dnn_core.runs.records import About, Standing, State, now
from dnn_core.specs import Kind, StudySpec


class StudyStatus(Standing):
    """The status of a study.

    `trials` counts those of all searches that have ended, `share` is that of the work that is
    done, from 0 to 1; `busy_seconds` adds up earlier sittings: a study that was interrupted
    goes on. `granted_seconds` are those of them that no longer count against its
    minutes, because it was resumed on request.
    """

    name: str
    title: str = ""
    trials: int = 0
    share: float = 0.0
    busy_seconds: float = 0.0
    granted_seconds: float = 0.0

    @property
    def counted_seconds(self) -> float:
        """Seconds that count against its minutes."""
        return self.elapsed_seconds - self.granted_seconds

    @property
    def elapsed_seconds(self) -> float:
        """Seconds of all sittings together."""
        if self.started_at is None or not self.active:
            return self.busy_seconds
        return self.busy_seconds + (now() - self.started_at).total_seconds()


class StudyRecord(RecordFolder):
    """The part of a study that is there before its first trial.

    Raises
    ------
    UserError
        If there is no study.
    """

    NOUN = "study"

    def __init__(self, directory: Path) -> None:
        if not is_complete(directory):
            raise UserError("There is no such study.", remedy="Choose one on the page Tune.")
        super().__init__(directory)

    @property
    def asked(self) -> StudySpec:
        with self._reading("study.json") as path:
            return StudySpec.model_validate_json(path.read_bytes())

    @property
    def about(self) -> dict[str, Any]:
        """Name, file and size of the data; as `About`."""
        with self._reading("about.json") as path:
            return About.model_validate_json(path.read_bytes()).model_dump()

    @property
    def kind(self) -> Kind:
        kind = self.asked.experiment.task.kind
        if kind is None:
            path = self.directory / "study.json"
            raise Damaged("study", path, "does not name the kind of task")
        return kind

    @property
    def status(self) -> StudyStatus:
        with self._reading("status.json") as path:
            return StudyStatus.model_validate_json(path.read_bytes())

    def update(self, **changes: object) -> StudyStatus:
        """Change what the status says."""
        status = self.status.model_copy(update=changes)
        self.write("status.json", status.model_dump_json())
        return status

    def end(self, state: State, message: str = "") -> None:
        """Write how it ended, for now: it can go on."""
        status = self.status
        self.update(
            state=state, message=message, ended_at=now(), busy_seconds=status.elapsed_seconds
        )

    def wait_again(self) -> None:
        """Let a study that has ended go on where it was; its minutes begin anew.

        Raises
        ------
        UserError
            If it is under way.
        """
        status = self.status
        if status.active:
            raise UserError("This study is under way.", remedy="Wait until it has ended.")
        (self.directory / "stop").unlink(missing_ok=True)
        self.update(
            state=State.QUEUED,
            message="",
            worker="",
            started_at=None,
            ended_at=None,
            granted_seconds=status.busy_seconds,
        )

    def requeue(self) -> None:
        """Let a study go on whose process is gone; time until its last sign counts."""
        status = self.status
        busy = status.busy_seconds
        if status.started_at is not None:
            sign = (self.directory / "status.json").stat().st_mtime
            busy += max(0.0, sign - status.started_at.timestamp())
        self.update(state=State.QUEUED, worker="", busy_seconds=busy, started_at=None)

    def append(self, name: str, text: str) -> None:
        """Append to a log."""
        self._append(name, [text])

    def _append(self, name: str, lines: list[str]) -> None:
        path = self.directory / name
        path.touch()
        with path.open("r+b") as file:
            # A line that a killed process left unfinished is none, and must not swallow the next.
            whole = file.read().rfind(b"\n") + 1
            file.truncate(whole)
            file.seek(whole)
            file.write("".join(f"{line}\n" for line in lines).encode())


def is_complete(directory: Path) -> bool:
    """Whether a directory holds a study: its status comes last, and is there before it begins."""
    return (directory / "status.json").exists() or (directory / "trials.jsonl").exists()
