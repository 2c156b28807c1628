"""The contract that every check keeps; silence on data without a leak, and on the samples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnn_core.audit import CHECKS, Audit, Severity, audit, looked_at
from dnn_core.audit.finding import Finding
from dnn_core.data.dataset import Level
from dnn_core.data.samples import list_samples, read_sample
from dnn_core.specs import Kind, SplitMethod, SplitSpec, Task

PAGES = {"variables", "data"}
PREDICTORS = 40


def leaky(survey) -> tuple:
    """Data with every leak there is, one variable for each."""
    rng = np.random.default_rng(0)
    rows = 2000
    wave = np.tile([2002, 2006, 2010, 2014], rows // 4)
    voted = np.where(rng.random(rows) < 0.2 + 0.15 * (wave - 2002) / 4, "yes", "no")
    noisy = np.where(rng.random(rows) < 0.02, rng.permutation(voted), voted)
    wait = np.where(voted == "yes", rng.integers(0, 30, rows), np.nan)
    columns = {
        "voted": voted,
        "voted_code": (voted == "yes").astype(int),
        "thanked": noisy,
        "wait": wait,
        "turnout_report": rng.normal(size=rows),
        "person_id": np.arange(rows) % 1500,
        "year": wave,
        "town": np.arange(rows) // 20,
    }
    frame = survey(rows=rows, **columns).frame
    frame.iloc[1800:] = frame.iloc[:200].to_numpy()
    data = survey(rows=rows, **dict(frame))
    features = ("age", "hours", "voted_code", "thanked", "wait", "turnout_report")
    task = Task(
        target="voted", features=features, cluster="town", measured_after=("turnout_report",)
    )
    return data, task


@pytest.fixture
def findings(survey) -> tuple[Finding, ...]:
    data, task = leaky(survey)
    return audit(data, task, SplitSpec(method=SplitMethod.RANDOM), 0).findings


def test_codes_of_checks_are_unique() -> None:
    codes = [check.code for check in CHECKS]
    assert len(set(codes)) == len(codes)


def test_every_file_of_a_check_is_registered() -> None:
    folder = Path(audit.__code__.co_filename).parent
    files = {path.stem for path in folder.glob("*.py") if "\nCHECK = " in path.read_text("utf-8")}
    assert files == {check.findings_of.__module__.rpartition(".")[2] for check in CHECKS}
    assert files == {check.code for check in CHECKS}


def test_each_planted_leak_is_found_and_nothing_else(findings) -> None:
    assert {finding.key for finding in findings} == {
        ("duplicates_across_parts", ""),
        ("torn_clusters", "town"),
        ("same_id", "person_id"),
        ("after_outcome", "turnout_report"),
        ("recodes_outcome", "voted_code"),
        ("predicts_alone", "thanked"),
        ("missing_tells", "wait"),
        ("time_backwards", "year"),
    }
    assert {finding.code for finding in findings} == {check.code for check in CHECKS}


def test_every_finding_is_a_sentence_with_its_figure_and_part(findings) -> None:
    for finding in findings:
        assert finding.title.endswith(".") and finding.reason.endswith("."), finding
        assert finding.title[0] in "“TCBRW" and finding.reason.lstrip("“")[0].isalpha(), finding
        assert finding.figure and finding.figure_note and finding.measured, finding
        assert any(part in finding.measured for part in ("training", "validation", "test")), finding
        assert finding.numbers and all(type(v) in (int, float) for v in finding.numbers.values())
        assert finding.try_text and not finding.try_text.endswith("."), finding
        assert finding.try_page in PAGES
        assert Finding.from_dict(finding.to_dict()) == finding


def test_worst_comes_first_and_nothing_comes_twice(findings) -> None:
    assert [f.severity.rank for f in findings] == sorted(f.severity.rank for f in findings)
    assert {f.severity for f in findings} == {Severity.PROBLEM, Severity.WATCH}
    assert len({finding.key for finding in findings}) == len(findings)


def test_of_one_predictor_the_most_specific_finding_is_told(survey) -> None:
    # It is the outcome, it is marked, and it is missing where the outcome is “no”.
    voted = survey().frame["voted"]
    data = survey(
        again=np.where(voted == "yes", 1.0, 0.0), half=np.where(voted == "yes", 1, np.nan)
    )
    split = SplitSpec(method=SplitMethod.RANDOM)
    task = Task(target="voted", features=("again", "half", "age"))
    findings = audit(data, task, split, 0).findings
    assert [f.key for f in findings] == [("recodes_outcome", "again"), ("missing_tells", "half")]
    marked = audit(data, task.but(measured_after=("again",)), split, 0).findings
    assert marked[0].key == ("after_outcome", "again")
    assert len(marked) == 2


def test_a_check_that_does_not_apply_says_why(survey) -> None:
    task = Task(target="voted", features=("age",))
    silent = audit(survey(), task, SplitSpec(), 0).not_applicable
    assert {code for code, _ in silent} == {
        "after_outcome",
        "missing_tells",
        "same_id",
        "time_backwards",
        "torn_clusters",
    }
    assert all(reason[0].isupper() and reason.endswith(".") for _, reason in silent)


def test_silence_claims_no_more_than_was_asked(survey, images) -> None:
    audited = audit(survey(), Task(target="voted", features=("age",)), SplitSpec(), 0)
    assert {*audited.asked, *dict(audited.not_applicable)} == {check.code for check in CHECKS}
    assert audited.silence == "3 of 8 checks apply to these data; none found a problem."
    # On pixels nothing can be looked for.
    audited = audit(images, Task(target="digit", features=("image",)), SplitSpec(), 0)
    assert (audited.findings, audited.asked) == ((), ())
    assert audited.silence.endswith("so none was run.")
    assert Audit.from_dict(json.loads(json.dumps(audited.to_dict()))) == audited


# No false alarm ---------------------------------------------------------------------


def without_leak(seed: int) -> pd.DataFrame:
    """Forty predictors, numbers and categories, with missing answers that hang together
    with them; three outcomes, of which the predictors tell a good deal."""
    rng = np.random.default_rng(seed)
    rows = int(rng.choice([200, 500, 2000]))
    trait = rng.normal(size=(rows, 5))
    columns: dict[str, np.ndarray] = {}
    for n in range(PREDICTORS):
        value = trait[:, n % 5] + rng.normal(0, rng.uniform(0.3, 2), rows)
        if n % 4 == 1:
            value = np.digitize(value, np.sort(rng.normal(size=4))).astype(float)
        elif n % 4 == 2:
            value = np.digitize(value, [0.5]).astype(float)
        missing = rng.random(rows) < rng.uniform(0, 0.3) * (1 + (trait[:, 0] > 0))
        values = np.where(missing, np.nan, value)
        columns[f"x{n}"] = values
        if n % 4 == 3:
            names = np.array(list("abcdefgh"))[np.digitize(value, [-2, -1, -0.5, 0, 0.5, 1, 2])]
            columns[f"x{n}"] = pd.Series(names).mask(missing)
    signal = trait[:, :3].sum(axis=1) + rng.normal(0, 1, rows)
    return pd.DataFrame(columns).assign(
        quantity=signal,
        two=np.where(signal > rng.normal(), "yes", "no"),
        four=np.array(list("abcd"))[np.digitize(signal, [-1.5, 0, 1.5])],
        born=rng.integers(1930, 2003, rows),
        year=rng.choice([2019, 2020, 2021], rows),
    )


@pytest.mark.parametrize("target", ["two", "four", "quantity"])
def test_forty_predictors_without_a_leak_raise_no_alarm(dataset, target) -> None:
    result = []
    for seed in range(10):
        data = dataset(**without_leak(seed))
        features = tuple(n for n in data.names if n not in ("two", "four", "quantity", "year"))
        kind = Kind.REGRESSION if target == "quantity" else None
        task = Task(target=target, features=features, kind=kind)
        result += audit(data, task, SplitSpec(), 5 * (seed % 2)).findings
    assert result == []


@pytest.mark.parametrize("sample", list_samples(), ids=lambda sample: sample.name)
@pytest.mark.parametrize("folds", [0, 10])
def test_samples_used_as_suggested_have_no_leak(sample, folds) -> None:
    data, task = read_sample(sample.name), _task(sample)
    assert audit(data, task, SplitSpec(), folds).findings == ()


@pytest.mark.parametrize(
    ("method", "torn"),
    [(None, []), (SplitMethod.GROUPED, []), (SplitMethod.STRATIFIED, [("torn_clusters", "psu")])],
)
def test_the_planted_leak_of_the_sample_is_found_and_no_other(method, torn) -> None:
    sample = list_samples()[0]
    (leak,) = sample.measured_after_outcome
    data, task = read_sample(sample.name), _task(sample)
    # All that can be a predictor, the number of the wave as well.
    task = task.but(features=(*task.features, "wave", leak))
    finding, *others = audit(data, task, SplitSpec(method=method), 0).findings
    assert [other.key for other in others] == torn
    assert finding.key == ("missing_tells", "polling_place_wait")
    assert finding.severity is Severity.PROBLEM
    # 2 % of those who voted do not know, and 2 % of the others left the queue.
    assert finding.numbers["value"] == pytest.approx(0.98, abs=0.01)


def _task(sample) -> Task:
    return Task(
        target=sample.target,
        features=sample.features,
        kind=sample.kind,
        weight=sample.weight,
        cluster=sample.cluster,
    )


def _with(result, name, **changes):
    """The data with one variable edited."""
    edited = result.variable(name).model_copy(update=changes)
    return result.with_variables(tuple(edited if v.name == name else v for v in result.variables))


@pytest.mark.parametrize(
    ("name", "changes", "read"),
    [
        ("age", {"label": "Age in years"}, False),
        ("age", {"question": "How old are you?"}, False),
        ("region", {"value_labels": {"north": "The north"}}, False),
        ("school", {"level": Level.NOMINAL}, True),
        ("age", {"missing_codes": ("90",)}, True),
        # Findings name the categories of the outcome.
        ("voted", {"value_labels": {"yes": "Voted"}}, True),
    ],
)
def test_an_edit_that_is_not_read_changes_no_finding(survey, name, changes, read):
    data = survey()
    gaps = np.where(data.frame["voted"] == "yes", np.nan, data.frame["hours"])
    data = survey(hours=gaps)
    edited = _with(data, name, **changes)
    same = looked_at(edited, "voted") == looked_at(data, "voted")
    assert same is not read
    if same:
        features = tuple(n for n in data.names if n != "voted")
        task = Task(target="voted", features=features)
        findings = audit(data, task, SplitSpec(), 0).findings
        assert findings
        assert audit(edited, task, SplitSpec(), 0).findings == findings
