"""A requested fit, and which requested fits can be trained together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dnn_core.data.prepare import PartData, Prepared
from dnn_core.specs import NetworkSpec, Part, TrainingSpec
from dnn_core.training.member import Unwatched, Watch
from dnn_core.training.optimizers import rule_of
from dnn_core.training.parameters import skeleton

MOST_MEMBERS_AT_ONCE = 64
"""Members trained together. With more, a step of a small network is all arithmetic, which
batching does not make cheaper; and each member takes five copies of its weights, with Adam."""

LARGEST_STEP = 2**18
"""Numbers that a step reads from the table for all members: a megabyte, which fits into the cache
of a core. On MNIST eight small networks take 1.7 times as long together as one after the other;
two take about as long (docs/results.md)."""


@dataclass(frozen=True, eq=False)
class Request:
    """One requested fit; parameters are those of `fit`.

    `beyond` are further cases that are only predicted, as `Fit.beyond`.
    """

    prepared: Prepared
    network: NetworkSpec
    training: TrainingSpec
    seed: int
    watch: Watch = field(default_factory=Unwatched)
    beyond: PartData | None = None


def groups(requests: Sequence[Request]) -> list[list[int]]:
    """Group the requests that can be trained together.

    Returns
    -------
    list of list of int
        Positions in `requests`, each once; groups in the order of their first request.
    """
    keys = [_shared(request) for request in requests]
    places = [_dropout_places(request.network) for request in requests]
    alike: dict[Any, list[int]] = {}
    # Requests with dropout come first: the places of dropout determine its random numbers.
    # A request without dropout may join any group.
    for i in sorted(range(len(requests)), key=lambda i: not any(places[i])):
        hosts = (key for key in alike if key[0] == keys[i])
        host = None if any(places[i]) else next(hosts, None)
        alike.setdefault(host or (keys[i], places[i]), []).append(i)
    return sorted(p for result in alike.values() for p in _portions(sorted(result), requests))


def _portions(positions: Iterable[int], requests: Sequence[Request]) -> list[list[int]]:
    """Divide a group so that each portion keeps to `MOST_MEMBERS_AT_ONCE` and `LARGEST_STEP`."""
    portions: list[list[int]] = []
    room = 0
    for position in positions:
        members = requests[position].training.members
        if members > room:
            portions.append([])
            room = _most_members(requests[position])
        portions[-1].append(position)
        room -= members
    return portions


def _most_members(request: Request) -> int:
    """The largest number of members to train together; a single fit may have more."""
    numbers = request.training.batch_size * request.prepared.inputs
    return min(MOST_MEMBERS_AT_ONCE, max(1, LARGEST_STEP // numbers))


def _shared(request: Request) -> tuple[Any, ...]:
    """What requests must have in common to be trained together."""
    prepared, training = request.prepared, request.training
    return (
        skeleton(request.network),
        rule_of(training),
        training.batch_size,
        prepared.inputs,
        prepared.input_scale,
        prepared.parts[Part.TRAINING].x.dtype,
        prepared.target.kind,
        len(prepared.target.classes),
        # Members with few cases wait for the others at the end of an epoch, so numbers of
        # cases differ by a factor of two at most.
        len(prepared.parts[Part.TRAINING]).bit_length(),
    )


def _dropout_places(network: NetworkSpec) -> tuple[bool, ...]:
    """Whether there is dropout on the inputs, and on each hidden layer."""
    return (network.input_dropout > 0, *(layer.dropout > 0 for layer in network.hidden))
