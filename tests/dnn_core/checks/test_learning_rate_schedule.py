from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.learning_rate_schedule import findings_of

PLATEAU = {"schedule": "plateau", "plateau_patience": 5}


def test_fires_where_the_rate_never_fell(make_run):
    (finding,) = findings_of(make_run(training=PLATEAU))
    assert finding.severity is Severity.WATCH
    assert (finding.figure, finding.figure_note) == ("0", "reductions in 20 epochs")


def test_silent_where_it_fell(make_run):
    run = make_run(training=PLATEAU, learning_rate=[1e-3] * 15 + [5e-4] * 5)
    assert findings_of(run) == ()


@pytest.mark.parametrize(
    "training",
    [
        {},
        {**PLATEAU, "plateau_patience": 10, "patience": 10},
        {**PLATEAU, "plateau_patience": 30, "early_stopping": False},
    ],
    ids=["constant", "early stopping first", "too few epochs"],
)
def test_does_not_apply(make_run, training):
    with pytest.raises(NotApplicable):
        findings_of(make_run(training=training))
