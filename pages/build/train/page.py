"""The page Train: start, follow and stop training."""

from __future__ import annotations

from functools import partial

from pages.build.train.progress import show_ended, show_live
from pages.build.train.start import show_plan, show_start, show_stop
from pages.components.layout import next_page, show_empty, show_header
from pages.components.leakage_checks import show_unanswered
from pages.session import data_cache, draft_cache, run_cache, state
from pages.session.task import task_of

draft = state.draft()
dataset = data_cache.dataset(draft)
task = None if dataset is None else task_of(draft, dataset)
run = run_cache.session_run(draft.run_id)


start = [] if dataset is None or task is None else [partial(show_start, dataset, task, run)]
if run is not None and run.status.active:
    show_header(
        "Train",
        "The run continues if you leave this page or close the browser.",
        *start,
        partial(show_stop, run),
    )
    show_live(run)
elif task is None and run is None:
    show_header("Train", "Watch the network learn.")
    show_empty(
        "There is nothing to train yet",
        "Choose the data, then the outcome and its predictors. It takes two minutes.",
        page="data" if dataset is None else "variables",
        action="Choose data" if dataset is None else "Choose the outcome",
    )
else:
    done = run is not None and run.status.done
    onward = [next_page("diagnose", "Diagnose")] if done else []
    show_header("Train", "Watch the network learn.", *start, *onward)
    if dataset is not None and task is not None:
        show_unanswered(dataset, task)
    if run is not None:
        show_ended(run)
    elif dataset is not None and task is not None:
        show_plan(task, draft_cache.sizes(dataset, task, draft))
