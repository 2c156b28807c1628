from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.generalisation import difference, findings_of
from dnn_core.evaluation.inference.intervals import Estimate
from dnn_core.runs.records import State

LEARNT = {("majority", "training"): (0.30, 0.28, 0.32)}


def _scores(training: float, validation: float, half: float = 0.01) -> dict:
    return {
        ("network", "training"): (training, training - half, training + half),
        ("network", "validation"): (validation, validation - half, validation + half),
    }


def test_praises_a_gap_that_is_small_for_certain(make_run):
    (finding,) = findings_of(make_run(scores=_scores(0.80, 0.79), gains=LEARNT))
    assert finding.severity is Severity.GOOD
    # Half width of the difference: sqrt(2) * 0.01 = 0.014.
    assert (finding.figure, finding.figure_note) == ("+0.010", "−0.004 to 0.024")
    assert finding.measured == "difference in AUC, training less validation"


def test_watches_a_gap_that_is_large_for_certain(make_run):
    (finding,) = findings_of(make_run(scores=_scores(0.95, 0.75)))
    assert (finding.code, finding.severity) == ("training_gap", Severity.WATCH)


def test_silent_where_the_interval_leaves_it_open(make_run):
    assert findings_of(make_run(scores=_scores(0.80, 0.76, half=0.03), gains=LEARNT)) == ()


def test_does_not_praise_a_run_that_over_fits(make_run):
    falling = [0.7 - 0.02 * epoch for epoch in range(20)]
    turning = falling[:10] + [0.52 + 0.004 * n for n in range(1, 11)]
    assert (
        findings_of(
            make_run(loss=falling, val_loss=turning, scores=_scores(0.80, 0.79), gains=LEARNT)
        )
        == ()
    )


def test_praises_a_short_run_as_well(make_run):
    run = make_run(loss=[0.5] * 3, val_loss=[0.5] * 3, scores=_scores(0.80, 0.79), gains=LEARNT)
    assert findings_of(run)[0].code == "generalises"


@pytest.mark.parametrize(
    "arguments",
    [
        {"scores": {}},
        {"state": State.FAILED},
        {
            "scores": _scores(0.50, 0.50),
            "gains": {("majority", "training"): (0.0, -0.01, 0.01)},
        },
    ],
    ids=["not computed", "no network", "nothing learnt"],
)
def test_does_not_apply(make_run, arguments):
    with pytest.raises(NotApplicable):
        findings_of(make_run(**arguments))


def test_difference_takes_the_ends_that_face_each_other():
    # By hand: below = hypot(0.03, 0.04) = 0.05, above = hypot(0.12, 0.05) = 0.13.
    result = difference(Estimate(0.8, 0.77, 0.92), Estimate(0.6, 0.55, 0.64))
    assert (result.value, result.low, result.high) == pytest.approx((0.2, 0.15, 0.33))


@pytest.mark.parametrize(
    ("gap", "codes"),
    [
        # Sure to the last digit: at 0.05 it is no larger than that.
        (0.049, ["generalises"]),
        (0.05, ["generalises"]),
        (0.051, ["training_gap"]),
    ],
)
def test_half_a_band_is_a_small_gap(make_run, gap, codes):
    scores = {("network", "training"): (gap,) * 3, ("network", "validation"): (0.0,) * 3}
    found = findings_of(make_run(scores=scores, gains=LEARNT))
    assert [finding.code for finding in found] == codes


@pytest.mark.parametrize("half", [0.02, 0.03])
def test_silent_where_the_gap_may_be_a_little_larger(make_run, half):
    # 0.04 and 1.4 times 0.02 or 0.03: up to 0.07 or 0.08, from 0.01 or 0.00.
    assert findings_of(make_run(scores=_scores(0.80, 0.76, half=half), gains=LEARNT)) == ()
