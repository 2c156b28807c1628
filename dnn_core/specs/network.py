"""The specification of the network."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dnn_core.specs.fields import Choice, Hyperparameter, Spec, describe_field
from dnn_core.wording import plain


class Activation(Choice):
    """Activations of a hidden layer; the values are Keras' names."""

    RELU = "relu", "ReLU"
    TANH = "tanh", "tanh"
    SIGMOID = "sigmoid", "Sigmoid"
    ELU = "elu", "ELU"
    SELU = "selu", "SELU"
    GELU = "gelu", "GELU"
    SILU = "silu", "SiLU"
    SOFTPLUS = "softplus", "Softplus"
    LINEAR = "linear", "Linear"


class HiddenLayer(Spec):
    """One dense layer: dense, then batch normalisation, activation, dropout."""

    units: Annotated[
        int,
        Field(
            ge=1,
            le=4096,
            title="Units",
            description="The width of the layer; more units can hold finer patterns and more "
            "noise.",
        ),
        Hyperparameter(step=1, log=True, tune=(8, 256)),
    ]
    activation: Annotated[
        Activation,
        Field(
            title="Activation",
            description="The non-linear function that lets a layer do more than a regression; "
            "ReLU is the usual choice.",
        ),
    ] = Activation.RELU
    batch_norm: Annotated[
        bool,
        Field(
            title="Batch norm.",
            description="Standardises the output of the layer within each batch; stabilises deep "
            "networks.",
        ),
    ] = False
    dropout: Annotated[
        float,
        Field(
            ge=0,
            le=0.9,
            title="Dropout",
            description="The share of units switched off at random in each step, against "
            "over-fitting.",
        ),
        Hyperparameter(step=0.05, tune=(0.0, 0.5), format="%.2f"),
    ] = 0.0
    l1: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            title="L1",
            description="A penalty on the absolute size of weights, which drives many to zero.",
        ),
        Hyperparameter(log=True, tune=(1e-6, 1e-2), format="%g"),
    ] = 0.0
    l2: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            title="L2",
            description="A penalty on squared weights, which keeps all of them small (ridge).",
        ),
        Hyperparameter(log=True, tune=(1e-6, 1e-2), format="%g"),
    ] = 0.0

    def describe(self) -> list[str]:
        """Name each setting that a plain layer does not have: `Batch norm.`, `Dropout 0.2`.

        Units and activation, which every layer has, are left to the caller.
        """
        words = []
        for name in type(self).model_fields:
            setting, value = describe_field(type(self), name), getattr(self, name)
            if name in ("units", "activation") or value == setting.default:
                continue
            words.append(
                setting.title if value is True else f"{setting.title} {setting.show(value)}"
            )
        return words


class NetworkSpec(Spec):
    """Hidden layers from input to output; none at all is a linear model.

    Output units, output activation and loss follow from the task.
    """

    hidden: Annotated[
        tuple[HiddenLayer, ...],
        Field(
            max_length=20,
            title="Hidden layers",
            description="The layers between the predictors and the outcome.",
        ),
    ] = (HiddenLayer(units=128), HiddenLayer(units=64))
    input_dropout: Annotated[
        float,
        Field(
            ge=0,
            le=0.9,
            title="Input dropout",
            description="The share of input columns hidden at random in each step.",
        ),
        Hyperparameter(step=0.05, tune=(0.0, 0.3), format="%.2f"),
    ] = 0.0
    ridge: Annotated[
        float,
        Field(
            ge=0,
            le=1000,
            title="Ridge",
            description="A penalty on the squared weights of every layer that fades with the "
            "number of cases: L2 of this figure divided by the training cases. 3 is a good start.",
        ),
        Hyperparameter(log=True, tune=(0.1, 30), format="%g"),
    ] = 0.0
    neutral_start: Annotated[
        bool,
        Field(
            title="Neutral start",
            description="The output layer starts at zero, so that everybody gets the same "
            "prediction at first; more stable on small tables, slower on images.",
        ),
    ] = False

    @property
    def penalised(self) -> bool:
        """Whether large weights add to the loss."""
        return bool(self.ridge or any(layer.l1 or layer.l2 for layer in self.hidden))

    def summary(self) -> str:
        """Name the network in a few words: `64-32, dropout 0.2`."""
        if not self.hidden:
            return "linear"
        words = ["-".join(str(layer.units) for layer in self.hidden)]
        dropouts = [layer.dropout for layer in self.hidden]
        if any(dropouts):
            rates = [plain(rate) for rate in dropouts]
            words.append("dropout " + (rates[0] if len(set(rates)) == 1 else "/".join(rates)))
        if any(layer.batch_norm for layer in self.hidden):
            words.append("batch norm.")
        if any(layer.l1 for layer in self.hidden):
            words.append("L1")
        if any(layer.l2 for layer in self.hidden):
            words.append("L2")
        if self.ridge:
            words.append(f"ridge {plain(self.ridge)}")
        return ", ".join(words)
