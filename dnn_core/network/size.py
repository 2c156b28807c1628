"""How many parameters a network has, without Keras."""

from __future__ import annotations

from dataclasses import dataclass

from dnn_core.outcome.output import Output
from dnn_core.specs import NetworkSpec


@dataclass(frozen=True)
class LayerSize:
    """Trainable parameters of one layer.

    `scaling` counts the parameters of batch normalisation, a factor and a shift for each unit; its
    moving averages are not trained and not counted.
    """

    name: str
    units: int
    weights: int
    biases: int
    scaling: int = 0

    @property
    def parameters(self) -> int:
        """All trainable parameters of the layer."""
        return self.weights + self.biases + self.scaling


def layer_sizes(network: NetworkSpec, inputs: int, output: Output) -> tuple[LayerSize, ...]:
    """Return the parameters of every dense layer, from first to last."""
    sizes = []
    width = inputs
    for position, layer in enumerate(network.hidden, start=1):
        # Batch normalisation shifts and scales each unit; a bias below it would be cancelled.
        biases, scaling = (0, 2 * layer.units) if layer.batch_norm else (layer.units, 0)
        sizes.append(
            LayerSize(f"Hidden {position}", layer.units, width * layer.units, biases, scaling)
        )
        width = layer.units
    # Ordered categories share one score, and have a threshold less than there are of them.
    sizes.append(LayerSize("Output", output.units, width * output.scores, output.raw_units))
    return tuple(sizes)


def count_parameters(network: NetworkSpec, inputs: int, output: Output) -> int:
    """Count the trainable parameters."""
    return sum(size.parameters for size in layer_sizes(network, inputs, output))
