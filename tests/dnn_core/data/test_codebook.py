"""Codebooks: labels, levels, value labels, missing codes."""

from __future__ import annotations

import json

import pytest

from dnn_core.data.codebook import (
    LARGEST_FILE,
    Codebook,
    apply_codebook,
    check_fit,
    parse_codebook,
    read_codebook,
    write_codebook,
)
from dnn_core.data.dataset import Dataset, Level, Variable
from dnn_core.data.images.digits import read_digits
from dnn_core.data.readers import read_bytes
from dnn_core.data.samples import SAMPLE_FOLDER, SAMPLE_NAMES, read_sample
from dnn_core.errors import UserError


def survey() -> Dataset:
    return read_bytes(b"vote,party\n1,2\n2,3\n9,1\n1,4\n2,1\n1,2\n2,3\n9,4\n", "x.csv")


def test_what_it_says_is_taken_over() -> None:
    codebook = {
        "title": "Study",
        "source": "somewhere",
        "variables": {
            "party": {"level": "nominal", "value_labels": {"1": "A", "2": "B"}},
            "vote": {"label": "Voted", "missing_codes": [9, "-1"]},
            "elsewhere": {"label": "not in this file"},
        },
    }
    dataset = apply_codebook(survey(), parse_codebook(codebook))
    assert dataset.name == "Study"
    assert dataset.variable("party").level is Level.NOMINAL
    assert dataset.variable("party").value_labels == {"1": "A", "2": "B"}
    vote = dataset.variable("vote")
    # Without 9 the answers 1 and 2 are left.
    assert (vote.label, vote.missing_codes, vote.level) == ("Voted", ("9", "-1"), Level.BINARY)
    assert survey().variable("vote").level is Level.ORDINAL


def test_an_empty_codebook_changes_nothing() -> None:
    dataset = survey()
    assert apply_codebook(dataset, Codebook()).variables == dataset.variables


@pytest.mark.parametrize(
    "codebook",
    [
        {"variables": {"vote": {"level": "quantitative"}}},
        {"variables": {"vote": {"lable": "x"}}},
        {"variables": [1, 2]},
        {"variables": {"vote": {"missing_codes": "9"}}},
        {"variables": {"vote": "yes"}},
    ],
)
def test_mistakes_are_named(codebook: dict[str, object]) -> None:
    with pytest.raises(UserError, match="codebook") as caught:
        parse_codebook(codebook)
    assert "variables" in str(caught.value)


def test_what_an_entry_leaves_out_stays() -> None:
    first = apply_codebook(survey(), parse_codebook({"variables": {"vote": {"label": "Voted"}}}))
    book = parse_codebook({"variables": {"vote": {"question": "Did you vote?"}}})
    vote = apply_codebook(first, book).variable("vote")
    assert (vote.label, vote.question, vote.level) == ("Voted", "Did you vote?", Level.ORDINAL)


def edited() -> Dataset:
    data = survey()
    vote = Variable(
        name="vote",
        label="Vöted",
        question="Did you “vote”?",
        level=Level.BINARY,
        value_labels={"1": "yes", "2": "no", "9": "refused"},
        missing_codes=("9", "90 to 99"),
    )
    return data.with_variables((vote, data.variable("party")))


def test_a_written_codebook_makes_the_same_variables() -> None:
    text = write_codebook(edited())
    assert json.loads(text)["version"] == 1
    assert json.loads(text)["variables"]["vote"]["missing_codes"] == ["9", "90 to 99"]
    again = apply_codebook(survey(), read_codebook(text.encode()))
    assert again.variables == edited().variables
    assert again.fingerprint == edited().fingerprint != survey().fingerprint
    # Nothing is left to be changed.
    assert check_fit(again, read_codebook(text.encode())).changed == ()


def test_images_are_not_in_a_codebook() -> None:
    digits = read_digits()
    book = read_codebook(write_codebook(digits).encode())
    assert list(book.variables) == ["digit"]
    assert check_fit(digits, book).changed == ()


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_codebooks_of_samples_have_the_same_form(name: str) -> None:
    sample = read_sample(name)
    book = read_codebook((SAMPLE_FOLDER / f"{name}.json").read_bytes())
    assert set(book.variables) == set(sample.names)
    fit = check_fit(sample, book)
    assert (fit.changed, fit.absent, fit.levels, fit.unused_codes) == ((), (), {}, {})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe{}", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[1, 2]", "not a codebook"),
        (b'{"title": "x"}', "not a codebook"),
        (b'{"variables": [1]}', "not a codebook"),
        (b'{"version": 2, "variables": {}}', "cannot be used"),
        (b'{"version": "x", "variables": {}}', "cannot be used"),
        (b" " * (LARGEST_FILE + 1), "too large"),
    ],
)
def test_bad_files_get_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        read_codebook(content)
    assert caught.value.remedy


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_codebook(b"\xef\xbb\xbf" + b'{"variables": {"a": {}}}').variables.keys() == {"a"}


def test_a_fit_says_what_matches_and_what_does_not() -> None:
    # The next wave: vote has 3 as a new answer, 9 is not given; party is text; AGE is new.
    wave = read_bytes(b"vote,party,Age\n1,A,30\n2,B,41\n3,A,50\n1,B,61\n2,A,72\n", "w2.csv")
    book = parse_codebook(
        {
            "variables": {
                "vote": {
                    "level": "binary",
                    "value_labels": {"1": "yes", "2": "no", "9": "refused"},
                    "missing_codes": ["9", "0 to 1"],
                },
                "party": {"label": "Party", "level": "ordinal"},
                "age": {"level": "interval"},
                "gone": {"label": "Not asked again"},
            }
        }
    )
    fit = check_fit(wave, book)
    assert fit.matched == ("vote", "party")
    assert fit.absent == ("age", "gone")
    assert fit.undescribed == ("Age",)
    assert fit.renamed == {"age": "Age"}
    # 1 is in the range of missing codes, so that 2 and 3 are left.
    assert fit.levels == {"party": "it holds text"}
    assert fit.unused_codes == {"vote": ("9",)}
    assert fit.unlabelled == {"vote": ("3",)}
    changed = {variable.name: variable for variable in fit.changed}
    assert changed.keys() == {"vote", "party"}
    assert (changed["party"].label, changed["party"].level) == ("Party", Level.BINARY)
    assert changed["vote"].level is Level.BINARY
    assert apply_codebook(wave, book).variable("vote") == changed["vote"]


def test_a_level_needs_answers_that_can_have_it() -> None:
    book = parse_codebook({"variables": {"party": {"level": "binary"}}})
    fit = check_fit(survey(), book)
    assert fit.levels == {"party": "it has 4 different answers"}
    assert fit.changed == ()


def test_labels_without_a_level_tell_the_level() -> None:
    dataset = read_bytes(b"party,trust\n" + b"1,1\n2,2\n3,3\n" * 9, "s.csv")
    labels = {"1": "Union", "2": "Greens", "3": "Left"}
    degrees = {"1": "low", "2": "medium", "3": "high"}
    entries = {"party": {"value_labels": labels}, "trust": {"value_labels": degrees}}
    applied = apply_codebook(dataset, parse_codebook({"variables": entries}))
    assert [v.level for v in applied.variables] == [Level.NOMINAL, Level.ORDINAL]
    entries["party"]["level"] = "interval"
    applied = apply_codebook(dataset, parse_codebook({"variables": entries}))
    assert applied.variable("party").level is Level.INTERVAL
