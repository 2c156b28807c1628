"""Save what is known of the variables as a codebook, and apply one to these data."""

from __future__ import annotations

import re

import streamlit as st

from dnn_core.data.codebook import Fit
from dnn_core.data.dataset import Dataset
from dnn_core.data.describe.notices import enumerate_names
from pages.components.edits import make_edits
from pages.components.layout import problems_shown, show_notice
from pages.components.text import escape
from pages.session import state, variables_cache

MOST_LISTED = 12


def show_codebook(dataset: Dataset) -> None:
    """The button that opens the two ways of a codebook: out, for the next wave, and in."""
    if st.button("Codebook", icon=":material/menu_book:"):
        _show_both_ways(dataset)


@st.dialog("Codebook", width="medium")
def _show_both_ways(dataset: Dataset) -> None:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", dataset.name).strip("-").lower() or "data"
    st.caption(
        "Labels, question texts, levels, value labels and missing codes of every variable, as "
        "they are now: to keep, to edit, and for the next wave."
    )
    st.download_button(
        "Save the codebook (JSON)",
        lambda: variables_cache.codebook_text(dataset),
        file_name=f"{stem}-codebook.json",
        mime="application/json",
        on_click="ignore",
        icon=":material/download:",
    )
    upload = st.file_uploader(
        "Apply a codebook that was saved here",
        type=["json"],
        help="You see what it changes before anything is changed.",
        key=state.key("codebook"),
    )
    if upload is not None:
        _show_upload(dataset, upload.name, upload.getvalue())


def _show_upload(dataset: Dataset, name: str, content: bytes) -> None:
    """How a codebook fits, and the button that applies it."""
    with problems_shown():
        fit = variables_cache.codebook_fit(dataset, content)
        _show_fit(fit)
        count = len(fit.changed)
        label = f"Apply to {count:,} variable{'s' * (count != 1)}"
        if st.button(label, type="primary", disabled=not count):
            make_edits(
                f"The codebook {name} was applied to {count:,} variable{'s' * (count != 1)}.",
                fit.changed,
            )


def _show_fit(fit: Fit) -> None:
    """What matches, what is missing, and what does not fit."""
    both = len(fit.matched)
    show_notice(
        f"{both:,} variable{'s' * (both != 1)} of the codebook {'are' if both != 1 else 'is'} "
        f"in these data; {len(fit.changed):,} will change.",
        "",
        icon="check_circle" if both else "error",
        color="green" if both else "red",
    )
    if fit.absent:
        show_notice("Not in these data:", _listed(fit.absent))
    if fit.renamed:
        pairs = [f"{old} and {new}" for old, new in fit.renamed.items()]
        show_notice("Names that differ in capital letters only:", _listed(pairs))
    if fit.undescribed:
        show_notice(
            "Not in the codebook, stay as they are:",
            _listed(fit.undescribed),
            icon="info",
            color="gray",
        )
    if fit.levels:
        reasons = [f"{name} ({reason})" for name, reason in fit.levels.items()]
        show_notice("Levels that do not fit and are ignored:", _listed(reasons))
    if fit.unused_codes:
        codes = [f"{name} ({', '.join(of)})" for name, of in fit.unused_codes.items()]
        show_notice("Missing codes that do not occur:", _listed(codes), icon="info", color="gray")
    if fit.unlabelled:
        new = [f"{name} ({enumerate_names(of)})" for name, of in fit.unlabelled.items()]
        show_notice("Answers without a label in the codebook:", _listed(new))


def _listed(words: list[str] | tuple[str, ...]) -> str:
    return escape(f"{enumerate_names(words, MOST_LISTED)}.")
