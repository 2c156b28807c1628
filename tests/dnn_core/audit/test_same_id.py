"""Persons in several parts, and splits that keep them together."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.audit.finding import NotApplicable
from dnn_core.audit.same_id import CHECK
from dnn_core.data.dataset import Level
from dnn_core.specs import SplitMethod, SplitSpec

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
    from dataclasses import replace

    data = replace(survey(person_id=PERSON), official_test=np.arange(800, 1000))
    with pytest.raises(NotApplicable, match="published"):
        findings_of(CHECK, data, features=FEATURES, split=SplitSpec(method=SplitMethod.OFFICIAL))
