"""Who is on the device, whose best weights are kept, and what is given back."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from dnn_core.network.model import starting_weights
from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec, TrainingSpec
from dnn_core.training import member_states
from dnn_core.training.member import Cases, Member
from dnn_core.training.member_states import MemberStates, starting_states
from dnn_core.training.parameters import architecture_of
from dnn_core.training.program import Restraints, State

NOTHING = np.zeros((4, 0), dtype="float32")


def states(l1: np.ndarray = NOTHING, l2: np.ndarray = NOTHING, running: object = (0, 1, 2, 3)):
    """Four members of two weights: 10 and 11, 20 and 21, ..."""
    weights = np.array([[10, 11], [20, 21], [30, 31], [40, 41]], dtype="float32")
    arrays = {
        "weights": weights.copy(),
        "statistics": weights[:, :1].copy(),
        "best_weights": -weights,
        "best_statistics": -weights[:, :1],
        "slot_1": weights + 0.5,
        "slot_0": weights + 0.25,
    }
    rates = np.array([0.1, 0.2, 0.3, 0.4], dtype="float32").reshape(4, 1, 1)
    restraints = Restraints(l1, l2, rates, np.zeros((1, 1, 1), dtype="uint32"))
    return MemberStates(arrays, restraints, np.array(running))


def move(of: MemberStates, by: float) -> None:
    state = of.state
    slots = [slot + by for slot in state.slots]
    of.state = State(state.weights + by, slots, state.statistics + by)


def test_only_those_that_run_are_boarded() -> None:
    some = states(running=(1, 3))
    assert some.state.weights.numpy().tolist() == [[20, 21], [40, 41]]
    assert [slot.numpy()[0, 0] for slot in some.state.slots] == [20.25, 20.5]
    assert some.restraints.rates.numpy().ravel() == pytest.approx([0.2, 0.4])
    assert (some.places.tolist(), some.aboard.tolist(), some.work) == ([0, 1], [1, 3], 0)


def test_who_has_ended_stays_as_it_was() -> None:
    all_four = states()
    move(all_four, 1)
    all_four.let_go(np.array([1, 3]))
    # Nothing of the others is looked at any more, though they are still aboard.
    move(all_four, 1)
    assert all_four.aboard.tolist() == [0, 1, 2, 3] and all_four.places.tolist() == [1, 3]
    weights, statistics = all_four.of_running()
    assert weights.numpy().tolist() == [[22, 23], [42, 43]]
    assert statistics.numpy().tolist() == [[22], [42]]
    all_four.hold()
    arrays = all_four.arrays
    assert arrays["weights"].tolist() == [[11, 12], [22, 23], [31, 32], [42, 43]]
    assert arrays["statistics"].ravel().tolist() == [11, 22, 31, 42]
    assert arrays["slot_0"][:, 0].tolist() == [11.25, 22.25, 31.25, 42.25]
    assert arrays["slot_1"][:, 0].tolist() == [11.5, 22.5, 31.5, 42.5]
    assert all_four.best()[0].numpy().tolist() == [[-10, -11], [-20, -21], [-30, -31], [-40, -41]]


@pytest.mark.parametrize("best", [[False] * 4, [True] * 4, [False, True, True, False]])
def test_the_best_weights_are_remembered_member_by_member(best: list[bool]) -> None:
    all_four = states()
    move(all_four, 1)
    all_four.keep_best(np.array(best))
    move(all_four, 1)
    all_four.hold()
    weights, statistics = all_four.best()
    was = np.array([10, 20, 30, 40])
    expected = np.where(best, was + 1, -was)
    assert weights.numpy()[:, 0].tolist() == expected.tolist()
    assert statistics.numpy()[:, 0].tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("work", "going_on", "aboard"),
    [
        # A smaller crew is worth compiling where half are left, and work is more than that.
        (11.0, [1, 3], [1, 3]),
        (10.0, [1, 3], [0, 1, 2, 3]),
        (11.0, [0, 1, 3], [0, 1, 2, 3]),
        (11.0, [2], [2]),
        (11.0, [0, 1, 2, 3], [0, 1, 2, 3]),
    ],
)
def test_when_a_smaller_crew_is_boarded(
    monkeypatch: pytest.MonkeyPatch, work: float, going_on: list[int], aboard: list[int]
) -> None:
    monkeypatch.setattr(member_states, "WORTH_COMPILING", 10.0)
    all_four = states()
    move(all_four, 1)
    all_four.work = work
    all_four.let_go(np.array(going_on))
    assert all_four.aboard.tolist() == aboard
    assert all_four.running.tolist() == going_on
    assert all_four.state.weights.shape[0] == len(aboard)
    weights, _ = all_four.of_running()
    assert weights.numpy()[:, 0].tolist() == [11 + 10 * m for m in going_on]
    # A crew that was boarded anew has its work before it.
    assert all_four.work == (0 if len(aboard) < 4 else work)


def test_penalties_by_hand() -> None:
    l1 = np.array([[0.5, 0], [0, 0], [0, 1], [1, 1]], dtype="float32")
    l2 = np.array([[0, 0], [2, 0], [0, 1], [0, 0]], dtype="float32")
    assert states().penalties().tolist() == [0, 0, 0, 0]
    assert states(l1=l1).penalties().tolist() == [5, 0, 31, 81]
    assert states(l2=l2).penalties().tolist() == [0, 800, 961, 0]
    both = states(l1=l1, l2=l2)
    move(both, -50)
    # Of -20 and -19 the absolute value is 39; (-30)² counts twice.
    assert both.penalties().tolist() == [20, 1800, 19 + 361, 19]
    both.let_go(np.array([2]))
    assert both.penalties().tolist() == [380]


def test_members_start_from_a_seed_or_from_what_is_given() -> None:
    network = NetworkSpec(hidden=(HiddenLayer(units=2, batch_norm=True),))
    output = output_of(Kind.REGRESSION, 0)
    cases = Cases(np.zeros((4, 3), "float32"), np.zeros(4, "float32"), Kind.REGRESSION, output)
    architecture = architecture_of([network], 3, output, 1.0)
    given = [array + 1 for array in starting_weights(network, 3, output, seed=9)]
    rows = np.arange(4)
    members = [
        Member(network, TrainingSpec(), seed, rows, rows[:0], start=start)
        for seed, start in ((5, None), (6, given))
    ]
    arrays = starting_states(architecture, cases, members, slots=2)
    assert set(arrays) == {
        *("weights", "statistics", "best_weights", "best_statistics", "slot_0", "slot_1"),
    }
    for place, expected in enumerate((starting_weights(network, 3, output, seed=5), given)):
        for prefix in ("", "best_"):
            unpacked = architecture.unpack(
                arrays[f"{prefix}weights"][place], arrays[f"{prefix}statistics"][place]
            )
            for here, there in zip(unpacked, expected, strict=True):
                np.testing.assert_array_equal(here, there)
    assert arrays["slot_1"].shape == arrays["weights"].shape and not arrays["slot_1"].any()
    # The best ones are no view of those that move.
    arrays["weights"] += 1
    assert not np.array_equal(arrays["weights"], arrays["best_weights"])
    assert "slot_0" not in starting_states(architecture, cases, members, slots=0)
    assert tf.constant(arrays["weights"]).dtype == tf.float32
