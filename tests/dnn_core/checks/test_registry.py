"""The contract that every check keeps, over runs that make each of them speak."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dnn_core.checks import CHECKS, Check, Finding, NotApplicable, Severity, run_checks
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.specs import Answer, Kind
from tests.dnn_core.checks.conftest import scores_by_fold

FALLING = [1 - 0.02 * epoch for epoch in range(20)]
TURNING = FALLING[:10] + [0.85 + 0.005 * n for n in range(10)]
PAGES = {None, "network", "variables", "data", "train", "diagnose", "runs", "tune"}
NAN = float("nan")

LEAK = Finding(
    code="predicts_alone",
    severity=Severity.PROBLEM,
    title="“age” alone predicts “vote” nearly perfectly.",
    reason="A genuine predictor rarely does.",
    figure="0.991",
    figure_note="of at most 1, 1,000 cases",
    measured="AUC of it alone, training",
    try_text="leave it out, unless it is known when you predict",
    try_page="variables",
    numbers={"value": 0.991},
    variable="age",
)

SCENARIOS = {
    "leaks": {
        "audit": (LEAK, replace(LEAK, variable="educ")),
        "answers": (Answer(code="predicts_alone", variable="educ", reason="Known before"),),
    },
    "diverged": {"loss": [0.5, NAN], "val_loss": [0.5, NAN], "state": State.FAILED},
    "exploded": {"loss": [0.5, 5.0], "val_loss": [0.5, 5.0]},
    "constant": {
        "kind": Kind.REGRESSION,
        "observed": [1.0, 2.0],
        "predicted": [1.5, 1.5],
        "scores": {("network", "training"): (0.0, -0.01, 0.01)},
        "gains": {("mean", "training"): (0.0, -0.01, 0.01)},
    },
    "one category": {"observed": ["Yes", "No"], "predicted": [0.6, 0.9]},
    "rare and off": {
        "training_counts": {"No": 200, "Yes": 800},
        "observed": ["No"] * 78 + ["Yes"] * 300,
        "predicted": [0.2] * 32 + [0.8] * 46 + [0.6] * 300,
    },
    "weights of a few": {
        "task": {"weight": "w"},
        "observed": ["Yes", "No"] * 10,
        "predicted": [0.7, 0.4] * 10,
        "weight": [9.0] * 2 + [0.1] * 18,
    },
    "over-fitting": {
        "parameters": 4000,
        "network": {"hidden": [{"units": 64}]},
        "loss": FALLING,
        "val_loss": TURNING,
        "scores": {
            ("network", "training"): (0.95, 0.94, 0.96),
            ("network", "validation"): (0.75, 0.70, 0.80),
        },
        "gains": {("logistic", "validation"): (-0.1, -0.2, -0.05)},
    },
    "still falling, oddly set": {
        "loss": FALLING,
        "val_loss": FALLING,
        "parameters": 50_000,
        "network": {"hidden": [{"units": 64, "dropout": 0.2, "l2": 0.01}]},
        "training": {"schedule": "plateau", "plateau_patience": 5},
        "gains": {
            ("majority", "training"): (0.3, 0.2, 0.4),
            ("logistic", "training"): (-0.1, -0.2, -0.05),
            ("logistic", "validation"): (0.01, -0.1, 0.12),
        },
    },
    "seeds that disagree, and too few cases": {
        "resampling": scores_by_fold(
            lambda fold: [0.69, 0.71], lambda fold: 0.7, lambda fold: 0.6 + 0.001 * fold
        ),
    },
    "good": {
        "scores": {
            ("network", "training"): (0.80, 0.79, 0.81),
            ("network", "validation"): (0.80, 0.79, 0.81),
        },
        "gains": {
            ("majority", "training"): (0.30, 0.28, 0.32),
            ("logistic", "validation"): (0.05, 0.03, 0.07),
        },
        "observed": ["Yes"] * 180 + ["No"] * 20 + ["Yes"] * 20 + ["No"] * 180,
        "predicted": [0.9] * 200 + [0.1] * 200,
    },
}


@pytest.fixture(params=SCENARIOS)
def run(request, make_run) -> Run:
    return make_run(**SCENARIOS[request.param])


def test_codes_of_checks_are_unique():
    codes = [check.code for check in CHECKS]
    assert len(set(codes)) == len(codes)


def test_every_file_of_a_check_is_registered():
    folder = Path(run_checks.__code__.co_filename).parent
    files = {path.stem for path in folder.glob("*.py") if "\nCHECK = " in path.read_text("utf-8")}
    assert files == {check.findings_of.__module__.rpartition(".")[2] for check in CHECKS}


def test_every_finding_is_a_sentence_with_its_figure_and_part(run):
    findings, _ = run_checks(run)
    assert findings
    for finding in findings:
        assert finding.title.endswith(".") and finding.reason.endswith("."), finding
        assert finding.title[0].isupper() or finding.title[0] == "“", finding
        assert finding.reason[0].isupper(), finding
        assert finding.figure and finding.figure_note and finding.measured, finding
        assert any(part in finding.measured for part in ("training", "validation", "test")), finding
        assert finding.numbers and all(type(v) in (int, float) for v in finding.numbers.values())
        assert finding.try_page in PAGES
        assert not finding.try_text.endswith(".") and not finding.try_text[:1].isupper()
        assert bool(finding.try_text) == (finding.try_page is not None), finding
        grave = finding.severity in (Severity.PROBLEM, Severity.WATCH)
        assert bool(finding.try_text) == grave, finding


def test_worst_comes_first_and_nothing_comes_twice(run):
    findings, _ = run_checks(run)
    assert [f.severity.rank for f in findings] == sorted(f.severity.rank for f in findings)
    assert len({finding.key for finding in findings}) == len(findings)


def test_a_check_that_does_not_apply_says_why(run):
    _, not_applicable = run_checks(run)
    for code, reason in not_applicable:
        assert code in {check.code for check in CHECKS}
        assert reason.endswith(".") and reason[0].isupper()


def test_every_check_speaks_somewhere(write_run, tmp_path):
    runs = [write_run(tmp_path / f"{n}", **s) for n, s in enumerate(SCENARIOS.values())]
    silent = [check.code for check in CHECKS if not any(_speaks(check, run) for run in runs)]
    assert silent == []


def _speaks(check: Check, run: Run) -> bool:
    try:
        return bool(check.findings_of(run))
    except NotApplicable:
        return False


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_nothing_is_judged_before_training_has_ended(make_run, state):
    findings, not_applicable = run_checks(make_run(state=state))
    assert findings == []
    assert [code for code, _ in not_applicable] == [check.code for check in CHECKS]


@pytest.mark.parametrize("state", [State.FAILED, State.INTERRUPTED])
def test_a_run_without_anything_is_judged_in_peace(make_run, state):
    findings, not_applicable = run_checks(
        make_run(state=state, loss=[], val_loss=[], training={"epochs": 5})
    )
    assert findings == []
    assert len(not_applicable) == len(CHECKS)
