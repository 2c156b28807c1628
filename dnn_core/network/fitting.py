"""Training settings as calls to Keras, without importing Keras."""

from __future__ import annotations

from dnn_core.network.plan import Call, Variable, call
from dnn_core.outcome.kinds import outcome_of
from dnn_core.specs import Kind, Optimizer, Schedule, TrainingSpec

DATA_LOSS = "data_loss"
"""Name of the metric by which written code compares epochs. Keras' own `val_loss` contains the
penalties, and would call that epoch the best in which weights are smallest."""


def optimizer_call(
    training: TrainingSpec, *, steps_in_epoch: int | Variable, steps_in_all: int | Variable
) -> Call:
    """Return the optimizer with its learning rate or schedule.

    Parameters
    ----------
    training : TrainingSpec
    steps_in_epoch, steps_in_all : int or Variable
        Steps of the optimizer in one epoch and in all epochs; schedules count
        in steps.
    """
    rate: float | Call = training.learning_rate
    if training.schedule is Schedule.EXPONENTIAL:
        # Staircase: the rate falls after each epoch, as the field's help text says.
        rate = call(
            "optimizers.schedules.ExponentialDecay",
            initial_learning_rate=rate,
            decay_steps=steps_in_epoch,
            decay_rate=training.decay,
            staircase=True,
        )
    elif training.schedule is Schedule.COSINE:
        rate = call(
            "optimizers.schedules.CosineDecay",
            initial_learning_rate=rate,
            decay_steps=steps_in_all,
        )
    match training.optimizer:
        case Optimizer.ADAM:
            return call("optimizers.Adam", learning_rate=rate)
        case Optimizer.ADAMW:
            return call("optimizers.AdamW", learning_rate=rate, weight_decay=training.weight_decay)
        case Optimizer.NADAM:
            return call("optimizers.Nadam", learning_rate=rate)
        case Optimizer.RMSPROP:
            return call("optimizers.RMSprop", learning_rate=rate)
        case Optimizer.SGD:
            return call("optimizers.SGD", learning_rate=rate, momentum=training.momentum)


def metric_calls(kind: Kind) -> tuple[Call | Variable, ...]:
    """Return the loss of the data alone, and the main metric or the nearest that Keras has.

    A loss that gives one figure for each case is a metric for Keras: their weighted mean. A
    loss that Keras does not have is a function of the script, of the name `DATA_LOSS`.
    """
    outcome = outcome_of(kind)
    calls: list[Call | Variable] = [Variable(DATA_LOSS)]
    if outcome.keras_loss:
        calls = [call(outcome.keras_loss, reduction="none", name=DATA_LOSS)]
    if outcome.keras_metric:
        calls.append(call(outcome.keras_metric, name=outcome.keras_metric_name))
    return tuple(calls)


def callback_calls(training: TrainingSpec) -> tuple[Call, ...]:
    """Return the callbacks; the last one restores the weights of the best epoch.

    Both go by the loss of the data alone (`DATA_LOSS`), with weights where cases have some.
    """
    monitor = {"monitor": f"val_{DATA_LOSS}", "mode": "min"}
    calls = []
    if training.schedule is Schedule.PLATEAU:
        calls.append(
            call(
                "callbacks.ReduceLROnPlateau",
                **monitor,
                factor=training.plateau_factor,
                patience=training.plateau_patience,
                min_delta=0.0,
            )
        )
    # A patience of all epochs never stops; the best epoch is restored all the same.
    patience = training.patience if training.early_stopping else training.epochs
    calls.append(
        call(
            "callbacks.EarlyStopping",
            **monitor,
            patience=patience,
            restore_best_weights=True,
        )
    )
    return tuple(calls)
