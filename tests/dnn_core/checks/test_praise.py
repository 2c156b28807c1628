"""What praises rests on evidence: few cases, and rows that are no new cases, give none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from dnn_core.audit.finding import Finding, NotApplicable
from dnn_core.checks import Severity, gain_over_baselines, lead_sentence, other_rows, run_checks
from dnn_core.checks import generalisation as generalisation_check
from dnn_core.evaluation.inference.intervals import NETWORK, resample
from dnn_core.specs import Answer, Kind
from tests.dnn_core.checks.conftest import scores_by_fold

REDUCED = 60

TORN = Finding(
    code="torn_clusters",
    severity=Severity.PROBLEM,
    title="Rows of the same “town” are in training and in evaluation.",
    reason="They do.",
    figure="100%",
    figure_note="400 of 400 rows",
    measured="rows whose cluster is learned from, test",
    try_text="choose the method “Grouped by town”",
    try_page="variables",
    numbers={"shared": 400, "evaluated": 400},
    variable="town",
)
MEANT = Answer(code="torn_clusters", variable="town", reason="There are no other towns")

BETTER = {
    "scores": {
        ("network", "training"): (0.80, 0.79, 0.81),
        ("network", "validation"): (0.80, 0.79, 0.81),
    },
    "gains": {
        ("majority", "training"): (0.30, 0.28, 0.32),
        ("majority", "validation"): (0.30, 0.28, 0.32),
        ("majority", "validation", "log_loss"): (-0.2, -0.3, -0.1),
        ("logistic", "validation"): (0.05, 0.03, 0.07),
    },
}


def _simulated(seed: int, learnt: float, true: float) -> dict:
    """A run on few cases with separation `learnt` in training and `true` on other cases."""
    random = np.random.default_rng(seed)
    scores: dict[tuple[str, str], tuple[float, float, float]] = {}
    gains: dict[tuple[str, str], tuple[float, float, float]] = {}
    for part, apart in (("training", learnt), ("validation", true)):
        y = (random.random(REDUCED) < 0.4).astype("int32")
        linear = random.normal(size=REDUCED) + apart * (y - 0.4)
        probability = {
            NETWORK: expit(linear),
            "majority": np.full(REDUCED, 0.4),
            "logistic": expit(linear + random.normal(0, 0.5, REDUCED)),
        }
        both = {name: np.column_stack([1 - p, p]) for name, p in probability.items()}
        resampled = resample(Kind.BINARY, y, both, training_mean=None, resamples=300, seed=seed)
        for table, kept in ((resampled.metrics(0.95), scores), (resampled.gains(0.95), gains)):
            for row in table[table["metric"] == "auc"].itertuples():
                kept[row.model, part] = (row.value, row.low, row.high)
    observed = np.where(y == 1, "Yes", "No")
    cases = {"training": REDUCED, "validation": REDUCED, "test": REDUCED}
    return {
        "scores": scores,
        "gains": gains,
        "observed": observed,
        "predicted": probability[NETWORK],
        "cases": cases,
        "parameters": 9601,
        "network": {"hidden": [{"units": 128}], "ridge": 3},
    }


@pytest.mark.simulation
@pytest.mark.parametrize(
    ("learnt", "true"),
    # It has memorised its cases; it has learned something, of which half generalises.
    [(3.0, 0.0), (1.5, 0.7)],
    ids=["knows nothing", "knows half"],
)
def test_of_sixty_cases_nothing_is_praised_that_should_not_be(write_run, tmp_path, learnt, true):
    praised = []
    for seed in range(12):
        run = write_run(tmp_path / str(seed), **_simulated(seed, learnt, true))
        findings, _ = run_checks(run)
        praised += [finding.code for finding in findings if finding.severity is Severity.GOOD]
        if true == 0:
            assert "better than every simpler model" not in lead_sentence(run, findings)
    assert praised == []


@pytest.mark.parametrize("answers", [(), (MEANT,)], ids=["not answered", "meant"])
def test_rows_of_the_same_clusters_praise_nothing(make_run, write_run, tmp_path, answers):
    whole = write_run(tmp_path / "whole", **BETTER)
    findings, _ = run_checks(whole)
    assert {f.code for f in findings if f.severity is Severity.GOOD} == {"gain", "generalises"}
    assert "and better than every simpler model" in lead_sentence(whole, findings)

    beats = scores_by_fold(lambda fold: [0.75 + 0.001 * fold], lambda fold: 0.7)
    assert other_rows.findings_of(write_run(tmp_path / "firm", resampling=beats))[
        0
    ].title.startswith("It beats")

    run = make_run(**BETTER, audit=(TORN,), answers=answers, resampling=beats)
    findings, silent = run_checks(run)
    assert [f.code for f in findings if f.severity is Severity.GOOD] == []
    why = dict(silent)
    for check in (gain_over_baselines, generalisation_check, other_rows):
        assert "share clusters" in why[check.CHECK.code]
        with pytest.raises(NotApplicable):
            check.findings_of(run)
    assert findings[0].code == "torn_clusters"
    sentence = lead_sentence(run, findings)
    assert "training and evaluation rows share clusters, so this may be too good" in sentence
    assert "better than" not in sentence
