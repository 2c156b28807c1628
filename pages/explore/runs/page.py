"""Every run: find, open, compare, annotate, archive, delete."""

from __future__ import annotations

from pages.components.damaged import show_damaged_runs
from pages.components.layout import show_empty, show_header
from pages.explore.runs.comparison import show_comparison
from pages.explore.runs.mlflow import show_sending
from pages.explore.runs.run_actions import show_actions, show_bulk_actions
from pages.explore.runs.run_table import show_runs
from pages.session import data_cache, run_cache

show_header("Runs", "Everything that was trained. Tick one run to open it, two or more to compare.")
everything = data_cache.workspace().runs_table()
damaged = run_cache.damaged()
if everything.empty and not damaged:
    show_empty(
        "There are no runs yet",
        "Each click on Train makes one; it is kept until you delete it.",
        page="train",
        action="Train a network",
    )
else:
    run_cache.watch()
    chosen = [] if everything.empty else show_runs(everything)
    chosen, unfit = run_cache.without_damage(chosen)
    show_damaged_runs([*unfit, *damaged])
    if len(chosen) == 1:
        show_actions(chosen[0])
    elif len(chosen) > 1:
        show_bulk_actions(chosen)
        show_comparison(chosen)
        show_sending(chosen)
