"""Which release made a run, as reports and packages say it."""

from __future__ import annotations

import dnn_core
from dnn_core.runs.versions import release, versions


def test_a_run_names_the_release_that_made_it() -> None:
    assert release(versions()) == f"DNN Workbench {dnn_core.__version__}"


def test_a_run_of_an_early_release_names_the_program_alone() -> None:
    assert release({"python": "3.11.7"}) == "DNN Workbench"
