from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from dnn_core.diagnostics.marks.one_vs_rest import Ranked
from dnn_core.diagnostics.precision_recall import precision_recall_points


def test_points_by_hand():
    positive = np.array([True, False, True, False])
    line = Ranked("yes", "validation", positive, np.array([0.9, 0.8, 0.7, 0.1]))
    recall, precision = precision_recall_points(line)
    # The first named is right: ½ found at 1; the second of the three named: all found at ⅔.
    assert recall.tolist() == [0, 0.5, 1]
    assert precision.tolist() == pytest.approx([1, 1, 2 / 3])


def test_the_stairs_enclose_average_precision():
    rng = np.random.default_rng(2)
    positive, score = rng.random(500) < 0.3, rng.random(500)
    recall, precision = precision_recall_points(Ranked("yes", "ink", positive, score))
    area = float(np.sum(np.diff(recall) * precision[1:]))
    assert area == pytest.approx(average_precision_score(positive, score))
