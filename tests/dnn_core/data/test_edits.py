"""Edits of many variables: what changes, what cannot, how labels are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.dataset_files import load_dataset, save_dataset
from dnn_core.data.edits import (
    CodesEdit,
    Edit,
    declare_missing,
    edited_parts,
    plan_edit,
    read_value_labels,
)
from dnn_core.data.images.digits import read_digits
from dnn_core.data.readers import read_bytes
from dnn_core.errors import UserError

# vote 1, 2 and 9; trust 0 to 4; town in words.
ROWS = "".join(f"{(1, 2, 9)[i % 3]},{i % 5},{'abc'[i % 3]}\n" for i in range(30))


def survey() -> Dataset:
    return read_bytes(f"vote,trust,town\n{ROWS}".encode(), "s.csv")


def test_nothing_changes_nothing() -> None:
    assert plan_edit(survey(), ("vote", "trust", "town"), Edit()) == ()


def test_a_level_for_all_that_can_have_it() -> None:
    changes = plan_edit(survey(), ("vote", "trust", "town"), Edit(level=Level.INTERVAL))
    assert [(c.before.name, c.after.level, c.obstacle) for c in changes] == [
        ("vote", Level.INTERVAL, None),
        ("trust", Level.INTERVAL, None),
        ("town", Level.NOMINAL, "it holds text"),
    ]
    assert changes[0].parts == (("Level", "Ordinal", "Interval"),)
    assert changes[2].parts == ()


def test_a_guessed_level_is_guessed_anew_without_the_codes() -> None:
    (change,) = plan_edit(survey(), ("vote",), Edit(codes=("9",)))
    assert change.after.level is Level.BINARY
    assert change.parts == (("Level", "Ordinal", "Binary"), ("Missing codes", "", "9"))
    # A level that was chosen stays.
    data = survey()
    chosen = data.variable("vote").model_copy(update={"level": Level.NOMINAL})
    data = data.with_variables((chosen, *data.variables[1:]))
    (change,) = plan_edit(data, ("vote",), Edit(codes=("9",)))
    assert change.after.level is Level.NOMINAL


def test_a_guessed_level_is_guessed_anew_with_labels() -> None:
    labels = {"0": "Union", "1": "Greens", "2": "Liberals", "3": "Left", "4": "Others"}
    (change,) = plan_edit(survey(), ("trust",), Edit(value_labels=labels))
    assert change.after.level is Level.NOMINAL
    # One that was chosen stays.
    data = survey()
    chosen = data.variable("trust").model_copy(update={"level": Level.INTERVAL})
    data = data.with_variables((data.variables[0], chosen, data.variables[2]))
    (change,) = plan_edit(data, ("trust",), Edit(value_labels=labels))
    assert change.after.level is Level.INTERVAL


def test_codes_are_added_removed_and_replaced() -> None:
    (added,) = plan_edit(survey(), ("trust",), Edit(codes=("4", "90 to 99", "4")))
    assert added.after.missing_codes == ("4", "90 to 99")
    data = survey().with_variables(
        tuple(added.after if v.name == "trust" else v for v in survey().variables)
    )
    assert plan_edit(data, ("trust",), Edit(codes=("4",))) == ()
    (removed,) = plan_edit(data, ("trust",), Edit(codes_edit=CodesEdit.REMOVE, codes=("4", "7")))
    assert removed.after.missing_codes == ("90 to 99",)
    (replaced,) = plan_edit(data, ("trust",), Edit(codes_edit=CodesEdit.REPLACE, codes=("3",)))
    assert replaced.after.missing_codes == ("3",)
    (emptied,) = plan_edit(data, ("trust",), Edit(codes_edit=CodesEdit.REPLACE))
    assert emptied.after.missing_codes == ()


def test_value_labels_are_set_and_removed() -> None:
    (first,) = plan_edit(survey(), ("vote",), Edit(value_labels={"1": "yes", "2": "no"}))
    assert first.parts == (("Value labels", "", "1 = yes, 2 = no"),)
    data = survey().with_variables((first.after, *survey().variables[1:]))
    (second,) = plan_edit(data, ("vote",), Edit(value_labels={"2": "", "1": "Yes"}))
    assert second.after.value_labels == {"1": "Yes"}
    assert second.parts == (("Value labels", "1 = yes, 2 = no", "1 = Yes"),)


def test_labels_of_many_lose_what_they_share() -> None:
    data = survey()
    labels = {"vote": "Q1. Voted", "trust": "Q2. Trust", "town": "Town"}
    data = data.with_variables(
        tuple(v.model_copy(update={"label": labels[v.name]}) for v in data.variables)
    )
    changes = plan_edit(data, data.names, Edit(find="Q1. ", put=""))
    assert [(c.before.name, c.after.label) for c in changes] == [("vote", "Voted")]
    (change,) = plan_edit(data, ("town",), Edit(label="Place", question="Where?"))
    assert change.parts == (("Label", "Town", "Place"), ("Question", "", "Where?"))


def test_images_are_left_alone() -> None:
    assert plan_edit(read_digits(), ("image",), Edit(level=Level.NOMINAL, codes=("1",))) == ()


def test_codes_of_each_variable_are_declared() -> None:
    changes = declare_missing(survey(), {"vote": ("9",), "trust": ("4", "3")})
    assert [(c.after.name, c.after.missing_codes) for c in changes] == [
        ("vote", ("9",)),
        ("trust", ("4", "3")),
    ]


def test_edits_since_reading_are_known_and_kept(tmp_path: Path) -> None:
    data = survey()
    assert edited_parts(data) == {}
    (change,) = plan_edit(data, ("vote",), Edit(codes=("9",), label="Vote"))
    edited = data.with_variables((change.after, *data.variables[1:]))
    expected = {
        "vote": {
            "Label": ("", "Vote"),
            "Level": ("Ordinal", "Binary"),
            "Missing codes": ("", "9"),
        }
    }
    assert edited_parts(edited) == expected
    # A second edit is still compared with what was read, and one taken back is none.
    trust = edited.variable("trust").model_copy(update={"label": "Trust"})
    again = edited.with_variables((edited.variables[0], trust, edited.variables[2]))
    assert list(edited_parts(again)) == ["vote", "trust"]
    assert edited_parts(again.with_variables(data.variables)) == {}
    kept = load_dataset(save_dataset(edited, tmp_path / "kept"))
    assert edited_parts(kept) == expected
    assert kept.fingerprint == edited.fingerprint


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("", {}),
        ("1 = yes, 2 = no", {"1": "yes", "2": "no"}),
        ("1=yes;2=no", {"1": "yes", "2": "no"}),
        ("1 = yes, always, 2 = no", {"1": "yes, always", "2": "no"}),
        ("1 = a\n2 = b\n-99 = Refused", {"1": "a", "2": "b", "-99": "Refused"}),
        ("1 'yes' 2 'no'", {"1": "yes", "2": "no"}),
        ('1 "yes"\n2 "no, not at all"', {"1": "yes", "2": "no, not at all"}),
        ("1.0 = yes", {"1": "yes"}),
        ("m = male, f = female", {"m": "male", "f": "female"}),
        ("2 =", {"2": ""}),
        ("1 = income = 0", {"1": "income = 0"}),
    ],
)
def test_value_labels_as_people_write_them(text: str, labels: dict[str, str]) -> None:
    assert read_value_labels(text) == labels


@pytest.mark.parametrize("text", ["yes", "yes, no", "1 yes 2 no", "= yes"])
def test_other_spellings_get_a_sentence(text: str) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_value_labels(text)
