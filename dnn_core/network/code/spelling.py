"""Write a call to Keras in Python and in R."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dnn_core.network.plan import Call, Variable

LINE_LENGTH = 92

R_NAMES = {
    "layers.Rescaling": "layer_rescaling",
    "layers.Dropout": "layer_dropout",
    "layers.Dense": "layer_dense",
    "layers.BatchNormalization": "layer_batch_normalization",
    "layers.Activation": "layer_activation",
    "layers.Average": "layer_average",
    "initializers.GlorotUniform": "initializer_glorot_uniform",
    "initializers.HeNormal": "initializer_he_normal",
    "initializers.LecunNormal": "initializer_lecun_normal",
    "initializers.Zeros": "initializer_zeros",
    "initializers.Ones": "initializer_ones",
    "initializers.Constant": "initializer_constant",
    "constraints.UnitNorm": "constraint_unitnorm",
    "regularizers.L1": "regularizer_l1",
    "regularizers.L2": "regularizer_l2",
    "regularizers.L1L2": "regularizer_l1_l2",
    "optimizers.Adam": "optimizer_adam",
    "optimizers.AdamW": "optimizer_adam_w",
    "optimizers.Nadam": "optimizer_nadam",
    "optimizers.RMSprop": "optimizer_rmsprop",
    "optimizers.SGD": "optimizer_sgd",
    "optimizers.schedules.ExponentialDecay": "learning_rate_schedule_exponential_decay",
    "optimizers.schedules.CosineDecay": "learning_rate_schedule_cosine_decay",
    "losses.MeanSquaredError": "loss_mean_squared_error",
    "losses.BinaryCrossentropy": "loss_binary_crossentropy",
    "losses.SparseCategoricalCrossentropy": "loss_sparse_categorical_crossentropy",
    "metrics.R2Score": "metric_r2_score",
    "metrics.AUC": "metric_auc",
    "metrics.SparseCategoricalAccuracy": "metric_sparse_categorical_accuracy",
    "losses.Poisson": "loss_poisson",
    "callbacks.ReduceLROnPlateau": "callback_reduce_lr_on_plateau",
    "callbacks.EarlyStopping": "callback_early_stopping",
}
"""The same functions in R's package keras3."""


@dataclass(frozen=True)
class Language:
    """How a call is spelt."""

    function: Callable[[str], str]
    scalar: Callable[[Any], str]
    equals: str
    last_comma: str
    indent: int
    row: tuple[str, str, str]
    """How a row of named figures begins, how one of them is spelt, and how it ends."""
    vector: tuple[str, str]
    """How a list of numbers begins and ends."""
    matrix: tuple[str, str]
    """How a list of such lists begins and ends."""


def _r_scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return f"{value}L"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _python_scalar(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


PYTHON = Language(
    lambda name: f"keras.{name}",
    _python_scalar,
    "=",
    ",",
    indent=4,
    row=("{", '"{}": {}', "}"),
    vector=("[", "]"),
    matrix=("[", "]"),
)
R = Language(
    R_NAMES.__getitem__,
    _r_scalar,
    " = ",
    "",
    indent=2,
    row=("c(", "{} = {}", ")"),
    vector=("c(", ")"),
    matrix=("rbind(", ")"),
)


def spell(value: Any, language: Language, indent: int) -> str:
    """Spell a value: on one line if it fits, else one argument a line."""
    if isinstance(value, Variable):
        return value.name
    if isinstance(value, list):
        begin, end = language.matrix if isinstance(value[0], list) else language.vector
        items = [spell(item, language, indent + language.indent) for item in value]
        return wrap(begin, items, end, language, indent)
    if not isinstance(value, Call):
        return language.scalar(value)
    arguments = [
        f"{name}{language.equals}{spell(item, language, indent + language.indent)}"
        for name, item in value.arguments.items()
    ]
    return wrap(f"{language.function(value.function)}(", arguments, ")", language, indent)


def spell_row(row: dict[str, int], language: Language, indent: int) -> str:
    """Spell named figures."""
    begin, item, end = language.row
    items = [item.format(name, language.scalar(value)) for name, value in row.items()]
    return wrap(begin, items, end, language, indent)


def wrap(begin: str, items: Sequence[str], end: str, language: Language, indent: int) -> str:
    """Put items on one line if they fit, else each on a line of its own."""
    line = f"{begin}{', '.join(items)}{end}"
    if indent + len(line) <= LINE_LENGTH and "\n" not in line:
        return line
    inner = "\n" + " " * (indent + language.indent)
    body = f",{inner}".join(items)
    return f"{begin}{inner}{body}{language.last_comma}\n{' ' * indent}{end}"
