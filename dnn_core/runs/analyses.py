"""The analyses in a run's directory."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from dnn_core.errors import UserError, reading
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.record_folder import write_whole
from dnn_core.runs.records import now
from dnn_core.specs import AnalysisSpec, Choice


class Stage(Choice):
    """How far the analysis of a run is."""

    WAITING = "waiting", "Waiting for a free worker"
    RUNNING = "running", "Under way"
    FINISHED = "finished", "Finished"
    STOPPED = "stopped", "Stopped"
    FAILED = "failed", "Failed"


class Progress(BaseModel):
    """Where an analysis stands; times are UTC.

    `code` and `title` are those of the part that is under way, `share` is of the whole.
    """

    model_config = ConfigDict(frozen=True)

    stage: Stage
    asked: AnalysisSpec
    code: str = ""
    title: str = ""
    share: float = 0.0
    message: str = ""
    worker: str = ""
    asked_at: datetime
    ended_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.stage in (Stage.WAITING, Stage.RUNNING)


class Analyses:
    """Reader and writer of one folder: `progress.json`, and a JSON file for each analysis.

    Parameters
    ----------
    directory : Path
        Need not exist.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def progress(self) -> Progress | None:
        """None where no analysis was requested."""
        path = self.directory / "progress.json"
        if not path.exists():
            return None
        with reading("analysis", path):
            return Progress.model_validate_json(path.read_bytes())

    @property
    def active(self) -> bool:
        progress = self.progress
        return progress is not None and progress.active

    @property
    def version(self) -> int:
        """Changes with every new result; 0 before the first."""
        if not self.directory.exists():
            return 0
        paths = [path for path in self.directory.glob("*.json") if path.name != "progress.json"]
        return max((path.stat().st_mtime_ns for path in paths), default=0)

    def read(self, code: str) -> AnalysisResult | None:
        """The result of one analysis; None where there is none."""
        path = self.directory / f"{code}.json"
        if not path.exists():
            return None
        with reading("analysis", path):
            return AnalysisResult.from_json(path.read_text(encoding="utf-8"))

    def ask(self, asked: AnalysisSpec) -> None:
        """Record a request to analyse the run.

        Raises
        ------
        UserError
            If that is under way.
        """
        if self.active:
            raise UserError(
                "This run is being analysed already.", remedy="Wait until that has ended."
            )
        self.directory.mkdir(exist_ok=True)
        (self.directory / "stop").unlink(missing_ok=True)
        progress = Progress(stage=Stage.WAITING, asked=asked, asked_at=now())
        write_whole(self.directory / "progress.json", progress.model_dump_json())

    def update(self, **changes: object) -> Progress:
        """Update the progress."""
        before = self.progress
        assert before is not None, "asked for first"
        progress = before.model_copy(update=changes)
        write_whole(self.directory / "progress.json", progress.model_dump_json())
        return progress

    def end(self, stage: Stage, message: str = "") -> None:
        """Record how it ended."""
        self.update(stage=stage, message=message, ended_at=now())

    def keep(self, code: str, result: AnalysisResult) -> None:
        """Write the result of one analysis."""
        write_whole(self.directory / f"{code}.json", result.to_json())

    def request_stop(self) -> None:
        """Ask the worker to stop; the results so far are kept."""
        (self.directory / "stop").touch()

    @property
    def stop_requested(self) -> bool:
        return (self.directory / "stop").exists()
