"""The ladder on simulated surveys of which the truth is known, in few draws."""

from __future__ import annotations

from benchmarks.validity_ladder import SHORT, measure


def test_gains_are_claimed_where_there_are_any() -> None:
    found = measure(SHORT)
    # Of 8 at a rate of 5 %, more than 2 occur once in a hundred and seventy times.
    assert found["none: better_than_chance"] <= 0.25
    assert found["none: better_than_all"] == 0
    assert found["linear: better_than_chance"] == 1
    assert found["linear: better_than_all"] <= 0.25
    assert found["interaction: over_linear"] >= 0.75
