"""Outliers are drawn in, and keep their order."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.encoding.soft_clip import CLIP_LIMIT, soft_clip
from dnn_core.specs import EncodingSpec


@pytest.mark.parametrize(
    ("x", "limit", "expected"),
    [
        # 4 / sqrt(1 + (4/3)²) = 4 / (5/3), and 1.25 / sqrt(1 + (5/12)²) = 1.25 / (13/12).
        (4.0, 3.0, 2.4),
        (-4.0, 3.0, -2.4),
        (1.25, 3.0, 15 / 13),
        (0.0, 3.0, 0.0),
        # The limit itself is drawn in to its part of 1 / sqrt(2).
        (7.0, 7.0, 7 / 2**0.5),
        (1e300, 3.0, 3.0),
        (-np.inf, 3.0, -3.0),
    ],
)
def test_by_hand(x: float, limit: float, expected: float) -> None:
    assert soft_clip(np.array([[x]]), limit) == pytest.approx(np.array([[expected]]), rel=1e-12)


def test_the_order_is_kept_and_missing_stays_missing() -> None:
    x = np.linspace(-40, 40, 801)[:, np.newaxis]
    clipped = soft_clip(x, 3.0)
    assert (np.diff(clipped[:, 0]) > 0).all() and np.abs(clipped).max() < 3
    assert np.isnan(soft_clip(np.array([np.nan]), 3.0)).all()


def test_the_limit_is_what_the_page_says() -> None:
    said = EncodingSpec.model_fields["scaling"].description
    assert said is not None and f"drawn in to at most {CLIP_LIMIT:g}," in said
