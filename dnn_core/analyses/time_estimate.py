"""Estimated duration of an analysis, and the suggested size of one; needs no Keras."""

from __future__ import annotations

from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec

FULL_WORK = 2e7
"""Parameters x batch size from which a network keeps the processor busy by itself, so that batched
training does not make it cheaper (measured: HOML's network of 256-128-64 in batches of 128)."""

BEST_COMPANY = 0.1
"""Time of one of many small networks trained together, relative to training it alone
(docs/results.md)."""

SECONDS_AT_LEAST = 3.0
"""Seconds for tracing, baselines and files."""

PATIENCE_SECONDS = 120.0
"""Seconds that the suggested analysis may take."""

SUGGESTED = (
    AnalysisSpec(),
    AnalysisSpec(seeds=2),
    AnalysisSpec(folds=5, seeds=2, sizes=2),
    AnalysisSpec(folds=3, seeds=2, sizes=1),
)


def estimate_seconds(run: Run, asked: AnalysisSpec) -> float:
    """Estimated seconds of an analysis, from the training time of the run."""
    history = run.history
    alone = float(history["elapsed_seconds"].max()) if len(history) else 0.0
    folds = asked.folds * asked.repeats
    halved = sum(0.5**n for n in range(1, asked.sizes + 1)) * asked.folds
    times = folds * asked.seeds * (1 + len(asked.rivals)) + halved
    training = run.experiment.training
    # The members of the run were trained together already.
    company = max(BEST_COMPANY * training.members**0.5, BEST_COMPANY)
    busy = run.facts.parameters * training.batch_size / FULL_WORK
    return SECONDS_AT_LEAST + alone * times * min(1.0, max(company, busy))


def suggest(run: Run) -> AnalysisSpec:
    """The most thorough of `SUGGESTED` within `PATIENCE_SECONDS`; else the least thorough."""
    for asked in SUGGESTED:
        if estimate_seconds(run, asked) <= PATIENCE_SECONDS:
            return asked
    return SUGGESTED[-1]
