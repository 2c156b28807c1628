"""Drafts: a researcher's choices before training, saved with every change.

Each data set that was opened has a draft of its own, in a file of the workspace. Its name
identifies the data, an upload by its content, so that the same file is restored with its settings,
under whatever name it is uploaded again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from dnn_core.data.dataset import Variable
from dnn_core.data.readers import ReadOptions, WorkbookOptions
from dnn_core.errors import UserError
from dnn_core.runs.record_folder import write_whole
from dnn_core.runs.records import now
from dnn_core.specs import (
    SAFE,
    Answer,
    EncodingSpec,
    Kind,
    NetworkSpec,
    Replicates,
    SplitSpec,
    StudySpec,
    TrainingSpec,
)

VERSION = 1

DRAFT_ID = re.compile(r"[0-9a-f]{16}")
"""Pattern of a draft's id in an address: it cannot lead out of a folder."""


@dataclass(frozen=True)
class DataChoice:
    """Where the data come from; enough to read them again.

    `test_file` names the upload that is the published test part, where it is a file of its own.
    """

    origin: str
    name: str
    options: ReadOptions | WorkbookOptions | None = None
    test_file: str | None = None

    __pydantic_config__ = ConfigDict(extra="forbid")

    @property
    def draft_id(self) -> str:
        """By what the draft of these data is known; see `DRAFT_ID`.

        An upload is known by its content, and by the ending by which it is read; how it is
        read is part of the draft.
        """
        known = self.name
        if self.origin == "file":
            content, _, file_name = self.name.partition("/")
            known = content + PurePosixPath(file_name).suffix.lower()
        return hashlib.sha256(f"{self.origin}/{known}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Draft:
    """Everything chosen so far for one data set; answers to findings by outcome.

    `run_id`, the run that one looks at, is a matter of the session and not kept.
    """

    choice: DataChoice | None = None
    edits: dict[str, Variable] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    kind: Kind | None = None
    replicates: Replicates | None = None
    reduced: tuple[str, ...] = ()
    measured_after: tuple[str, ...] = ()
    measured_on: str | None = None
    answers: dict[str, tuple[Answer, ...]] = field(default_factory=dict)
    split: SplitSpec = SplitSpec()
    encoding: EncodingSpec = EncodingSpec()
    network: NetworkSpec = SAFE
    training: TrainingSpec = TrainingSpec()
    seed: int = 1
    study: StudySpec | None = None
    run_id: str | None = None

    __pydantic_config__ = ConfigDict(extra="forbid")


_DRAFT = TypeAdapter(Draft)


class _File(BaseModel):
    """The form of a draft's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1]
    saved_at: datetime
    opened: Draft
    draft: Draft
    edits: dict[str, Variable]


@dataclass(frozen=True)
class Kept:
    """A draft that was kept.

    Parameters
    ----------
    draft : Draft
    opened : Draft
        The draft before any change.
    saved_at : datetime
        With time zone.
    """

    draft: Draft
    opened: Draft
    saved_at: datetime

    def differences(self, outcome: str) -> Iterator[str]:
        """The changes, each in a few words.

        Parameters
        ----------
        outcome : str
            The role of the outcome, as it stands in `Draft.roles`.
        """
        then, now_ = self.opened, self.draft
        if then.choice != now_.choice:
            yield "how the file is read"
        count = len(now_.edits)
        if count:
            yield f"{count:,} variable{'s' * (count > 1)} changed"
        others = 0
        for name, role in now_.roles.items():
            if role == then.roles.get(name):
                continue
            if role == outcome:
                yield f"outcome {name}"
            else:
                others += 1
        if others:
            yield f"{others:,} other role{'s' * (others > 1)}"
        if then.network != now_.network:
            yield f"network {now_.network.summary().split(',')[0]}"
        said = sum(map(len, now_.answers.values()))
        if said:
            yield f"{said} answer{'s' * (said > 1)} to findings"
        settings = {
            "training settings": (then.training, then.seed) != (now_.training, now_.seed),
            "split": then.split != now_.split,
            "encoding": then.encoding != now_.encoding,
            "a study": now_.study is not None,
        }
        yield from (name for name, differs in settings.items() if differs)


def read_draft(folder: Path, draft_id: str) -> Kept | None:
    """Read the draft of a data set; None if none was kept.

    Parameters
    ----------
    folder : Path
    draft_id : str
        May come from an address.

    Raises
    ------
    UserError
        If it cannot be read, because it is damaged or of another version of the program.
    """
    if not DRAFT_ID.fullmatch(draft_id):
        return None
    try:
        stored = _File.model_validate_json(_path(folder, draft_id).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise UserError(
            "The earlier settings for these data cannot be read and are ignored.",
            remedy="The data themselves are untouched; you start afresh.",
        ) from error
    return Kept(replace(stored.draft, edits=stored.edits), stored.opened, stored.saved_at)


class Keeper:
    """Keeps the draft of one data set while it is worked on.

    Parameters
    ----------
    folder : Path
    opened : Draft
        The draft before any change.
    kept : Draft, optional
        What its file says already.
    always : bool
        Whether also a draft is kept in which nothing was changed: it is where nothing else
        leads back to it.
    """

    def __init__(
        self, folder: Path, opened: Draft, kept: Draft | None = None, *, always: bool = False
    ) -> None:
        self._folder = folder
        self._opened = replace(opened, run_id=None)
        self._opened_text = _DRAFT.dump_json(self._opened).decode()
        self._always = always
        self._seen: Draft | None = None
        self._last = kept and replace(kept, run_id=None)
        self._written = kept is not None
        self._variables: dict[str, tuple[Variable, str]] = {}

    def is_about(self, choice: DataChoice) -> bool:
        """Whether a choice is of these data, perhaps read in another way."""
        opened = self._opened.choice
        return opened is not None and opened.draft_id == choice.draft_id

    def keep(self, draft: Draft) -> None:
        """Write a draft if it has changed; one that is again as it was opened is forgotten.

        Raises
        ------
        UserError
            If it cannot be written.
        """
        choice = draft.choice
        if draft is self._seen or choice is None:
            return
        own = replace(draft, run_id=None)
        if own != self._last:
            try:
                self._write(_path(self._folder, choice.draft_id), own)
            except OSError as error:
                raise UserError(
                    "Your settings cannot be saved and would be lost on a reload.",
                    received=error.strerror,
                    remedy="Check whether the disk is full.",
                ) from error
        self._seen, self._last = draft, own

    def _write(self, path: Path, draft: Draft) -> None:
        if self._always or draft != self._opened:
            write_whole(path, self._text(draft))
            self._written = True
        elif self._written:
            path.unlink(missing_ok=True)
            self._written = False

    def _text(self, draft: Draft) -> str:
        """The content of the file.

        Variables are most of it where thousands were edited: what was written of them before
        is used again.
        """
        self._variables = {
            name: known
            if (known := self._variables.get(name)) is not None and known[0] is variable
            else (variable, variable.model_dump_json())
            for name, variable in draft.edits.items()
        }
        edits = ",".join(f"{json.dumps(n)}:{text}" for n, (_, text) in self._variables.items())
        rest = _DRAFT.dump_json(replace(draft, edits={})).decode()
        return (
            f'{{"version":{VERSION},"saved_at":"{now().isoformat()}",'
            f'"opened":{self._opened_text},"draft":{rest},"edits":{{{edits}}}}}'
        )


def _path(folder: Path, draft_id: str) -> Path:
    return folder / f"{draft_id}.json"
