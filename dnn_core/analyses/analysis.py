"""The interface of every analysis of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dnn_core.data.dataset import Dataset
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec

Tell = Callable[[float], None]
"""Called with the share that is done, from 0 to 1; raises `Stopped` when a stop was requested."""


class Stopped(Exception):
    """A stop was requested."""


@dataclass(frozen=True)
class Analysis:
    """An analysis of a trained run that takes more computing than drawing a plot.

    Parameters
    ----------
    code : str
        Name of its file in the run.
    title : str
        What the progress bar says while it runs.
    weight : float
        Its approximate share of the time of all analyses, for the progress bar.
    make : callable
        Raises `UserError` where the data do not allow it; the other analyses continue.
    """

    code: str
    title: str
    weight: float
    make: Callable[[Run, Dataset, AnalysisSpec, Tell], AnalysisResult]
