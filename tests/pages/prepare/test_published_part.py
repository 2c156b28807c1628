"""The test part as a file of its own is added and taken back."""

from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.specs import SplitMethod, SplitSpec
from pages.session import data_cache
from pages.session.task import OUTCOME
from pages.shell.navigation import PAGES

TOWNS = ("Ulm", "Bonn", "Kiel")


def table(rows: int, stop: str = "") -> str:
    answers = [(20 + i % 40, TOWNS[i % 3], ("low", "high")[i % 2]) for i in range(rows)]
    return "".join(f"{age}, {town}, {pay}{stop}\n" for age, town, pay in answers)


LEARN = table(60).encode()
TEST = ("|made up\n" + table(20, ".")).encode()


def add(at, content, name="pay.test"):
    at.file_uploader[0].upload(name, content, "text/plain").run()
    assert not at.exception
    return at


def draft_of(at):
    return at.session_state["draft"]


def test_it_is_added_and_taken_back(app, file_draft, tiles, words, button):
    draft = file_draft(LEARN, "pay.data", "v3")
    at = add(app("data", draft), TEST)
    assert tiles(at)["Rows"] == "80"
    assert r"**pay\.test**" in words(at) and "its rows are the test part" in words(at)
    assert "skipped" in words(at) and "full stop" in words(at)
    assert draft_of(at).split.method is SplitMethod.OFFICIAL
    assert draft_of(at).roles == draft.roles and draft.roles["v3"] == OUTCOME
    assert len(at.file_uploader) == 0
    dataset = data_cache.dataset(draft_of(at))
    assert dataset.official_test.tolist() == list(range(60, 80))

    at.switch_page(PAGES["variables"]).run()
    assert not at.exception
    assert draft_of(at).split.method is SplitMethod.OFFICIAL
    at.switch_page(PAGES["data"]).run()

    button(at, "Take it back").click().run()
    assert not at.exception
    assert tiles(at)["Rows"] == "60"
    assert draft_of(at).choice == draft.choice
    assert draft_of(at).split == SplitSpec()
    assert len(at.file_uploader) == 1


def test_another_method_chosen_since_stays(app, file_draft, button):
    at = add(app("data", file_draft(LEARN, "pay.data", "v3")), TEST)
    draft = draft_of(at)
    at.session_state["draft"] = type(draft)(
        **{**vars(draft), "split": SplitSpec(method=SplitMethod.RANDOM)}
    )
    button(at, "Take it back").click().run()
    assert draft_of(at).split.method is SplitMethod.RANDOM


def test_edits_and_settings_of_reading_hold_for_both_files(app, file_draft, tiles, button):
    draft = file_draft(LEARN, "pay.data", "v3")
    town = data_cache.dataset(draft).variable("v2").model_copy(update={"label": "Home"})
    at = add(app("data", type(draft)(**{**vars(draft), "edits": {"v2": town}})), TEST)
    assert data_cache.dataset(draft_of(at)).variable("v2").label == "Home"
    tokens = next(m for m in at.multiselect if m.label == "Missing tokens")
    tokens.set_value(["Kiel"]).run()
    assert not at.exception
    # 20 of the first 60 and 6 of the other 20 rows, of 240 cells.
    assert tiles(at)["Missing cells"] == f"{100 * 26 / 240:.1f}%"
    assert draft_of(at).choice.test_file is not None
    assert draft_of(at).edits["v2"].label == "Home"


@pytest.mark.parametrize("content", [b"1,2\n3,4\n", b""])
def test_a_file_that_does_not_fit_changes_nothing(app, file_draft, words, tiles, content):
    draft = file_draft(LEARN, "pay.data", "v3")
    at = add(app("data", draft), content)
    assert "The file of the test part" in words(at)
    assert draft_of(at).choice == draft.choice and draft_of(at).split == draft.split
    assert tiles(at)["Rows"] == "60"


def test_a_file_that_says_itself_how_to_read_it_is_not_offered_it(app, file_draft):
    parquet = pd.DataFrame({"a": [1, 2] * 20, "b": [3, 4] * 20}).to_parquet()
    assert len(app("data", file_draft(parquet, "pay.parquet")).file_uploader) == 0
