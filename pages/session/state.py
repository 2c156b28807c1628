"""What a session is working on; the only file that touches `st.session_state`.

One frozen `Draft` holds everything that the researcher has chosen. Widgets
start from the draft and write back to it. A widget keeps its own value as long
as its key stays the same, so whatever changes the draft from outside a widget
(a preset, another data set, another page) starts a new revision, and with it
new keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

# Under this name for all pages, too.
from dnn_core.runs.drafts import DataChoice as DataChoice
from dnn_core.runs.drafts import Draft as Draft
from dnn_core.specs import Experiment

T = TypeVar("T")


def draft() -> Draft:
    """The session's draft."""
    return st.session_state.setdefault("draft", Draft())


def change(**changes: Any) -> None:
    """Apply what a widget returned."""
    current = draft()
    if any(getattr(current, name) != value for name, value in changes.items()):
        st.session_state["draft"] = replace(current, **changes)


def renew(**changes: Any) -> None:
    """Change the draft from outside its widgets; they start anew from it."""
    change(**changes)
    st.session_state["revision"] = st.session_state.get("revision", 0) + 1


def use_draft(new: Draft) -> None:
    """Work on another draft, or one as it was; the run that one looks at stays."""
    renew(**{**vars(new), "run_id": draft().run_id})


def enter(page: str) -> None:
    """Note which page is shown; a page that is entered again starts from the draft."""
    if st.session_state.get("page") != page:
        st.session_state["page"] = page
        renew()


def page() -> str:
    """Title of the page that is shown; empty before the first."""
    return str(st.session_state.get("page", ""))


def follow_link() -> None:
    """Open the run named in the address, and name the session's run in it.

    So a reload, a shared link or a restarted dashboard comes back to the run.
    """
    asked = st.query_params.get("run")
    current = draft().run_id
    if asked and asked != current:
        change(run_id=asked)
    elif current and not asked:
        st.query_params["run"] = current


def data_in_address() -> str | None:
    """By what the address names data; it is read when a session begins, and follows it then."""
    return st.query_params.get("data")


def name_data() -> None:
    """Name the session's data in the address, so that a reload comes back to them."""
    choice = draft().choice
    if choice is None:
        st.query_params.pop("data", None)
    elif st.query_params.get("data") != choice.draft_id:
        st.query_params["data"] = choice.draft_id


def address() -> dict[str, str]:
    """What the address names of this session, for links to other pages."""
    current = draft()
    named = {"data": current.choice and current.choice.draft_id, "run": current.run_id}
    return {name: value for name, value in named.items() if value}


def arrived() -> bool:
    """True once in a session: at its first look."""
    first = not st.session_state.get("arrived", False)
    st.session_state["arrived"] = True
    return first


def open_run(run_id: str | None) -> None:
    """Make a run the session's own."""
    change(run_id=run_id)
    if run_id:
        st.query_params["run"] = run_id
    else:
        st.query_params.pop("run", None)


def adopt(experiment: Experiment, choice: DataChoice, roles: dict[str, str]) -> None:
    """Apply all that a run or a study asked for, on the data as they were then."""
    renew(
        choice=choice,
        edits={},
        roles=roles,
        kind=experiment.task.kind,
        replicates=experiment.task.replicates,
        reduced=experiment.task.reduced,
        measured_after=experiment.task.measured_after,
        measured_on=experiment.task.measured_on,
        answers={experiment.task.target: experiment.answers},
        network=experiment.network,
        training=experiment.training,
        encoding=experiment.encoding,
        split=experiment.split,
        seed=experiment.seed,
    )


def key(name: str) -> str:
    """A widget's key, new with every revision of the draft."""
    return f"{name}@{st.session_state.get('revision', 0)}"


def snapshot(slot: str, version: object, make: Callable[[], T]) -> T:
    """A value that stays the same while `version` does.

    `st.data_editor` keeps edits by row position, so the table it was given
    must not move under it.
    """
    stored = st.session_state.setdefault("snapshots", {})
    full = (version, st.session_state.get("revision", 0))
    if slot not in stored or stored[slot][0] != full:
        stored[slot] = (full, make())
    return stored[slot][1]


def remember(name: str, value: Any) -> None:
    """Keep a passing fact that is not part of the draft, such as a message."""
    st.session_state[f"fact.{name}"] = value


def recall(name: str, default: Any = None) -> Any:
    """A fact kept by `remember`."""
    return st.session_state.get(f"fact.{name}", default)


def ticked() -> tuple[str, ...]:
    """Names of the variables that are ticked in the table of variables."""
    choice, names = recall("ticked", (None, ()))
    return names if choice == draft().choice else ()


def tick(names: tuple[str, ...], *, anew: bool = False) -> None:
    """Note which variables are ticked; with other data, none is.

    Parameters
    ----------
    anew : bool
        Whether the table that shows the ticks is to start anew from them: it is when
        something else than the table itself has set them.
    """
    remember("ticked", (draft().choice, names))
    if anew:
        remember("ticks", recall("ticks", 0) + 1)
