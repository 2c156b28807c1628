import json
import math
from dataclasses import replace

import pytest

from dnn_core.training.history import (
    COLUMNS,
    EpochRecord,
    history_frame,
    mean_history,
    read_history,
)


def record(epoch, val_loss, loss=1.0):
    return EpochRecord(
        epoch=epoch,
        member=1,
        loss=loss,
        val_loss=val_loss,
        penalty=0.01,
        metric=0.5,
        val_metric=0.4,
        learning_rate=1e-3,
        elapsed_seconds=0.25 * epoch,
    )


def write(path, records, tail=""):
    path.write_text("".join(r.to_json() + "\n" for r in records) + tail, encoding="utf-8")


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def test_a_record_comes_back_as_it_was(tmp_path):
    path = tmp_path / "history.jsonl"
    records = [record(1, 0.1 + 0.2), record(2, 1e-17)]
    write(path, records)
    history = read_history(path)
    # 0.1 + 0.2 is not 0.3: every digit has to survive.
    assert history["val_loss"].tolist() == [0.1 + 0.2, 1e-17]
    assert history.equals(history_frame(records))
    assert tuple(history.columns) == COLUMNS


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_not_finite_is_strict_json_and_reads_as_missing(tmp_path, figure):
    path = tmp_path / "history.jsonl"
    write(path, [record(1, figure)])
    assert json.loads(path.read_text(), parse_constant=refuse)["val_loss"] is None
    history = read_history(path)
    assert history["val_loss"].isna().all()
    assert history["val_loss"].dtype == "float64"


def test_a_line_that_is_being_written_is_left_for_the_next_look(tmp_path):
    path = tmp_path / "history.jsonl"
    line = record(3, 0.7).to_json()
    for cut in range(len(line) + 1):
        write(path, [record(1, 0.9), record(2, 0.8)], tail=line[:cut])
        assert read_history(path)["epoch"].tolist() == [1, 2]
    write(path, [record(1, 0.9), record(2, 0.8), record(3, 0.7)])
    assert read_history(path)["epoch"].tolist() == [1, 2, 3]


def test_the_first_line_may_be_half_written_too(tmp_path):
    path = tmp_path / "history.jsonl"
    write(path, [], tail='{"epoch": 1, "mem')
    assert len(read_history(path)) == 0


def test_no_file_is_an_empty_history_of_numbers(tmp_path):
    history = read_history(tmp_path / "history.jsonl")
    assert len(history) == 0
    assert history["val_loss"].dtype == "float64"
    assert history["epoch"].dtype == "int64"


def test_in_the_mean_a_member_that_has_ended_stands_with_its_last_epoch():
    rows = [(1, 1, 1.0), (1, 2, 3.0), (2, 1, 2.0), (2, 2, 5.0), (3, 2, 8.0), (2, 3, 4.0)]
    records = [record(epoch, 0.5, loss) for epoch, _, loss in rows]
    history = history_frame(
        replace(r, member=m) for r, (_, m, _) in zip(records, rows, strict=True)
    )
    # The third member is written after the others; it begins with epoch 2.
    first_two = history[history["member"] < 3]
    mean = mean_history(first_two)
    assert mean.index.tolist() == [1, 2, 3] and mean.index.name == "epoch"
    assert mean["loss"].tolist() == [2, 3.5, 5]
    assert mean["elapsed_seconds"].tolist() == [0.25, 0.5, (0.5 + 0.75) / 2]
    shuffled = mean_history(first_two.iloc[::-1])
    assert shuffled.equals(mean)
    assert set(mean.columns) == set(COLUMNS) - {"epoch", "member"}


def test_of_no_epochs_there_is_no_mean():
    mean = mean_history(history_frame([]))
    assert len(mean) == 0 and set(mean.columns) == set(COLUMNS) - {"epoch", "member"}


@pytest.mark.parametrize("line", ["[1]", "3", '{"epoch": 1}', '{"member": 1}'])
def test_what_is_no_epoch_is_refused(tmp_path, line):
    path = tmp_path / "history.jsonl"
    write(path, [record(1, 0.5)], tail=f"{line}\n")
    with pytest.raises(ValueError, match="not epochs"):
        read_history(path)
