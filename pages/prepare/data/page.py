"""Choose the data, and check that they were read as expected."""

from __future__ import annotations

from pages.components.layout import next_page, show_header
from pages.prepare.data.data_source import show_change, show_data_sources
from pages.prepare.data.data_table import show_digits, show_table
from pages.prepare.data.read_options import show_reading
from pages.session import data_cache, state
from pages.session.kept_draft import show_continued

draft = state.draft()
if draft.choice is None:
    show_header("Data", "Choose what to work with. Your file stays on this computer.")
    show_data_sources()
elif draft.choice.origin != "file" and data_cache.chosen_dataset(draft).images is not None:
    result = data_cache.chosen_dataset(draft)
    assert result.images is not None
    height, width = result.images.shape[1:]
    show_header(
        "Data",
        f"{result.name}: {len(result):,} handwritten digits, each {height} × {width} pixels "
        "in 256 shades of grey.",
        show_change,
        next_page("variables", "Variables"),
    )
    show_continued()
    show_digits(result, draft)
else:
    show_header(
        "Data",
        "Check that the data were read as you expect. The table follows every change.",
        show_change,
        next_page("variables", "Variables"),
    )
    show_continued()
    if draft.choice.origin == "file":
        show_reading(draft.choice)
    show_table(data_cache.chosen_dataset(state.draft()))
