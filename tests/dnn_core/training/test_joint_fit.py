import numpy as np
import pytest

from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec, TrainingSpec
from dnn_core.training.history import COLUMNS
from dnn_core.training.joint_fit import FitTask, fit_jointly, hold_out, stack
from dnn_core.training.member import Cases, Member

NETWORK = NetworkSpec(hidden=(HiddenLayer(units=4),))


def make_fit_task(seeds, cases, epochs):
    rng = np.random.default_rng(cases)
    x = rng.normal(size=(cases, 3)).astype("float32")
    y = (x[:, 0] + 0.1 * rng.normal(size=cases)).astype("float32")
    training = TrainingSpec(epochs=epochs, batch_size=8, learning_rate=0.01)
    rows = np.arange(cases)
    return FitTask(
        Cases(x, y, Kind.REGRESSION, output_of(Kind.REGRESSION, 0)),
        [Member(NETWORK, training, seed, rows[5:], rows[:5]) for seed in seeds],
    )


def test_fits_come_out_as_if_each_were_alone():
    fit_tasks = [make_fit_task([1, 2], cases=30, epochs=2), make_fit_task([3], cases=41, epochs=3)]
    together = fit_jointly(fit_tasks)
    for learnt, fit_task in zip(together, fit_tasks, strict=True):
        (alone,) = fit_jointly([fit_task])
        for result, expected in zip(learnt.fitted, alone.fitted, strict=True):
            assert result.best_epoch == expected.best_epoch
            for a, b in zip(result.weights, expected.weights, strict=True):
                np.testing.assert_allclose(a, b, atol=1e-6)
        figures = ["epoch", "member", "loss", "val_loss", "penalty", "metric", "val_metric"]
        np.testing.assert_allclose(learnt.history[figures], alone.history[figures], rtol=1e-4)
    assert tuple(together[1].history.columns) == COLUMNS
    assert together[0].history["member"].tolist() == [1, 2, 1, 2]
    assert together[1].history["member"].tolist() == [1, 1, 1]


def test_every_member_holds_out_its_share_of_every_stratum():
    strata = np.repeat([0, 1, 2], [70, 20, 10])
    parts = hold_out(strata, 0.2, 5, np.random.RandomState(0))
    for part in parts:
        # 14, 4 and 2 are a fifth; a stretch may begin between two cases of a stratum.
        assert np.abs(np.bincount(strata[part], minlength=3) - [14, 4, 2]).max() <= 1
        assert len(part) == 20 and (np.diff(part) > 0).all()
    assert sorted(np.concatenate(parts).tolist()) == list(range(100))


def test_more_members_than_stretches_begin_again_from_the_front():
    first, second, third = hold_out(np.zeros(10), 0.5, 3, np.random.RandomState(0))
    assert set(first) | set(second) == set(range(10))
    assert third.tolist() == first.tolist()


def test_a_stratum_of_one_case_is_no_obstacle():
    (part,) = hold_out(np.array([0] * 9 + [1]), 0.25, 1, np.random.RandomState(0))
    assert len(part) == 3


def test_other_seeds_hold_out_other_cases():
    parts = [hold_out(np.zeros(50), 0.2, 1, np.random.RandomState(s))[0] for s in (0, 0, 1)]
    assert parts[0].tolist() == parts[1].tolist() != parts[2].tolist()


@pytest.mark.parametrize(("cases", "share"), [(1, 0.2), (10, 1.0), (10, 0.0)])
def test_something_must_be_held_out_and_something_left(cases, share):
    with pytest.raises(ValueError, match=f"n_samples = {cases}"):
        hold_out(np.zeros(cases), share, 1, np.random.RandomState(0))


def test_tables_are_put_below_each_other_and_one_that_is_shared_is_not_copied():
    first, second = make_fit_task([1, 2], cases=30, epochs=2), make_fit_task([3], 41, 2)
    again = FitTask(first.cases, second.members)
    cases, members, starts = stack([first, again])
    assert cases is first.cases and starts == [0, 0]
    assert [member.rows[0] for member in members] == [5, 5, 5]
    cases, members, starts = stack([first, second, again])
    assert starts == [0, 30, 0]
    np.testing.assert_array_equal(cases.x, np.concatenate([first.cases.x, second.cases.x]))
    np.testing.assert_array_equal(cases.y, np.concatenate([first.cases.y, second.cases.y]))
    assert [member.rows[0] for member in members] == [5, 5, 35, 5]
    assert [member.validation[-1] for member in members] == [4, 4, 34, 4]


@pytest.mark.parametrize(
    ("cases", "share", "size"),
    [(10, 0.2, 2), (11, 0.2, 3), (10, 0.01, 1), (2, 0.5, 1), (10, 0.9, 9)],
)
def test_a_share_is_rounded_up(cases, share, size):
    parts = hold_out(np.zeros(cases), share, 3, np.random.RandomState(1))
    assert [len(set(part)) for part in parts] == [size] * 3
    assert all(part.min() >= 0 and part.max() < cases for part in parts)


def test_each_stratum_begins_at_a_place_of_its_own():
    strata = np.repeat([0, 1], [7, 3])
    # One case of ten: of 40 draws about nine (three in fourteen) are of the smaller stratum,
    # with a standard deviation of 2.6.
    first = [hold_out(strata, 0.1, 1, np.random.RandomState(seed))[0][0] for seed in range(40)]
    assert 1 <= sum(strata[first]) <= 18
