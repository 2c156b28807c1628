"""One configuration that a study tried."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from dnn_core.specs import Choice
from dnn_core.specs.study import Value

FEWEST_TRIALS = 20
"""With fewer trials no hyperparameter importance is shown: PED-ANOVA compares the best tenth with
all others, and a tenth of them is two."""


PROPOSED_AT_ONCE = 100
"""Trials at a time for samplers that do not learn from results: the more, the more are trained
together."""

PROPOSED_BY_TPE = 10
"""Fewer would leave the engine little to train side by side, more would learn less; also how many
are tried at random before TPE has something to learn from, Optuna's own default."""


class TrialState(Choice):
    """The state of a trial."""

    COMPLETE = "complete", "Evaluated on all folds"
    PRUNED = "pruned", "Given up early"
    FAILED = "failed", "Failed"


class Round(BaseModel):
    """One fold evaluated with one network; folds and seeds count from 0.

    `value` is what trials are ranked by, a metric whose direction is that of the study.
    """

    model_config = ConfigDict(frozen=True)

    fold: int
    seed: int
    value: float | None
    epochs: int


def mean_of(rounds: Sequence[Round]) -> float | None:
    """Mean of their figures; None where one has none."""
    values = [r.value for r in rounds if r.value is not None]
    return sum(values) / len(values) if values and len(values) == len(rounds) else None


class Trial(BaseModel):
    """One configuration that a study tried.

    Parameters
    ----------
    number : int
        From 1; 0 is the current experiment, which is evaluated like the trials.
    values : dict of str to value
        By hyperparameter.
    state : TrialState
    value, main : float, optional
        The figure trials are ranked by, and the main metric, of the pooled predictions for
        rows that were left out, means over seeds; None unless it is complete.
    rounds : tuple of Round
    rung : int
        How many comparisons of successive halving it came through.
    parameters : int
        Trainable ones of one network.
    seconds : float
        Its share of the time that a worker spent.
    message : str
        Why it failed.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    values: dict[str, Value]
    state: TrialState
    value: float | None = None
    main: float | None = None
    rounds: tuple[Round, ...] = ()
    rung: int = 0
    parameters: int = 0
    seconds: float = 0.0
    message: str = ""

    @property
    def complete(self) -> bool:
        return self.state is TrialState.COMPLETE

    @property
    def mean(self) -> float | None:
        """Mean of its rounds; None where one has no figure."""
        return mean_of(self.rounds)

    @property
    def epochs(self) -> float | None:
        """Mean number of epochs until the weights that were kept."""
        counts = [r.epochs for r in self.rounds]
        return sum(counts) / len(counts) if counts else None


def best_of(trials: Sequence[Trial], *, higher_is_better: bool) -> Trial | None:
    """The best of those that were evaluated on all folds and have a figure; None without any."""
    evaluated = [
        (-t.value if higher_is_better else t.value, t.number, t)
        for t in trials
        if t.complete and t.value is not None
    ]
    return min(evaluated)[2] if evaluated else None
