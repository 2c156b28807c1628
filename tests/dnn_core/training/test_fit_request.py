from dataclasses import replace

import numpy as np

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.prepare import PartData, Prepared
from dnn_core.data.target import TargetCoding
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec, Optimizer, TrainingSpec
from dnn_core.training.fit_request import LARGEST_STEP, MOST_MEMBERS_AT_ONCE, Request, groups

CODING = TargetCoding("y", Kind.BINARY, ("0", "1"), ("0", "1"))
TRAINING = TrainingSpec(members=1)


def make_prepared(cases=40, inputs=3, coding=CODING):
    part = PartData(
        np.arange(cases), np.zeros((cases, inputs), "float32"), np.zeros(cases, "int32")
    )
    encoder = Encoder((), coding, None, ("x",) * inputs, ("x",) * inputs)
    return Prepared({"training": part, "validation": part}, encoder)


PREPARED = make_prepared()


def request(dropout=(0.0, 0.0), units=4, prepared=PREPARED, **training):
    hidden = tuple(HiddenLayer(units=units, dropout=share) for share in dropout)
    return Request(prepared, NetworkSpec(hidden=hidden), TRAINING.but(**training), seed=1)


def test_what_may_differ_is_trained_together():
    alike = [
        request(),
        request(learning_rate=0.1, epochs=7, schedule="cosine", class_weights=True),
        replace(request(), seed=9),
        request(prepared=make_prepared(cases=60)),
        request(members=5),
    ]
    assert groups(alike) == [[0, 1, 2, 3, 4]]


def test_what_must_be_shared_divides_requests():
    classes = ("0", "1", "2")
    apart = [
        request(),
        request(units=5),
        request(batch_size=8),
        request(optimizer=Optimizer.SGD),
        request(optimizer=Optimizer.SGD, momentum=0.5),
        request(prepared=make_prepared(inputs=4)),
        request(prepared=make_prepared(coding=TargetCoding("y", Kind.MULTICLASS, classes))),
        # 40 and 64 cases have numbers of different length.
        request(prepared=make_prepared(cases=64)),
    ]
    assert groups(apart) == [[i] for i in range(len(apart))]


def test_those_that_drop_the_same_layers_take_in_one_that_drops_none():
    places = [(0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.2, 0.0)]
    assert groups([request(dropout) for dropout in places]) == [[0, 1, 3], [2]]


def test_members_trained_together_are_limited():
    half = MOST_MEMBERS_AT_ONCE // 2
    assert groups([request(members=half)] * 3 + [request()]) == [[0, 1], [2, 3]]
    assert groups([request()] * (MOST_MEMBERS_AT_ONCE + 1)) == [
        list(range(MOST_MEMBERS_AT_ONCE)),
        [MOST_MEMBERS_AT_ONCE],
    ]
    assert groups([]) == []


def test_what_a_step_reads_is_limited():
    inputs, batch = 512, 128
    wide = make_prepared(inputs=inputs)
    fits = LARGEST_STEP // (inputs * batch)
    assert 1 < fits < MOST_MEMBERS_AT_ONCE
    one = request(prepared=wide, batch_size=batch)
    assert groups([one] * (fits + 1)) == [list(range(fits)), [fits]]
    # Half the batch reads half as much; a fit of many members is not taken apart.
    half = request(prepared=wide, batch_size=batch // 2)
    assert groups([half] * (2 * fits)) == [list(range(2 * fits))]
    many = request(prepared=wide, batch_size=batch, members=3 * fits)
    assert groups([many, many, one]) == [[0], [1], [2]]


def test_a_step_that_is_too_large_for_two_is_taken_by_one():
    wide = make_prepared(inputs=512)
    for batch, expected in (
        (LARGEST_STEP // 1024, [[0, 1], [2]]),
        (LARGEST_STEP // 512, [[0], [1], [2]]),
    ):
        one = request(prepared=wide, batch_size=batch)
        assert groups([one] * 3) == expected
    beyond = request(prepared=wide, batch_size=LARGEST_STEP // 256)
    assert groups([beyond] * 2) == [[0], [1]]


def test_inputs_that_are_dropped_are_a_place_of_their_own():
    network = NetworkSpec(hidden=(HiddenLayer(units=4), HiddenLayer(units=4)))
    plain, dropped = (
        replace(request(), network=network.but(input_dropout=share)) for share in (0.0, 0.2)
    )
    of_layers = request((0.1, 0.0))
    # Who drops nothing joins those that came first.
    assert groups([plain, of_layers, dropped]) == [[0, 1], [2]]
    assert groups([dropped, dropped, of_layers, plain]) == [[0, 1, 3], [2]]
