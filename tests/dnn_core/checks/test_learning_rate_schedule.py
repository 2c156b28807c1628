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


@pytest.mark.parametrize(("patience", "applies"), [(18, True), (19, False)])
def test_a_plateau_takes_an_epoch_more_than_the_patience(make_run, patience, applies):
    # Of 20 epochs the first is the best so far: 19 can be without improvement.
    training = {**PLATEAU, "plateau_patience": patience, "early_stopping": False}
    run = make_run(training=training)
    if applies:
        assert findings_of(run)[0].numbers == {"reductions": 0, "epochs": 20}
    else:
        with pytest.raises(NotApplicable, match="within the plateau patience"):
            findings_of(run)


def test_without_early_stopping_its_patience_does_not_matter(make_run):
    training = {**PLATEAU, "plateau_patience": 12, "patience": 3, "early_stopping": False}
    assert len(findings_of(make_run(training=training))) == 1


def test_the_least_reduction_there_is_counts_and_rounding_does_not(make_run, write_run, tmp_path):
    reduced = [1e-6] * 15 + [0.99e-6] * 5
    assert findings_of(make_run(training=PLATEAU, learning_rate=reduced)) == ()
    rounded = [1e-3] * 15 + [1e-3 * (1 - 2e-16)] * 5
    run = write_run(tmp_path / "rounded", training=PLATEAU, learning_rate=rounded)
    assert len(findings_of(run)) == 1
