"""A short form of `benchmarks/validity_intervals.py`."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.validity_intervals import SHORT, measure

pytestmark = pytest.mark.simulation


def test_intervals_hold_the_truth_and_clusters_taken_for_cases_do_not() -> None:
    """Of 60 samples 57 are to hold it; 51 (85 %) or fewer have a probability of 0.1 %."""
    held = measure(**SHORT)
    naive = {name: share for name, share in held.items() if name.endswith("naive")}
    right = {name: share for name, share in held.items() if name not in naive}
    assert min(right.values()) >= 0.85, right
    assert 0.91 <= np.mean(list(right.values())) <= 0.98
    for name, share in naive.items():
        assert share <= held[name.removesuffix(", naive")], name
    # Of what the outcome's level says, a cluster of fifty tells little more than once.
    assert naive["r2, quantity, 20 clusters, naive"] <= 0.85
    assert naive["auc, two categories, 20 clusters, naive"] <= 0.92
