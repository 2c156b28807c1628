"""A table of ten thousand variables is slow to describe once, but can be used."""

from __future__ import annotations

from pages.components.layout import PAGES
from pages.components.task import OUTCOME

VARIABLES = 10_000
SECONDS = 180
"""For a busy machine; it takes about ten."""


def test_ten_thousand_variables(app, file_draft, words, tiles):
    names = ",".join(f"v{i}" for i in range(VARIABLES))
    rows = [",".join(str((i * j) % 7) for i in range(VARIABLES)) for j in range(12)]
    draft = file_draft("\n".join([names, *rows]).encode(), "wide.csv", "v1")
    at = app("data", draft, seconds=SECONDS)
    assert tiles(at)["Variables"] == "10,000"
    assert len(at.dataframe[0].value) == VARIABLES
    at.switch_page(PAGES["variables"]).run()
    assert not at.exception
    assert len(at.data_editor[0].value) == VARIABLES
    assert ":red[" not in words(at)
    assert at.session_state["draft"].roles["v1"] == OUTCOME
