"""What every analysis of a run can be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dnn_core.data.dataset import Dataset
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec

Tell = Callable[[float], None]
"""Is told the share that is done, from 0 to 1; raises `Stopped` when somebody asked to stop."""


class Stopped(Exception):
    """Somebody asked to stop."""


@dataclass(frozen=True)
class Analysis:
    """One question about a trained run that takes more computing than drawing a picture.

    Parameters
    ----------
    code : str
        Name of its file in the run.
    title : str
        What is going on while it is made, as the researcher sees it.
    weight : float
        About how much of the time of all analyses it takes, for the progress bar.
    make : callable
        Raises `UserError` where the data cannot carry it; the others go on.
    """

    code: str
    title: str
    weight: float
    make: Callable[[Run, Dataset, AnalysisSpec, Tell], AnalysisResult]
