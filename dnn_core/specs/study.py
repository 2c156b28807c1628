"""The specification of a study: an experiment, what varies, and how it is searched."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field, StrictBool, StrictFloat, StrictInt, model_validator

from dnn_core.specs.experiment import Experiment
from dnn_core.specs.fields import Choice, Hyperparameter, Setting, Spec
from dnn_core.specs.hyperparameters import setting_of

Value = StrictBool | StrictInt | StrictFloat | str

POINTS = 5
"""Number of values of a range where a list is needed."""


class Sampler(Choice):
    """How the next configuration is chosen."""

    TPE = "tpe", "Guided by earlier results (TPE)"
    RANDOM = "random", "At random"
    QUASI_RANDOM = "quasi_random", "Evenly spread (quasi-random)"
    GRID = "grid", "Grid: all combinations, in random order"


class Measure(Choice):
    """The metric that ranks trials."""

    LOSS = "loss", "Loss"
    MAIN = "main", "Main metric"


class Vary(Spec):
    """One hyperparameter, and the values among which a study looks: some, or a range.

    See `dnn_core.specs.hyperparameters` for how hyperparameters are named.
    """

    hyperparameter: str
    values: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        setting = setting_of(self.hyperparameter)
        if self.values:
            if self.low is not None or self.high is not None:
                raise ValueError(f"“{setting.title}”: give either values or a range.")
            if len(set(self.values)) < len(self.values):
                raise ValueError(f"“{setting.title}”: a value is listed twice.")
        elif setting.kind not in (int, float) or self.low is None or self.high is None:
            raise ValueError(f"“{setting.title}”: give the values between which it is to vary.")
        elif not self.low < self.high:
            raise ValueError(f"“{setting.title}”: the range must have its lower end first.")
        elif self.log and self.low <= 0:
            raise ValueError(f"“{setting.title}”: its range must lie above 0.")
        elif setting.kind is int and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError(f"“{setting.title}”: its range must have whole numbers as ends.")
        return self

    @property
    def setting(self) -> Setting:
        return setting_of(self.hyperparameter)

    def show(self, value: Value) -> str:
        """Write a value as a researcher reads it: of a choice its label."""
        setting = self.setting
        return setting.show(setting.kind(value) if setting.choices else value)

    @property
    def log(self) -> bool:
        """Whether the range is searched by factors rather than by differences."""
        return self.setting.hyperparameter.log

    @property
    def listed(self) -> tuple[Value, ...]:
        """The values, or `POINTS` of them spread over the range."""
        if self.values:
            return self.values
        points = [self.at(n / (POINTS - 1)) for n in range(POINTS)]
        return tuple(dict.fromkeys(points))

    def at(self, share: float) -> Value:
        """The value so far along: 0 is the first or lowest one, 1 the last or highest."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        assert self.low is not None and self.high is not None
        # Half a step further out, so that the ends are as likely as what lies between.
        beyond = 0.5 if self.setting.kind is int else 0.0
        low, high = self.low - beyond, self.high + beyond
        if self.log:
            value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
        else:
            value = low + share * (high - low)
        return self.written(value)

    def written(self, value: float) -> Value:
        """A number of the range as it is written down: four digits, and none beyond the ends."""
        assert self.low is not None and self.high is not None
        short = round(value) if self.setting.kind is int else float(f"{value:.4g}")
        within = min(max(short, self.low), self.high)
        return int(within) if self.setting.kind is int else float(within)


