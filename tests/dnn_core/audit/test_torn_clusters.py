"""Declared clusters with rows both in training and in evaluation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.audit.torn_clusters import CHECK
from dnn_core.specs import Part, SplitMethod, SplitSpec, Task

FEATURES = ("age", "school")
TOWN = np.arange(1000) // 20
WAVE = np.repeat([2002, 2005, 2008, 2011], 250)


@pytest.mark.parametrize("method", [SplitMethod.RANDOM, SplitMethod.STRATIFIED])
@pytest.mark.parametrize("folds", [0, 5])
def test_rows_at_random_in_spite_of_a_cluster_are_a_problem(
    survey, findings_of, method, folds
) -> None:
    data, split = survey(town=TOWN), SplitSpec(method=method)
    (finding,) = findings_of(
        CHECK, data, features=FEATURES, split=split, folds=folds, cluster="town"
    )
    assert (finding.code, finding.severity) == ("torn_clusters", Severity.PROBLEM)
    # Of 20 rows of a town that all 200 test rows are among, hardly ever are all sealed.
    assert (finding.figure, finding.figure_note) == ("100%", "200 of 200 rows")
    assert finding.try_text == "choose the method “Grouped by town”"


@pytest.mark.parametrize("folds", [0, 5])
def test_the_default_keeps_clusters_whole(survey, findings_of, folds) -> None:
    asked = {"features": FEATURES, "split": SplitSpec(), "folds": folds, "cluster": "town"}
    assert findings_of(CHECK, survey(town=TOWN), **asked) == ()


def test_the_share_is_counted_by_hand(dataset, findings_of) -> None:
    # Test are the rows of 2011: of persons 0, 1, 2 and one unnamed, 0 and 1 have earlier rows.
    wave = np.r_[np.repeat(2008, 58), np.repeat(2011, 4)]
    person = np.r_[np.arange(100, 155), 0, 1, np.nan, 0, 1, 2, np.nan]
    data = dataset(voted=np.arange(62) % 2, age=np.arange(62.0), person=person, wave=wave)
    split = SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("2011",))
    (finding,) = findings_of(CHECK, data, features=("age",), split=split, folds=3, cluster="person")
    assert (finding.severity, finding.figure_note) == (Severity.WATCH, "2 of 4 rows")
    in_time = SplitSpec(method=SplitMethod.TIME, by="wave", test=0.05)
    in_time_of_three = replace(data, frame=data.frame.assign(wave=np.r_[2007, wave[1:]]))
    (finding,) = findings_of(
        CHECK, in_time_of_three, features=("age",), split=in_time, folds=2, cluster="person"
    )
    assert "at a later time" in finding.try_text


def test_a_cluster_of_single_rows_cannot_be_torn(survey, findings_of) -> None:
    data = survey(person=np.arange(1000))
    assert findings_of(CHECK, data, features=FEATURES, cluster="person") == ()


def test_people_kept_together_over_time_are_in_order(survey, findings_of) -> None:
    data = survey(person=np.arange(1000) % 250, wave=WAVE)
    panel = SplitSpec(method=SplitMethod.PANEL, by="wave")
    assert findings_of(CHECK, data, features=FEATURES, split=panel, cluster="person") == ()


def test_it_does_not_apply_without_a_cluster_or_to_a_published_part(survey, findings_of) -> None:
    data = survey(town=TOWN)
    with pytest.raises(NotApplicable, match="Cluster"):
        findings_of(CHECK, data, features=FEATURES)
    with pytest.raises(NotApplicable, match="published"):
        findings_of(
            CHECK,
            replace(data, official_test=np.arange(800, 1000)),
            features=FEATURES,
            split=SplitSpec(method=SplitMethod.OFFICIAL),
            cluster="town",
        )


def _by_hand(dataset, torn: dict[str, int], sizes: dict[str, int], folds: int = 0):
    """Evidence of parts whose first rows share a cluster with training, the others none."""
    person = {name: np.arange(size) + 1000 * n for n, (name, size) in enumerate(sizes.items())}
    for name, count in torn.items():
        person[name] = np.r_[person["training"][:count], person[name][count:]]
    data = dataset(
        voted=np.arange(sum(sizes.values())) % 2,
        age=np.arange(float(sum(sizes.values()))),
        person=np.concatenate(list(person.values())),
    )
    ends = np.cumsum(list(sizes.values()))
    parts = dict(zip(map(Part, sizes), np.split(np.arange(ends[-1]), ends[:-1]), strict=True))
    task = Task(target="voted", features=("age",), cluster="person")
    return Evidence(data, task, SplitSpec(method=SplitMethod.RANDOM), parts, folds)


SIZES = {"training": 300, "validation": 100, "test": 200}


@pytest.mark.parametrize(
    ("torn", "folds", "note"),
    [
        ({"test": 2}, 0, "2 of 200 rows"),
        ({"test": 1}, 0, None),
        ({}, 0, None),
        # Where the test part has too few, a validation part of its own.
        ({"test": 1, "validation": 1}, 0, "1 of 100 rows"),
        ({"test": 2, "validation": 50}, 0, "2 of 200 rows"),
        ({"test": 1, "validation": 50}, 5, None),
        ({"test": 2, "validation": 50}, 5, "2 of 200 rows"),
    ],
)
def test_one_row_in_a_hundred_is_worth_saying(dataset, torn, folds, note) -> None:
    found = CHECK.findings_of(_by_hand(dataset, torn, SIZES, folds))
    assert [finding.figure_note for finding in found] == ([] if note is None else [note])


def test_the_reason_says_why_rows_were_assigned_so(survey, findings_of, dataset) -> None:
    (at_random,) = CHECK.findings_of(_by_hand(dataset, {"test": 40}, SIZES))
    assert at_random.reason.startswith("Rows were assigned to parts at random")
    assert (at_random.figure, at_random.numbers) == ("20%", {"shared": 40, "evaluated": 200})
    assert at_random.measured.endswith("test")
    split = SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("2011",))
    data = survey(person=np.arange(1000) % 250, wave=WAVE)
    (on_purpose,) = findings_of(CHECK, data, features=FEATURES, split=split, cluster="person")
    assert on_purpose.reason.startswith("The network is evaluated on clusters that it was trained")


def test_test_rows_of_a_cluster_in_validation_are_torn(dataset) -> None:
    evidence = _by_hand(dataset, {}, SIZES)
    parts = evidence.parts
    person = evidence.dataset.frame["person"].to_numpy().copy()
    person[parts[Part.TEST][:10]] = person[parts[Part.VALIDATION][:10]]
    evidence.dataset.frame["person"] = person
    (finding,) = CHECK.findings_of(evidence)
    assert finding.figure_note == "10 of 200 rows"
