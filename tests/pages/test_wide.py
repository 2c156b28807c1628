"""A table of ten thousand variables is slow to describe once, but can be used."""

from __future__ import annotations

import pytest

from dnn_core.data.dataset import Level
from pages.session.task import OUTCOME
from pages.shell.navigation import PAGES

VARIABLES = 10_000
SECONDS = 180
"""For a busy machine; it takes about 25."""


@pytest.mark.training
def test_ten_thousand_variables(app, file_draft, words, tiles):
    names = ",".join(f"v{i}" for i in range(VARIABLES))
    rows = [",".join(str(min((i * j) % 7, 2)) for i in range(VARIABLES)) for j in range(21)]
    draft = file_draft("\n".join([names, *rows]).encode(), "wide.csv", "v1")
    at = app("data", draft, seconds=SECONDS)
    assert tiles(at)["Variables"] == "10,000"
    assert len(at.dataframe[0].value) == VARIABLES
    at.switch_page(PAGES["variables"]).run()
    assert not at.exception
    assert len(at.data_editor[0].value) == VARIABLES
    # Rows seven apart are equal, which is a finding, but nothing is refused.
    assert ":red[:material/error:]" not in words(at)
    assert at.session_state["draft"].roles["v1"] == OUTCOME
    # All of them are edited in one step.
    next(b for b in at.button if b.label == "Tick all 10,000 shown").click().run()
    next(s for s in at.selectbox if s.label == "Level").set_value(Level.NOMINAL).run()
    next(b for b in at.button if b.label.startswith("Apply to")).click().run()
    assert not at.exception
    edits = at.session_state["draft"].edits
    assert len(edits) > 0.9 * VARIABLES
    assert {edit.level for edit in edits.values()} == {Level.NOMINAL}
