"""The list of all analyses, and running them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from dnn_core.analyses import predictor_effects, predictor_importance, resampling
from dnn_core.analyses.analysis import Analysis, Stopped
from dnn_core.data.dataset import Dataset
from dnn_core.errors import ENDED_EARLY, UserError, describe_fault
from dnn_core.runs.analyses import Analyses, Stage
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec

ANALYSES: tuple[Analysis, ...] = (
    predictor_importance.ANALYSIS,
    predictor_effects.ANALYSIS,
    resampling.ANALYSIS,
)
"""All analyses in the order in which they run, the quickest first."""

SECONDS_BETWEEN_NOTES = 0.25


def analyse(run: Run, dataset: Dataset, asked: AnalysisSpec | None = None) -> Run:
    """Analyse how robust the result of a run is, in this process.

    Parameters
    ----------
    run : Run
        With a trained network.
    dataset : Dataset
        Its data.
    asked : AnalysisSpec, optional

    Returns
    -------
    Run
        The same run; `Run.analysis` reads the results.

    Raises
    ------
    UserError
        If the run has no network, the data are others, or it is being analysed already.
    """
    run.require_model()
    run.require_data(dataset)
    run.analyses.ask(asked or AnalysisSpec())
    execute(run, dataset)
    return run


def execute(run: Run, dataset: Dataset, *, worker: str = "") -> None:
    """Run all requested analyses of a run, and record how they ended.

    An analysis that the data do not allow states the reason in the fact `obstacle` of its result.
    """
    kept = run.analyses
    progress = kept.progress
    if progress is None or progress.stage is not Stage.WAITING:
        # A task that is sent twice is run once.
        return
    kept.update(stage=Stage.RUNNING, worker=worker)
    done, total = 0.0, sum(analysis.weight for analysis in ANALYSES)
    with recorded(run):
        for analysis in ANALYSES:
            tell = _Teller(kept, analysis, done / total, analysis.weight / total)
            tell(0.0)
            try:
                result = analysis.make(run, dataset, progress.asked, tell)
            except UserError as error:
                result = AnalysisResult({"obstacle": str(error)})
            kept.keep(analysis.code, result)
            done += analysis.weight
        kept.end(Stage.FINISHED)


@contextmanager
def recorded(run: Run) -> Iterator[None]:
    """Record in a run that its analysis was stopped, or an error, which is raised again."""
    try:
        yield
    except Stopped:
        run.analyses.end(Stage.STOPPED, "Stopped at your request; the results so far are kept.")
    except UserError as error:
        run.analyses.end(Stage.FAILED, str(error))
        raise
    except (KeyboardInterrupt, SystemExit):
        run.analyses.end(Stage.STOPPED, ENDED_EARLY)
        raise
    except BaseException as error:
        # Of whatever kind: what is over must not look as if it were under way.
        run.append("log.txt", traceback.format_exc())
        run.analyses.end(Stage.FAILED, describe_fault(error))
        raise


class _Teller:
    """Writes the progress of all analyses into the run, and passes on a request to stop."""

    def __init__(self, kept: Analyses, analysis: Analysis, begin: float, span: float) -> None:
        self._kept = kept
        self._analysis = analysis
        self._begin, self._span = begin, span
        self._written = 0.0

    def __call__(self, share: float) -> None:
        if self._kept.stop_requested:
            raise Stopped
        if share > 0 and time.monotonic() - self._written < SECONDS_BETWEEN_NOTES:
            return
        self._written = time.monotonic()
        self._kept.update(
            code=self._analysis.code,
            title=self._analysis.title,
            share=self._begin + self._span * min(share, 1.0),
        )
