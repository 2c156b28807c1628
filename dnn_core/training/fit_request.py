"""What a fit asks for, and which fits can be trained in one cohort."""

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
"""Members at once. By then a step of a small network consists of arithmetic, which no
company makes cheaper; and each takes five copies of its weights, with Adam."""

LARGEST_STEP = 2**18
"""Numbers that a step reads from the table, all members together: a megabyte, which the cache of
a core holds. On MNIST eight small networks take 1.7 times as long side by side as one after the
other, two take about as long (docs/results.md)."""


@dataclass(frozen=True, eq=False)
class Request:
    """What one fit asks for; parameters are those of `fit`.

    `beyond` are further cases that are only predicted: `Fit.beyond`.
    """

    prepared: Prepared
    network: NetworkSpec
    training: TrainingSpec
    seed: int
    watch: Watch = field(default_factory=Unwatched)
    beyond: PartData | None = None


def groups(requests: Sequence[Request]) -> list[list[int]]:
    """Sort out what can be trained in one cohort.

    Returns
    -------
    list of list of int
        Positions in `requests`, each of them once; groups in the order of their first.
    """
    keys = [_shared(request) for request in requests]
    places = [_dropout_places(request.network) for request in requests]
    alike: dict[Any, list[int]] = {}
    # Those that drop units first: which units, and how many, is what the random numbers
    # of dropout are drawn for. Whoever drops none may join any of them.
    for i in sorted(range(len(requests)), key=lambda i: not any(places[i])):
        hosts = (key for key in alike if key[0] == keys[i])
        host = None if any(places[i]) else next(hosts, None)
        alike.setdefault(host or (keys[i], places[i]), []).append(i)
    return sorted(p for result in alike.values() for p in _portions(sorted(result), requests))


def _portions(positions: Iterable[int], requests: Sequence[Request]) -> list[list[int]]:
    """Cut a group so that portions keep to `MOST_MEMBERS_AT_ONCE` and `LARGEST_STEP`."""
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
    """How many members a cohort like this is to have; a single fit may have more."""
    numbers = request.training.batch_size * request.prepared.inputs
    return min(MOST_MEMBERS_AT_ONCE, max(1, LARGEST_STEP // numbers))


def _shared(request: Request) -> tuple[Any, ...]:
    """What requests must have in common to be trained in one cohort."""
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
        # Members with few cases wait until the others have ended their epoch, so tables
        # are at most twice as long as each other.
        len(prepared.parts[Part.TRAINING]).bit_length(),
    )


def _dropout_places(network: NetworkSpec) -> tuple[bool, ...]:
    """Whether units are dropped among the inputs, and in each hidden layer."""
    return (network.input_dropout > 0, *(layer.dropout > 0 for layer in network.hidden))
