"""At the widths of a laptop and of a tablet nothing is cut, nothing overlaps, and tables show the
columns that matter.

Texts are measured by their boxes, those of charts included. Tables are drawn on a canvas; which of
their columns are in sight, they say to screen readers.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.shell.navigation import PAGES
from tests.browser.server import (
    Dashboard,
    follow,
    go_to,
    open_page,
    open_sample,
    set_number,
    settle,
    start_training,
    wait_until_trained,
)

WIDTHS = (1280, 768)
SECONDS_TO_SEARCH = 180
SETTLING = 700
"""Milliseconds until charts and tables have followed a new width."""

TROUBLES = """() => {
  const main = document.querySelector('[data-testid="stMainBlockContainer"]');
  const room = document.querySelector('[data-testid="stMain"]').getBoundingClientRect();
  const troubles = [], lines = [];
  const hidden = element => {
    const style = getComputedStyle(element);
    return style.visibility === 'hidden' || style.opacity === '0' || style.display === 'none';
  };
  // Canvas tables have cells for screen readers only; toolbars float over what they belong to.
  const skipped = '[data-testid="stDataFrame"], [data-testid="stElementToolbar"], ' +
    '[data-testid="stTooltipContent"], [aria-hidden="true"], style, script, input, textarea, ' +
    // Streamlit's own list of file types, of which the card says more.
    '[data-testid="stFileUploaderDropzone"]';
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const text = node.textContent.trim(), owner = node.parentElement;
    if (!text || owner.closest(skipped) && !owner.closest('svg')) continue;
    const details = owner.closest('details:not([open])');
    if (details && !owner.closest('summary')) continue;
    let shown = true;
    for (let up = owner; up !== main && shown; up = up.parentElement) shown = !hidden(up);
    if (!shown) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 2 || box.height < 2) continue;
      if (box.left < room.left - 1 || box.right > room.right + 1)
        troubles.push(`beyond the page: ${text}`);
      for (let up = owner; up !== main; up = up.parentElement) {
        const clips = up.tagName === 'svg' || getComputedStyle(up).overflowX !== 'visible';
        const edge = up.getBoundingClientRect();
        // Inline boxes of no size clip nothing.
        if (clips && edge.width > 1 && (box.right > edge.right + 2 || box.left < edge.left - 2)) {
          troubles.push(`cut: ${text}`);
          break;
        }
      }
      // Letters do not fill the height of their line.
      const inset = 0.22 * box.height;
      lines.push({text, left: box.left + 1, right: box.right - 1,
                  top: box.top + inset, bottom: box.bottom - inset});
    }
  }
  lines.sort((a, b) => a.top - b.top);
  for (let i = 0; i < lines.length; i++)
    for (let j = i + 1; j < lines.length && lines[j].top < lines[i].bottom; j++) {
      const [a, b] = [lines[i], lines[j]];
      // A text and its halo are the same words at the same place.
      if (a.text !== b.text && a.left < b.right && b.left < a.right)
        troubles.push(`overlap: ${a.text} / ${b.text}`);
    }
  for (const box of main.querySelectorAll('[data-baseweb="select"] [title], label p'))
    if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== 'visible')
      troubles.push(`cut: ${box.textContent}`);
  return [...new Set(troubles)];
}"""

IN_SIGHT = """needed => [...document.querySelectorAll(
  '[data-testid="stMain"] [data-testid="stDataFrame"]')].some(table => {
    const heads = [...table.querySelectorAll('[role="columnheader"]')].map(h => h.textContent);
    return needed.every(name => heads.includes(name));
  })"""
"""Whether some table has all these columns in sight; tables take a moment to be drawn."""

SCROLLED = """() => [...document.querySelectorAll(
  '[data-testid="stMain"] [data-testid="stDataFrame"] .dvn-scroller')].map(
    scroller => scroller.scrollWidth - scroller.clientWidth)"""

NEEDED = {
    "data": {"Variable", "Label", "Level", "Distribution", "Missing", "Example"},
    "variables": {"Tick", "Variable", "Role", "Label", "Level", "Missing codes"},
    "network": {"Layer", "Units", "Activation", "Batch norm.", "Dropout", "L1", "L2"},
    "train": set(),
    "diagnose": set(),
    "predict": {"Row", "Observed", "Predicted", "Probability of Dole", "90% set"},
    "tune": {"No.", "Log loss", "95% interval", "AUC"},
    "runs": {"Run", "Validation", "95% interval", "Measure", "Outcome", "Network"},
    "lecture": set(),
}
"""Columns that matter, by page."""

WHOLE = ("data", "variables", "network")
"""Pages whose tables are seen without scrolling to the side."""

PLACES = (
    ("diagnose", "Whom does it fail?"),
    ("diagnose", "Where does it err?"),
    ("diagnose", "How did it learn?"),
    ("lecture", "Forward pass"),
    ("lecture", "Back-propagation"),
)
"""Sections and chapters, by page."""


@pytest.fixture(scope="module")
def addresses(browser: Browser, dashboard: Dashboard) -> dict[str, str]:
    """Address of each page with something on it: a trained run and a study that has ended."""
    page = browser.new_page(viewport={"width": WIDTHS[0], "height": 800})
    open_sample(page, dashboard, "Presidential vote, 1996")
    start_training(page, epochs=12)
    wait_until_trained(page)
    asked = page.url.partition("?")[2]
    go_to(page, "Tune")
    page.get_by_text("Regularisation", exact=True).click()
    follow(page)
    set_number(page, "Configurations", "3")
    set_number(page, "Folds", "2")
    page.get_by_role("button", name="Start the study").click()
    taken = page.get_by_role("button", name=re.compile("^Take the")).first
    expect(taken).to_be_visible(timeout=1000 * SECONDS_TO_SEARCH)
    page.close()
    # The first page has no name of its own.
    return {name: f"{'' if name == 'data' else name}?{asked}" for name in PAGES}


def look(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    settle(page)
    page.wait_for_timeout(SETTLING)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_or_overlaps_and_what_matters_is_in_sight(
    page: Page, dashboard: Dashboard, addresses: dict[str, str], name: str
) -> None:
    open_page(page, dashboard, addresses[name])
    for width in WIDTHS:
        look(page, width)
        if NEEDED[name]:
            page.wait_for_function(IN_SIGHT, arg=sorted(NEEDED[name]))
        assert page.evaluate(TROUBLES) == [], width
        if name in WHOLE:
            assert max(page.evaluate(SCROLLED)) <= 1, width


ABOVE = {"data": "Rows", "variables": "Left out 0", "predict": "Least sure"}
"""What stands right above a table, by page."""


@pytest.mark.parametrize("name", ABOVE)
def test_the_toolbar_of_a_table_covers_no_control(
    page: Page, dashboard: Dashboard, addresses: dict[str, str], name: str
) -> None:
    open_page(page, dashboard, addresses[name])
    page.locator("[data-testid=stDataFrame]").first.hover()
    expect(page.locator("[data-testid=stElementToolbarButton]").first).to_be_visible()
    # Playwright clicks only what nothing else lies upon.
    page.get_by_text(ABOVE[name], exact=True).last.click(timeout=3000)
    settle(page)


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_the_places_within_a_page(
    page: Page, dashboard: Dashboard, addresses: dict[str, str], name: str, place: str
) -> None:
    open_page(page, dashboard, addresses[name])
    page.get_by_text(place, exact=True).click()
    for width in WIDTHS:
        look(page, width)
        assert page.evaluate(TROUBLES) == [], width


def test_a_cut_text_and_two_that_overlap_are_noticed(page: Page, dashboard: Dashboard) -> None:
    """What measures is measured: it must see what it is there for."""
    open_page(page, dashboard)
    look(page, WIDTHS[1])
    assert page.evaluate(TROUBLES) == []
    page.evaluate("""() => {
      const main = document.querySelector('[data-testid="stMainBlockContainer"]');
      main.insertAdjacentHTML('beforeend',
        '<div style="width:40px;overflow:hidden;white-space:nowrap">a text that is cut</div>' +
        '<div style="margin-left:5000px">far away</div>' +
        '<div>below</div><div style="margin-top:-1.4em">above</div>');
    }""")
    troubles = page.evaluate(TROUBLES)
    assert "cut: a text that is cut" in troubles
    assert "beyond the page: far away" in troubles
    assert {"overlap: above / below", "overlap: below / above"} & set(troubles)
