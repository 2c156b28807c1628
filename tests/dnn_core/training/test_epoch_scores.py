"""What an epoch reports of training and of validation cases, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.outcome.output import output_of
from dnn_core.specs import Kind, NetworkSpec, TrainingSpec
from dnn_core.training.epoch_plan import Epoch
from dnn_core.training.epoch_scores import score_epoch, validation_rows
from dnn_core.training.member import Cases, Member
from dnn_core.training.program import Steps

Y = np.array([0, 1, 2, 3, 4, 10, 20], dtype="float32")
CASES = Cases(np.zeros((7, 1), "float32"), Y, Kind.REGRESSION, output_of(Kind.REGRESSION, 0))


def member(rows: list[int], validation: list[int], weight: object, val_weight: object) -> Member:
    weights = [None if w is None else np.array(w, dtype="float32") for w in (weight, val_weight)]
    none = np.arange(0)
    return Member(
        NetworkSpec(hidden=()),
        TrainingSpec(batch_size=2),
        1,
        np.array(rows),
        np.array(validation) if validation else none,
        *weights,
    )


MEMBERS = [
    member([0, 1, 2], [5, 6], None, None),
    member([2, 3, 4], [5], [1, 2, 6], [3]),
    member([0, 1], [], None, None),
]


def test_rows_of_those_that_have_fewer_are_filled_up() -> None:
    rows = validation_rows(MEMBERS)
    assert rows.tolist() == [[5, 6], [5, 0], [0, 0]] and rows.dtype == np.int32
    assert validation_rows([MEMBERS[2]]).shape == (1, 0)


def test_losses_and_metrics_by_hand() -> None:
    # Two steps of two cases each; what stands behind a member's cases is of no meaning.
    outputs = np.array([[[0, 1], [5, 4], [0, 1]], [[4, 99], [2, 99], [99, 99]]], dtype="float32")[
        ..., np.newaxis
    ]
    orders = [np.array([0, 1, 2]), np.array([2, 1, 0]), np.array([1, 0])]
    nothing = Steps(*[np.zeros(0)] * 5)
    epoch = Epoch(1, orders, nothing, 2, [outputs[:1], outputs[1:]])
    validation = np.array([[10, 22], [11, 99], [99, 99]], dtype="float32")[..., np.newaxis]
    scores = score_epoch(CASES, MEMBERS, epoch, validation)
    # 0, 1 and 2 are called 0, 1 and 4; 4, 3 and 2, of weights 6, 2 and 1, are called 5, 4 and 2;
    # 1 and 0 are called 0 and 1.
    assert scores.loss == pytest.approx([4 / 3, (6 + 2) / 3, 1])
    assert scores.val_loss == pytest.approx([2, 3, np.nan], nan_ok=True)
    # Squares around the means 1, 32/9 and 1/2: 2, (6 * 16 + 2 * 25 + 196) / 81 and 1/2.
    assert scores.metric == pytest.approx([-1, 1 - 8 * 81 / 342, -3], abs=1e-5)
    assert scores.val_metric[0] == pytest.approx(1 - 4 / 50)
    assert np.isnan(scores.val_metric[2])


def test_of_an_epoch_that_was_cut_short_the_cases_that_were_seen_count() -> None:
    outputs = np.array([[[1, 1]]], dtype="float32")[..., np.newaxis]
    epoch = Epoch(1, [np.array([2, 0, 1])], Steps(*[np.zeros(0)] * 5), 1, [outputs])
    scores = score_epoch(CASES, MEMBERS[:1], epoch, np.zeros((1, 2, 1), dtype="float32"))
    # Of the cases 2 and 0: both are 1 away.
    assert scores.loss == pytest.approx([1]) and scores.metric == pytest.approx([0])
