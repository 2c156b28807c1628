from __future__ import annotations

import pytest

from dnn_core.errors import UserError
from dnn_core.runs.analyses import Analyses, Stage
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.specs import AnalysisSpec


@pytest.fixture
def kept(tmp_path) -> Analyses:
    return Analyses(tmp_path / "analyses")


def test_before_anybody_asked(kept):
    assert kept.progress is None and not kept.active
    assert kept.version == 0 and kept.read("resampling") is None


def test_asked_under_way_and_ended(kept):
    kept.ask(AnalysisSpec(folds=3))
    assert kept.active and kept.progress.asked.folds == 3
    kept.update(stage=Stage.RUNNING, share=0.5, title="Training")
    assert kept.progress.share == 0.5
    kept.keep("resampling", AnalysisResult({"rows": 1}))
    assert kept.read("resampling").facts == {"rows": 1}
    kept.end(Stage.FINISHED)
    assert not kept.active and kept.progress.ended_at is not None


def test_what_is_found_changes_the_version_and_progress_does_not(kept):
    kept.ask(AnalysisSpec())
    assert kept.version == 0
    kept.keep("resampling", AnalysisResult())
    first = kept.version
    kept.update(share=0.9)
    assert kept.version == first > 0


def test_one_at_a_time(kept):
    kept.ask(AnalysisSpec())
    with pytest.raises(UserError, match="already"):
        kept.ask(AnalysisSpec())


def test_a_new_request_takes_back_the_old_wish_to_stop(kept):
    kept.ask(AnalysisSpec())
    kept.request_stop()
    assert kept.stop_requested
    kept.end(Stage.STOPPED)
    kept.ask(AnalysisSpec())
    assert not kept.stop_requested
