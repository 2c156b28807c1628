import numpy as np

from dnn_core.training.history import EpochRecord
from dnn_core.training.member import Unwatched
from dnn_core.training.watch_split import WatchSplit, of_members, spans


class Listener(Unwatched):
    def __init__(self):
        self.epochs, self.progress, self.snapshots = [], [], []
        self.stop = False

    def on_epoch(self, records):
        self.epochs.append([(record.epoch, record.member, record.loss) for record in records])

    def on_progress(self, epoch, share):
        self.progress.append((epoch, share))

    def on_snapshot(self, take):
        self.snapshots.append(take())

    def should_stop(self):
        return self.stop


def record(epoch, member):
    # The loss shows which member of the batch it is.
    return EpochRecord(epoch, member, float(member), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def snapshot(**more):
    return {
        "state.weights": np.arange(6.0).reshape(3, 2),
        "book.running": np.array([True, True, False]),
        "seconds": np.array(1.5),
        **more,
    }


def test_each_fit_hears_of_its_own_members_counted_from_1():
    first, second = Listener(), Listener()
    watch = WatchSplit([first, second], [2, 1])
    watch.on_epoch([record(1, member) for member in (1, 2, 3)])
    watch.on_epoch([record(2, member) for member in (2, 3)])
    assert first.epochs == [[(1, 1, 1.0), (1, 2, 2.0)], [(2, 2, 2.0)]]
    assert second.epochs == [[(1, 1, 3.0)], [(2, 1, 3.0)]]


def test_who_has_ended_hears_no_more_and_has_no_say_in_stopping():
    first, second = Listener(), Listener()
    watch = WatchSplit([first, second], [2, 1])
    second.stop = True
    assert not watch.should_stop()
    watch.on_epoch([record(1, 3)])
    watch.on_progress(2, 0.5)
    assert first.epochs == first.progress == []
    assert second.progress == [(2, 0.5)]
    assert watch.should_stop()


def test_a_snapshot_is_taken_once_and_shared_out_between_epochs_only():
    first, second = Listener(), Listener()
    watch = WatchSplit([first, second], [2, 1])
    taken = []

    def take():
        taken.append(1)
        return snapshot()

    watch.on_progress(1, 0.5)
    watch.on_snapshot(take)
    assert not taken and not first.snapshots
    watch.on_epoch([record(1, member) for member in (1, 2, 3)])
    watch.on_snapshot(take)
    assert len(taken) == 1
    assert first.snapshots[0]["state.weights"].tolist() == [[0, 1], [2, 3]]
    assert second.snapshots[0]["state.weights"].tolist() == [[4, 5]]
    assert second.snapshots[0]["book.running"].tolist() == [False]
    assert second.snapshots[0]["seconds"] == 1.5


def test_a_fit_alone_takes_snapshots_within_an_epoch():
    alone = Listener()
    watch = WatchSplit([alone], [3])
    watch.on_progress(1, 0.5)
    watch.on_snapshot(lambda: snapshot(**{"epoch.outputs": np.zeros((2, 3))}))
    assert "epoch.outputs" in alone.snapshots[0]


def test_half_an_epoch_is_left_to_nobody_but_those_that_had_ended():
    within = snapshot(**{"epoch.outputs": np.zeros((2, 2))})
    running, ended = spans([2, 1])
    assert of_members(within, running) is None
    own = of_members(within, ended)
    assert set(own) == {"state.weights", "book.running", "seconds"}
    assert own["state.weights"].tolist() == [[4, 5]]


def test_at_the_end_of_an_epoch_snapshots_are_taken_again():
    first, second = Listener(), Listener()
    watch = WatchSplit([first, second], [2, 1])
    # Before anything was trained, and where the last step was the epoch's end.
    for shares in ((), (0.5, 1.0)):
        for share in shares:
            watch.on_progress(1, share)
        watch.on_snapshot(snapshot)
    assert len(first.snapshots) == len(second.snapshots) == 2
    assert first.progress == second.progress == [(1, 0.5), (1, 1.0)]


def test_all_must_ask_before_all_are_stopped():
    listeners = [Listener(), Listener(), Listener()]
    watch = WatchSplit(listeners, [1, 1, 1])
    for listener in listeners[:2]:
        listener.stop = True
        assert not watch.should_stop()
    listeners[2].stop = True
    assert watch.should_stop()


def test_spans_follow_each_other():
    assert spans([2, 1, 3]) == [slice(0, 2), slice(2, 3), slice(3, 6)]
    whole = snapshot()
    assert of_members(whole, slice(0, 3)) is whole
    within = snapshot(**{"epoch.outputs": np.zeros((2, 2))})
    assert of_members(within, slice(0, 3)) is within
    assert of_members(within, slice(1, 3)) is None
    # What is of no member alone is left out.
    assert "note" not in of_members(snapshot(note=np.zeros(3)), slice(0, 2))
