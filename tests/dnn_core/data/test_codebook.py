"""Codebooks: labels, levels, value labels, missing codes."""

from __future__ import annotations

import pytest

from dnn_core.data.codebook import apply_codebook
from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.readers import read_bytes
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
    dataset = apply_codebook(survey(), codebook)
    assert dataset.name == "Study"
    assert dataset.variable("party").level is Level.NOMINAL
    assert dataset.variable("party").value_labels == {"1": "A", "2": "B"}
    vote = dataset.variable("vote")
    # Without 9 the answers 1 and 2 are left.
    assert (vote.label, vote.missing_codes, vote.level) == ("Voted", ("9", "-1"), Level.BINARY)
    assert survey().variable("vote").level is Level.ORDINAL


def test_an_empty_codebook_changes_nothing() -> None:
    dataset = survey()
    assert apply_codebook(dataset, {}).variables == dataset.variables


@pytest.mark.parametrize(
    "codebook",
    [
        {"variables": {"vote": {"level": "quantitative"}}},
        {"variables": {"vote": {"lable": "x"}}},
        {"variables": [1, 2]},
    ],
)
def test_mistakes_are_named(codebook: dict[str, object]) -> None:
    with pytest.raises(UserError, match="codebook") as caught:
        apply_codebook(survey(), codebook)
    assert "variables" in str(caught.value)
