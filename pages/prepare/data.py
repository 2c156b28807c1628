"""Choose the data, and check that they were read as expected."""

from __future__ import annotations

from pages.components import services, state
from pages.components.doors import show_change, show_doors
from pages.components.kept_draft import show_continued
from pages.components.layout import next_page, show_header
from pages.components.overview import show_digits, show_table
from pages.components.reading import show_reading

draft = state.draft()
if draft.choice is None:
    show_header("Data", "Choose what to work with. Your file stays on this computer.")
    show_doors()
elif draft.choice.door != "file" and services.dataset(draft).images is not None:
    found = services.dataset(draft)
    height, width = found.images.shape[1:]
    show_header(
        "Data",
        f"{found.name}: {len(found):,} handwritten digits, each {height} × {width} pixels "
        "in 256 shades of grey.",
        show_change,
        next_page("variables", "Variables"),
    )
    show_continued()
    show_digits(found, draft)
else:
    show_header(
        "Data",
        "Check that the data were read as you expect; what you change, the table follows.",
        show_change,
        next_page("variables", "Variables"),
    )
    show_continued()
    if draft.choice.door == "file":
        show_reading(draft.choice)
    show_table(services.dataset(state.draft()))
