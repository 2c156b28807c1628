"""The specification of the training."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dnn_core.specs.fields import Choice, Hyperparameter, Spec


class Optimizer(Choice):
    """Optimizers; the values are Keras' names in lower case."""

    ADAM = "adam", "Adam"
    ADAMW = "adamw", "AdamW"
    NADAM = "nadam", "Nadam"
    RMSPROP = "rmsprop", "RMSprop"
    SGD = "sgd", "SGD with momentum"


class Schedule(Choice):
    """The schedule of the learning rate over the epochs."""

    CONSTANT = "constant", "Constant"
    PLATEAU = "plateau", "Reduce on plateau"
    EXPONENTIAL = "exponential", "Exponential decay"
    COSINE = "cosine", "Cosine to zero"


class TrainingSpec(Spec):
    """The specification of the training."""

    epochs: Annotated[
        int,
        Field(
            ge=1,
            le=5000,
            title="Epochs",
            description="The maximum number of passes through all training cases.",
        ),
        Hyperparameter(step=1),
    ] = 200
    members: Annotated[
        int,
        Field(
            ge=1,
            le=50,
            title="Networks",
            description="How many networks are trained side by side; their predictions are "
            "averaged. Five are more stable than one and hardly take longer.",
        ),
        Hyperparameter(step=1),
    ] = 5
    batch_size: Annotated[
        int,
        Field(
            ge=1,
            le=65536,
            title="Batch size",
            description="How many cases are used for one update of the weights.",
        ),
        Hyperparameter(step=1, log=True, tune=(16, 256)),
    ] = 32
    optimizer: Annotated[
        Optimizer,
        Field(
            title="Optimiser",
            description="The algorithm that updates the weights to reduce the loss; Adam is a "
            "safe start.",
        ),
    ] = Optimizer.ADAM
    learning_rate: Annotated[
        float,
        Field(
            ge=1e-7,
            le=10,
            title="Learning rate",
            description="The size of an update. If it is too large, the loss becomes unstable; "
            "if too small, it falls slowly.",
        ),
        Hyperparameter(step=1e-4, log=True, tune=(1e-4, 1e-2), format="%g"),
    ] = 1e-3
    momentum: Annotated[
        float,
        Field(
            ge=0,
            le=0.999,
            title="Momentum",
            description="The share of the last update that is added to the next one; SGD only.",
        ),
        Hyperparameter(step=0.05, format="%.2f"),
    ] = 0.9
    weight_decay: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            title="Weight decay",
            description="Shrinks all weights a little in each step; AdamW only.",
        ),
        Hyperparameter(log=True, tune=(1e-5, 1e-1), format="%g"),
    ] = 4e-3
    schedule: Annotated[
        Schedule,
        Field(
            title="Schedule",
            description="Whether the learning rate falls during training.",
        ),
    ] = Schedule.CONSTANT
    plateau_patience: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            title="Plateau patience",
            description="Epochs without a better validation loss before the learning rate is "
            "reduced.",
        ),
        Hyperparameter(step=1),
    ] = 5
    plateau_factor: Annotated[
        float,
        Field(
            ge=0.01,
            le=0.99,
            title="Plateau factor",
            description="The learning rate is multiplied by this at a plateau.",
        ),
        Hyperparameter(step=0.05, format="%.2f"),
    ] = 0.5
    decay: Annotated[
        float,
        Field(
            ge=0.5,
            le=0.9999,
            title="Decay for each epoch",
            description="The learning rate is multiplied by this after every epoch; "
            "exponential decay only.",
        ),
        Hyperparameter(step=0.01, format="%.3f"),
    ] = 0.95
    early_stopping: Annotated[
        bool,
        Field(
            title="Early stopping",
            description="Stop when the validation loss has not improved for a while. "
            "The weights of the best epoch are kept in any case.",
        ),
    ] = True
    patience: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            title="Patience",
            description="Epochs without a better validation loss before training stops.",
        ),
        Hyperparameter(step=1),
    ] = 10
    class_weights: Annotated[
        bool,
        Field(
            title="Weight classes equally",
            description="Errors on rare categories count more, so that each category has the "
            "same total weight.",
        ),
    ] = False
