"""The ladder on simulated surveys of which the truth is known, in few draws."""

from __future__ import annotations

import pytest

from benchmarks.validity_ladder import SHORT, measure
from dnn_core.specs import Kind


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.REGRESSION])
def test_gains_are_claimed_where_there_are_any(kind: Kind) -> None:
    found = measure(SHORT, kind)
    # Of 20 at a rate of 5 %, more than 4 occur once in four hundred times.
    assert found["none: better_than_chance"] <= 0.2
    assert found["none: better_than_all"] <= 0.1
    assert found["linear: better_than_chance"] == 1
    assert found["linear: better_than_all"] <= 0.25
    assert found["interaction: over_linear"] >= 0.75
