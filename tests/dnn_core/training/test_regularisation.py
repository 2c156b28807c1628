"""Penalties and rates of dropout weight by weight, and random bits of dropout."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec, TrainingSpec
from dnn_core.training.forward_pass import scramble
from dnn_core.training.member import Member
from dnn_core.training.parameters import architecture_of
from dnn_core.training.regularisation import (
    dropout_keys,
    dropout_places,
    dropout_rates,
    dropout_seed,
    penalty_matrices,
)

LAYER = HiddenLayer(units=2)


def member(network: NetworkSpec, cases: int = 4) -> Member:
    return Member(network, TrainingSpec(), 1, np.arange(cases), np.arange(0))


def architecture(*networks: NetworkSpec):
    return architecture_of(networks, 3, output_of(Kind.REGRESSION, 0), 1.0)


def test_penalties_by_hand() -> None:
    plain = NetworkSpec(hidden=(LAYER,))
    both = NetworkSpec(hidden=(LAYER.but(l1=0.25, l2=0.5),), ridge=2.0)
    l1, l2 = penalty_matrices(architecture(plain, both), [member(plain), member(both)])
    # Six weights, two biases, two weights, a bias; of four cases, ridge adds a half to each kernel.
    np.testing.assert_array_equal(l1, [[0] * 11, [0.25] * 6 + [0] * 5])
    np.testing.assert_array_equal(l2, [[0] * 11, [1] * 6 + [0, 0, 0.5, 0.5, 0]])


def test_a_penalty_that_nobody_asks_for_has_no_columns() -> None:
    squares = NetworkSpec(hidden=(LAYER.but(l2=0.5),))
    absolute = NetworkSpec(hidden=(LAYER.but(l1=0.5),))
    for network, sizes in ((squares, [0, 11]), (absolute, [11, 0]), (LAYER, [0, 0])):
        asked = network if isinstance(network, NetworkSpec) else NetworkSpec(hidden=(LAYER,))
        found = penalty_matrices(architecture(asked), [member(asked)] * 3)
        assert [matrix.shape for matrix in found] == [(3, size) for size in sizes]


def test_rates_are_those_of_the_units_that_some_network_drops() -> None:
    layers = (LAYER, LAYER.but(units=4), LAYER.but(units=1))
    first = NetworkSpec(hidden=(layers[0].but(dropout=0.5), *layers[1:]))
    second = NetworkSpec(hidden=(*layers[:2], layers[2].but(dropout=0.25)), input_dropout=0.125)
    rates = dropout_rates(architecture(first, second), [first, second])
    # Three inputs, two units of the first layer, one of the third.
    expected = [[[0, 0, 0, 0.5, 0.5, 0]], [[0.125, 0.125, 0.125, 0, 0, 0.25]]]
    np.testing.assert_array_equal(rates, expected)
    none = NetworkSpec(hidden=layers)
    assert dropout_rates(architecture(none), [none, none]).shape == (2, 1, 0)


def lowbias32(number: int) -> int:
    """Wellons' hash, https://nullprogram.com/blog/2018/07/31, in Python's own integers."""
    mask = 2**32 - 1
    number ^= number >> 16
    number = number * 0x7FEB352D & mask
    number ^= number >> 15
    number = number * 0x846CA68B & mask
    return number ^ number >> 16


def test_bits_are_those_of_a_published_hash_here_and_on_the_device() -> None:
    places = dropout_places(3, 5)
    assert places.shape == (1, 3, 5) and places.dtype == np.uint32
    expected = [lowbias32(number) for number in range(15)]
    assert places.ravel().tolist() == expected
    numbers = tf.constant([*range(15), 2**32 - 1], tf.uint32)
    assert scramble(numbers).numpy().tolist() == [*expected, lowbias32(2**32 - 1)]


def test_keys_depend_on_seed_epoch_and_step_alone() -> None:
    seeds = np.array([dropout_seed(seed) for seed in (1, 2, 3)], dtype="uint32")
    assert len(set(seeds.tolist())) == 3 and dropout_seed(1) == seeds[0]
    keys = dropout_keys(seeds, 4, 6)
    assert keys.shape == (6, 3, 1, 1) and keys.dtype == np.uint32
    first = lowbias32(4)
    expected = [
        [lowbias32(lowbias32((first + step) % 2**32) ^ int(seed)) for seed in seeds]
        for step in range(6)
    ]
    assert keys[:, :, 0, 0].tolist() == expected
    # Who trains beside a member, and how many steps are planned, does not matter.
    np.testing.assert_array_equal(dropout_keys(seeds[1:2], 4, 3), keys[:3, 1:2])
    assert len(np.unique([keys, dropout_keys(seeds, 5, 6)])) == 36


@pytest.mark.parametrize("seed", [0, 2**31])
def test_dropout_has_a_stream_of_its_own(seed: int) -> None:
    plain = int(np.random.SeedSequence(seed).generate_state(1)[0])
    assert 0 <= dropout_seed(seed) < 2**32 and dropout_seed(seed) != plain
