"""Persons in several parts, and splits that keep them together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import NotApplicable
from dnn_core.audit.same_id import CHECK
from dnn_core.data.dataset import Level
from dnn_core.specs import Part, SplitMethod, SplitSpec, Task

FEATURES = ("age", "school")
GROUPED = SplitSpec(method=SplitMethod.GROUPED)
IN_TIME = SplitSpec(method=SplitMethod.TIME, by="wave")
PERSON = np.arange(1000) % 600
"""Persons 0 to 399 have two rows each, the others one."""
WAVE = np.repeat([2002, 2005, 2008, 2011], 250)


@pytest.mark.parametrize("split", [SplitSpec(), IN_TIME])
def test_a_person_in_several_parts_is_found(survey, findings_of, split) -> None:
    data = survey(person_id=PERSON, wave=WAVE)
    (finding,) = findings_of(CHECK, data, features=FEATURES, split=split, folds=0)
    assert (finding.code, finding.variable) == ("same_id", "person_id")
    assert 0 < finding.numbers["shared"] <= 400
    assert finding.numbers["known"] == 600


def test_the_figure_is_counted_by_hand(dataset, findings_of) -> None:
    # Test are the rows of 2011: persons 0, 1 and 2, of whom 0 and 1 have an earlier row.
    wave = np.r_[np.repeat(2008, 57), np.repeat(2011, 3)]
    person = np.r_[np.arange(100, 155), 0, 1, 0, 1, 2]
    data = dataset(
        voted=np.arange(60) % 2, age=np.arange(60.0), person_id=person.astype(float), wave=wave
    )
    split = SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("2011",))
    (finding,) = findings_of(CHECK, data, features=("age",), split=split, folds=3)
    assert (finding.figure, finding.figure_note) == ("2", "of 58")


def test_a_variable_of_the_level_identifier_needs_no_telling_name(survey, findings_of) -> None:
    data = survey(who=PERSON)
    with pytest.raises(NotApplicable):
        findings_of(CHECK, data, features=FEATURES)
    variables = tuple(
        v.model_copy(update={"level": Level.IDENTIFIER}) if v.name == "who" else v
        for v in data.variables
    )
    (finding,) = findings_of(CHECK, data.with_variables(variables), features=FEATURES)
    assert finding.variable == "who"


def test_a_split_that_keeps_persons_together_is_in_order(survey, findings_of) -> None:
    data = survey(person_id=PERSON, household=PERSON % 200, town=np.arange(1000) % 7)
    # Persons of one household move with it.
    assert findings_of(CHECK, data, features=FEATURES, split=GROUPED, cluster="household") == ()
    by_id = SplitSpec(
        method=SplitMethod.COLUMN, by="person_id", test_values=tuple(map(str, range(99)))
    )
    assert findings_of(CHECK, data, features=FEATURES, split=by_id, folds=3) == ()
    # Rows of one person are in two towns.
    (finding,) = findings_of(CHECK, data, features=FEATURES, split=GROUPED, cluster="town")
    assert finding.try_text.startswith("give it the role Cluster")


def test_people_who_are_kept_together_over_time_are_in_order(survey, findings_of) -> None:
    person = np.arange(1000) % 250
    data = survey(person_id=person, household=person % 50, wave=WAVE)
    panel = SplitSpec(method=SplitMethod.PANEL, by="wave")
    assert findings_of(CHECK, data, features=FEATURES, split=panel, cluster="household") == ()


def test_strata_are_in_every_part_on_purpose(survey, findings_of) -> None:
    data = survey(stratum_no=np.arange(1000) // 20)
    (finding,) = findings_of(CHECK, data, features=FEATURES)
    assert finding.variable == "stratum_no"
    with pytest.raises(NotApplicable):
        findings_of(CHECK, data, features=FEATURES, strata="stratum_no")


def test_a_declared_cluster_is_told_by_its_own_check(survey, findings_of) -> None:
    data = survey(person_id=PERSON)
    with pytest.raises(NotApplicable, match="identifies rows or persons"):
        findings_of(CHECK, data, features=FEATURES, cluster="person_id")


@pytest.mark.parametrize(
    "values",
    [
        np.arange(1000),
        # A single slip of the pen: 1.001 rows a value.
        np.r_[np.arange(999), 998],
    ],
)
def test_ids_that_do_not_repeat_are_no_finding(survey, findings_of, values) -> None:
    assert findings_of(CHECK, survey(id=values), features=FEATURES) == ()


@pytest.mark.parametrize("values", [np.arange(1000) % 10, np.full(1000, np.nan)])
def test_categories_with_a_telling_name_were_not_looked_at(survey, findings_of, values) -> None:
    # 100 rows a value, or no value at all: nothing was searched, so nothing is in order.
    with pytest.raises(NotApplicable, match="identifies rows or persons"):
        findings_of(CHECK, survey(id=values), features=FEATURES)


def test_of_predictors_only_a_plain_id_is_one(survey, findings_of) -> None:
    (finding,) = findings_of(CHECK, survey(person_id=PERSON), features=("age", "person_id"))
    assert finding.variable == "person_id"
    for name in ("poverty_index", "paid", "number", "covid", "PID"):
        with pytest.raises(NotApplicable):
            findings_of(CHECK, survey(**{name: PERSON}), features=("age", name))


def test_a_published_test_part_stays_as_it_is(survey, findings_of) -> None:
    data = replace(survey(person_id=PERSON), official_test=np.arange(800, 1000))
    with pytest.raises(NotApplicable, match="published"):
        findings_of(CHECK, data, features=FEATURES, split=SplitSpec(method=SplitMethod.OFFICIAL))


def _parts(dataset, ids, sizes=(60, 20, 20), folds: int = 0, **columns):
    """Evidence of three parts with these ids, one after the other."""
    rows = len(ids)
    data = dataset(voted=np.arange(rows) % 2, age=np.arange(float(rows)), person_id=ids, **columns)
    ends = np.cumsum(sizes)
    training, validation, test = np.split(np.arange(rows), ends[:-1])
    parts = {Part.TRAINING: training, Part.VALIDATION: validation, Part.TEST: test}
    task = Task(target="voted", features=("age",))
    return Evidence(data, task, SplitSpec(), parts, folds)


def _counts(evidence) -> list[dict]:
    return [finding.numbers for finding in CHECK.findings_of(evidence)]


@pytest.mark.parametrize(
    ("repeated", "fires"),
    [
        # Less than one row in a hundred more than there are values is a slip of the pen.
        (0, False),
        (1, False),
        (2, True),
        (5, True),
    ],
)
def test_a_repeated_id_is_more_than_a_slip(dataset, repeated, fires) -> None:
    # 200 rows; the last ones repeat the first.
    ids = np.r_[np.arange(200 - repeated), np.arange(repeated)]
    found = _counts(_parts(dataset, ids, (120, 40, 40)))
    assert found == [{"shared": repeated, "known": 200 - repeated}] * fires


def test_one_in_a_hundred_exactly_is_no_slip(dataset) -> None:
    ids = np.r_[np.arange(100), 0]
    assert _counts(_parts(dataset, ids, (61, 20, 20))) == [{"shared": 1, "known": 100}]


@pytest.mark.parametrize(("values", "applies"), [(4, True), (3, False)])
def test_fifty_rows_a_value_may_be_an_id(dataset, values, applies) -> None:
    evidence = _parts(dataset, np.arange(200) % values, (120, 40, 40))
    if applies:
        assert _counts(evidence) == [{"shared": 4, "known": 4}]
    else:
        with pytest.raises(NotApplicable, match="identifies rows or persons"):
            CHECK.findings_of(evidence)


@pytest.mark.parametrize("folds", [0, 5])
def test_an_id_counts_once_however_many_parts_and_rows_it_has(dataset, folds) -> None:
    # 0 is in all parts, 1 in two, 2 twice in one, 3 in validation and test.
    ids = np.arange(100, 200)
    ids[[0, 60, 80]] = 0
    ids[[1, 2, 81]] = 1
    ids[[3, 4]] = 2
    ids[[61, 82]] = 3
    found = _counts(_parts(dataset, ids, folds=folds))
    # Where networks take turns, the validation part is no part of its own.
    assert found == [{"shared": 3, "known": 94}] if folds == 0 else [{"shared": 2, "known": 77}]


def test_the_first_id_of_the_file_that_is_shared_is_told(dataset) -> None:
    twice = np.r_[np.arange(80), np.arange(20)]
    within = np.r_[np.arange(60) // 2, np.arange(60, 100)]
    data = {"household_id": twice, "respondent_id": twice}
    (finding,) = CHECK.findings_of(_parts(dataset, within, **data))
    assert finding.variable == "household_id"
    assert CHECK.findings_of(_parts(dataset, within)) == ()


def test_a_picture_is_no_id(images) -> None:
    variables = tuple(
        v.model_copy(update={"name": "id"}) if v.level is Level.IMAGE else v
        for v in images.variables
    )
    data = images.with_variables(variables)
    parts = dict(zip(Part, np.split(np.arange(40), [20, 30]), strict=True))
    for features in (("id",), ("digit",)):
        task = Task(target="digit" if features == ("id",) else "id", features=features)
        with pytest.raises(NotApplicable, match="identifies rows or persons"):
            CHECK.findings_of(Evidence(data, task, SplitSpec(), parts, 0))


def test_a_level_or_a_name_makes_an_id(dataset) -> None:
    twice = np.r_[np.arange(80), np.arange(20)]
    evidence = _parts(dataset, twice)
    named = evidence.dataset
    by_name = tuple(v.model_copy(update={"level": Level.INTERVAL}) for v in named.variables)
    other = replace(evidence, dataset=named.with_variables(by_name))
    assert [finding.variable for finding in CHECK.findings_of(other)] == ["person_id"]
