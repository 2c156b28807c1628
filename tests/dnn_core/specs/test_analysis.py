from __future__ import annotations

import pytest

from dnn_core.errors import UserError
from dnn_core.specs import AnalysisSpec


def test_it_survives_json():
    asked = AnalysisSpec(folds=5, rivals=("20260131-120000-a1b2c3",))
    assert AnalysisSpec.model_validate_json(asked.model_dump_json()) == asked


@pytest.mark.parametrize(
    "rival", ["../20260131-120000-a1b2c3", "/etc", "20260131-120000-a1b2c3/..", "", "run 1"]
)
def test_other_networks_are_named_by_ids_and_no_paths(rival):
    with pytest.raises(UserError, match="Other networks"):
        AnalysisSpec.of(rivals=(rival,))
