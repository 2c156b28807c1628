"""The baselines on simulated data with known truth; the long form is `benchmarks/validity.py`."""

from __future__ import annotations

import pytest

from benchmarks.validity_baselines import SHORT, measure

pytestmark = [pytest.mark.simulation, pytest.mark.training]


@pytest.fixture(scope="module")
def shares() -> dict[str, float]:
    return measure(SHORT)


def test_no_gain_is_claimed_where_there_is_no_signal(shares: dict[str, float]) -> None:
    assert shares["none: better_than_chance"] <= 1 / SHORT["none"]
    assert shares["none: better_than_all"] == 0


def test_a_linear_truth_is_called_linear(shares: dict[str, float]) -> None:
    assert shares["linear: better_than_chance"] == 1
    assert shares["linear: better_than_all"] <= 1 / SHORT["linear"]


def test_the_gain_by_an_interaction_is_found(shares: dict[str, float]) -> None:
    assert shares["interaction: over_linear"] >= 3 / SHORT["interaction"]
