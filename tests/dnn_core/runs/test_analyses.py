from __future__ import annotations

import pytest

from dnn_core.errors import UserError
from dnn_core.runs.analyses import Appraisals, Stage
from dnn_core.runs.analysis_result import Found
from dnn_core.specs import AppraisalSpec


@pytest.fixture
def kept(tmp_path) -> Appraisals:
    return Appraisals(tmp_path / "appraisals")


def test_before_anybody_asked(kept):
    assert kept.progress is None and not kept.active
    assert kept.version == 0 and kept.read("resampling") is None


def test_asked_under_way_and_ended(kept):
    kept.ask(AppraisalSpec(folds=3))
    assert kept.active and kept.progress.asked.folds == 3
    kept.update(stage=Stage.RUNNING, share=0.5, title="Training")
    assert kept.progress.share == 0.5
    kept.keep("resampling", Found({"rows": 1}))
    assert kept.read("resampling").facts == {"rows": 1}
    kept.end(Stage.FINISHED)
    assert not kept.active and kept.progress.ended_at is not None


def test_what_is_found_changes_the_version_and_progress_does_not(kept):
    kept.ask(AppraisalSpec())
    assert kept.version == 0
    kept.keep("resampling", Found())
    first = kept.version
    kept.update(share=0.9)
    assert kept.version == first > 0


def test_one_at_a_time(kept):
    kept.ask(AppraisalSpec())
    with pytest.raises(UserError, match="already"):
        kept.ask(AppraisalSpec())


def test_a_new_request_takes_back_the_old_wish_to_stop(kept):
    kept.ask(AppraisalSpec())
    kept.request_stop()
    assert kept.stop_requested
    kept.end(Stage.STOPPED)
    kept.ask(AppraisalSpec())
    assert not kept.stop_requested
