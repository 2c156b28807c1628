"""Whatever can be chosen has its words, and what they cite is in the list of references."""

import re

import pytest

from dnn_core.report import words
from dnn_core.report.methods import references_in
from dnn_core.specs import Choice

TABLES = {
    name: table
    for name, table in vars(words).items()
    if isinstance(table, dict) and table and all(isinstance(key, Choice) for key in table)
}


@pytest.mark.parametrize("name", TABLES)
def test_every_choice_has_its_words(name):
    assert set(TABLES[name]) == set(type(next(iter(TABLES[name]))))


@pytest.mark.parametrize("described", words.OPTIMIZERS.values())
def test_what_an_optimizer_cites_is_listed(described):
    assert len(references_in(described)) == len(re.findall(r"\(.+ \d{4}\)", described))
