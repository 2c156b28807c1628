"""The interface of every diagnostic of a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from dnn_core.outcome.kinds import outcome_of
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Choice, Kind, Part


class Section(Choice):
    """The sections of diagnostics, by what they help to assess."""

    WORTH = "worth", "Is it worth it?"
    ROBUST = "robust", "How robust is it?"
    PROBABILITIES = "probabilities", "Are its probabilities and intervals right?"
    DRIVERS = "drivers", "What drives it?"
    GROUPS = "groups", "Whom does it fail?"
    CASES = "cases", "Where does it err?"
    LEARNING = "learning", "How did it learn?"


@dataclass(frozen=True, eq=False)
class Picture:
    """A diagnostic, drawn.

    Parameters
    ----------
    code : str
    question : str
        Heading above the chart.
    caption : str
        One line on how to read it.
    chart : altair chart
    alt : str
        The chart in words, for those who cannot see it.
    frame : pandas.DataFrame
        The figures that were drawn.
    """

    code: str
    question: str
    caption: str
    chart: Any
    alt: str
    frame: pd.DataFrame


class Diagnostic(ABC):
    """A question about a run and the plot that answers it.

    `code` names it in the program and `title` on the page, where it is listed
    without being drawn.

    Question, caption and alternative text are plain text that may hold labels
    from a file: code that puts them into Markdown escapes them.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    section: ClassVar[Section]
    kinds: ClassVar[tuple[Kind, ...]] = tuple(Kind)

    @abstractmethod
    def question(self, part: RunPart) -> str:
        """The heading, in the researcher's words."""

    @abstractmethod
    def caption(self, part: RunPart) -> str:
        """One line on how to read the chart; names the part of the data."""

    @abstractmethod
    def alt(self, part: RunPart) -> str:
        """What the chart shows, for screen readers."""

    @abstractmethod
    def frame(self, part: RunPart) -> pd.DataFrame:
        """The figures to be drawn, in columns with fixed names."""

    @abstractmethod
    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        """The picture of a frame."""

    def obstacle(self, part: RunPart) -> str | None:
        """Why it cannot be drawn of this part; None if it can."""
        if not part.run.status.done:
            return "The run has no trained network yet."
        if part.name == Part.TEST and not part.run.test_opened:
            return "The test part is sealed."
        if part.kind not in self.kinds:
            return _not_for(part.kind)
        return None

    def applies(self, part: RunPart) -> bool:
        """Whether it can be drawn."""
        return self.obstacle(part) is None

    def draw(self, part: RunPart) -> Picture:
        """Everything that a page shows of it."""
        frame = self.frame(part)
        return Picture(
            self.code,
            self.question(part),
            self.caption(part),
            self.chart(frame, part),
            self.alt(part),
            frame,
        )


def _not_for(kind: Kind) -> str:
    """Why a plot for other kinds cannot be drawn of this one."""
    outcome = outcome_of(kind)
    needed = "a quantity" if outcome.is_categorical else "categories"
    return f"It needs {needed}, and this {outcome.outcome_words}."


def chance_words(part: RunPart) -> str:
    """The main metric without any knowledge of the case; empty where it depends on the data."""
    if part.metric.chance_value is None:
        return ""
    return f"{part.metric.chance_value:g} is {outcome_of(part.kind).nothing_known}"


def weighted_words(part: RunPart, what: str = "Shares") -> str:
    """End of a caption where cases have weights: what is weighted."""
    return "" if part.weight is None else f" {what} are weighted."
