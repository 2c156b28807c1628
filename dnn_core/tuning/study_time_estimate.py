"""Estimated duration of a study; needs no Keras."""

from __future__ import annotations

import numpy as np

from dnn_core.network.size import count_parameters
from dnn_core.outcome.output import Output
from dnn_core.specs import Sampler, StudySpec, configure
from dnn_core.tuning.batches import pieces
from dnn_core.tuning.trial import PROPOSED_AT_ONCE, PROPOSED_BY_TPE

SECONDS_TO_BEGIN = 1.5
"""Seconds of each piece of work for tracing and compiling (docs/results.md)."""

OPERATIONS_PER_SECOND = 3e10
"""Operations per second of two cores with small networks trained together: fifty of 64-32 on 1,000
rows, 100 epochs, take 4 seconds (docs/results.md)."""

OPERATIONS = 6
"""Operations for each parameter and case: two forward, four backward."""

EPOCHS_USED = 0.5
"""Share of the allowed epochs, where training stops early."""

HALVED, HALVED_BY_EPOCHS = 1 / 2, 1 / 3
"""Share of the work that is left where the worse ones are given up: of three steps over epochs each
trains a third as many networks for three times as long, so it takes a ninth of the whole."""

MOST_LOOKED_AT = 100


def estimate_seconds(asked: StudySpec, *, training_rows: int, inputs: int, output: Output) -> float:
    """About how many seconds a study takes on one worker, from configurations at random.

    Parameters
    ----------
    asked : StudySpec
    training_rows : int
        Training rows of a fold.
    inputs : int
        Columns of the encoded predictors.
    output : Output
    """
    generator = np.random.default_rng(asked.seed)
    looked_at = min(asked.planned, MOST_LOOKED_AT)
    values = [
        {vary.hyperparameter: vary.at(float(generator.random())) for vary in asked.vary}
        for _ in range(looked_at)
    ]
    rounds = [(fold, seed) for fold in range(asked.folds) for seed in range(asked.seeds)]
    at_once = PROPOSED_BY_TPE if asked.sampler is Sampler.TPE else PROPOSED_AT_ONCE
    begun, work = 0, 0.0
    for first in range(0, looked_at, at_once):
        some = list(enumerate(values[first : first + at_once]))
        begun += sum(1 for _ in pieces(asked.experiment, some, rounds))
        for _, one in some:
            tried = configure(asked.experiment, one)
            training = tried.training
            epochs = training.epochs * (EPOCHS_USED if training.early_stopping else 1)
            parameters = count_parameters(tried.network, inputs, output)
            work += epochs * training_rows * OPERATIONS * parameters / OPERATIONS_PER_SECOND
    times = asked.total / looked_at
    if asked.halving:
        work *= HALVED if len(rounds) > 1 else HALVED_BY_EPOCHS
    return times * (begun * SECONDS_TO_BEGIN + work * len(rounds))