class StudySpec(Spec):
    """Many configurations of one experiment, evaluated on the same folds.

    Only rows outside the test part take part. Each configuration, a trial, is one network for each
    fold and seed; it is trained on the other folds, of which a share decides on early stopping.
    """

    experiment: Experiment
    vary: Annotated[
        tuple[Vary, ...],
        Field(min_length=1, max_length=40, title="What varies"),
    ]
    sampler: Annotated[
        Sampler,
        Field(
            title="Search",
            description="How the next configuration is chosen. TPE learns from those already "
            "evaluated; a grid goes through combinations of fixed values.",
        ),
    ] = Sampler.TPE
    trials: Annotated[
        int,
        Field(
            ge=1,
            le=10_000,
            title="Configurations",
            description="How many are tried at most.",
        ),
        Hyperparameter(step=10),
    ] = 50
    minutes: Annotated[
        float | None,
        Field(
            gt=0,
            le=100_000,
            title="Minutes",
            description="The study ends after this time, with what it has.",
        ),
        Hyperparameter(step=5, format="%g"),
    ] = None
    folds: Annotated[
        int,
        Field(
            ge=1,
            le=20,
            title="Folds",
            description="The number of parts into which rows are divided; each is predicted by "
            "networks trained on the others. With 1, all configurations are "
            "evaluated on the validation part, which also stops their training: "
            "quicker, but too optimistic.",
        ),
        Hyperparameter(step=1),
    ] = 5
    seeds: Annotated[
        int,
        Field(
            ge=1,
            le=20,
            title="Seeds",
            description="How many networks are trained for each fold; figures are their means.",
        ),
        Hyperparameter(step=1),
    ] = 1
    nested: Annotated[
        bool,
        Field(
            title="Nested",
            description="Afterwards the whole search is repeated for each fold without its rows, "
            "and the winner is evaluated on them (nested cross-validation). This "
            "figure has no selection bias. With five folds the study takes six times "
            "as long.",
        ),
    ] = False
    halving: Annotated[
        bool,
        Field(
            title="Give up early",
            description="Successive halving: all are evaluated on one fold, the better half on "
            "two, and so on. With one fold and one seed all are trained for a ninth "
            "of the epochs that the current experiment took, the best third for a "
            "third of them, and a third of these to the end. Quicker; configurations "
            "that were given up have no figure over all folds and epochs.",
        ),
    ] = False
    measure: Annotated[
        Measure,
        Field(
            title="Ranked by",
            description="Loss reflects how confident each prediction is and distinguishes "
            "configurations best; the main metric is the one you report.",
        ),
    ] = Measure.LOSS
    seed: Annotated[
        int,
        Field(
            ge=0,
            le=2**31 - 1,
            title="Seed",
            description="Fixes which configurations are tried and how rows are assigned to folds.",
        ),
        Hyperparameter(step=1),
    ] = 1

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [vary.hyperparameter for vary in self.vary]
        if len(set(names)) < len(names):
            raise ValueError("A setting is listed twice among those that vary.")
        if self.nested and self.folds == 1:
            raise ValueError("“Nested” needs at least two folds.")
        return self

    @property
    def combinations(self) -> int:
        """How many combinations the listed values have."""
        return math.prod(len(vary.listed) for vary in self.vary)

    @property
    def planned(self) -> int:
        """How many trials it has at most: of a grid not more than there are combinations."""
        if self.sampler is Sampler.GRID:
            return min(self.trials, self.combinations)
        return self.trials

    @property
    def total(self) -> int:
        """How many trials all searches have together: nested ones, too."""
        return self.planned * (1 + self.folds if self.nested else 1)


def suggest_vary(hyperparameter: str) -> Vary:
    """What to vary a hyperparameter over, as its field is declared.

    Whole numbers on a logarithmic scale are doubled; penalties that may be 0 have it among
    powers of ten; other numbers have a range.

    Raises
    ------
    UserError
        If there is no such hyperparameter.
    """
    setting = setting_of(hyperparameter)
    if setting.choices:
        return Vary(
            hyperparameter=hyperparameter, values=tuple(choice.value for choice in setting.choices)
        )
    if setting.kind is bool:
        return Vary(hyperparameter=hyperparameter, values=(False, True))
    if setting.hyperparameter.tune is None:
        value = setting.default
        near = sorted({_within(setting, value * factor) for factor in (0.5, 1, 2)})
        return Vary(hyperparameter=hyperparameter, values=tuple(near))
    low, high = setting.hyperparameter.tune
    if setting.kind is int and setting.hyperparameter.log:
        doubled = [int(low) << n for n in range(int(math.log2(high / low)) + 1)]
        return Vary(hyperparameter=hyperparameter, values=tuple(doubled))
    if setting.kind is int and high - low < POINTS:
        return Vary(hyperparameter=hyperparameter, values=tuple(range(int(low), int(high) + 1)))
    if setting.hyperparameter.log and setting.low == 0:
        first, last = round(math.log10(low)), round(math.log10(high))
        powers = [float(f"1e{n}") for n in range(first, last + 1)]
        return Vary(hyperparameter=hyperparameter, values=(0.0, *powers))
    return Vary(hyperparameter=hyperparameter, low=low, high=high)


def _within(setting: Setting, value: float) -> Value:
    value = max(value, setting.low if setting.low is not None else value)
    value = min(value, setting.high if setting.high is not None else value)
    return round(value) if setting.kind is int else float(value)
