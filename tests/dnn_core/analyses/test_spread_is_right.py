"""A short form of `benchmarks/validity_variance.py`."""

from __future__ import annotations

import pytest

from benchmarks.validity_variance import SHORT, measure

pytestmark = [pytest.mark.simulation, pytest.mark.training]


def test_few_splits_and_seeds_say_what_many_do():
    result = measure(rows=300, asked=SHORT, epochs=20)
    for what in ("split", "seed"):
        long, short = (result[f"share of the {what}, {size}"] for size in ("long", "short"))
        assert short == pytest.approx(long, abs=0.1)
        assert 0 < long < 1
