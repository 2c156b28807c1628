"""The one list of pages: the menu, the links and the addresses are read from it."""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """A page: its group in the menu, its name in addresses and links, title and icon."""

    group: str
    name: str
    title: str
    icon: str

    @property
    def path(self) -> str:
        """Its script, from the frame's folder on."""
        return f"{self.group.lower()}/{self.name}/page.py"


MENU = (
    Page("Prepare", "data", "Data", ":material/table_view:"),
    Page("Prepare", "variables", "Variables", ":material/tune:"),
    Page("Build", "network", "Network", ":material/hub:"),
    Page("Build", "train", "Train", ":material/model_training:"),
    Page("Judge", "diagnose", "Diagnose", ":material/fact_check:"),
    Page("Judge", "predict", "Predict", ":material/online_prediction:"),
    Page("Explore", "tune", "Tune", ":material/manage_search:"),
    Page("Explore", "runs", "Runs", ":material/history:"),
    Page("Learn", "lecture", "The lecture", ":material/school:"),
)
"""In the order of the menu; the first one opens."""

PAGES = {page.name: page.path for page in MENU}
"""Where each page is, for links."""
