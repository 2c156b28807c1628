"""Searches to start from."""

from __future__ import annotations

from dnn_core.specs.experiment import Experiment
from dnn_core.specs.presets import HOML_PRESETS, HOML_TRAINING
from dnn_core.specs.study import Sampler, StudySpec, Vary, suggest_vary
from dnn_core.specs.training import Optimizer, Schedule

SEARCHES: dict[str, tuple[str, ...]] = {
    "Usual": ("layers", "units", "dropout", "l2", "learning_rate"),
    "Capacity": ("layers", "units", "shape"),
    "Regularisation": ("batch_norm", "dropout", "l1", "l2"),
    "Learning rate": ("optimizer", "learning_rate", "schedule", "batch_size"),
}
"""What varies, by hyperparameter: all at once, or one step after the other."""

HOML = "HOML’s grid"

HOML_GRID = (
    *(Vary(hyperparameter=f"units {layer}", values=(64, 128, 256)) for layer in (1, 2, 3)),
    *(Vary(hyperparameter=f"dropout {layer}", values=(0.2, 0.3, 0.4)) for layer in (1, 2, 3)),
    Vary(hyperparameter="optimizer", values=(Optimizer.RMSPROP, Optimizer.ADAM)),
    Vary(hyperparameter="plateau_factor", values=(0.05, 0.1)),
)
"""The 2,916 combinations of "Hands-On Machine Learning with R", chapter 13, for MNIST."""

HOML_TRIALS = 145
"""Five in a hundred of them, as in that chapter."""


def study_presets(asked: StudySpec, *, images: bool) -> dict[str, StudySpec]:
    """Studies to start from, each in place of the one that is asked for.

    Parameters
    ----------
    asked : StudySpec
    images : bool
        Whether the predictors are pictures, for which there is HOML's grid too.

    Returns
    -------
    dict of str to StudySpec
        By title. All but HOML's grid change only what varies.
    """
    presets = {
        title: asked.but(
            vary=tuple(suggest_vary(hyperparameter) for hyperparameter in hyperparameters)
        )
        for title, hyperparameters in SEARCHES.items()
    }
    return presets | ({HOML: homl_study(asked.experiment)} if images else {})


def homl_study(experiment: Experiment) -> StudySpec:
    """The grid search of "Hands-On Machine Learning with R", chapter 13, with its network.

    It is reproduced with what is wrong with it, so that a study can show it: the learning rate
    would be reduced after ten epochs without progress, but training ends after five. What the
    book did not have is that the worse ones are given up early.

    Parameters
    ----------
    experiment : Experiment
        Task, data and seed are kept.
    """
    training = HOML_TRAINING.but(
        epochs=35,
        optimizer=Optimizer.ADAM,
        schedule=Schedule.PLATEAU,
        plateau_patience=10,
        plateau_factor=0.05,
        patience=5,
    )
    return StudySpec(
        experiment=experiment.but(
            network=HOML_PRESETS["256-128-64, regularised"],
            training=training,
            split=experiment.split.but(validation=0.2),
        ),
        vary=HOML_GRID,
        sampler=Sampler.GRID,
        trials=HOML_TRIALS,
        folds=1,
        # It finds the winner of the whole grid in less than half the time (docs/results.md).
        halving=True,
    )
