"""The three ways to data: an own file, a sample, the handwritten digits."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dnn_core.data.images.mnist import accept_files, fetch_mnist
from dnn_core.data.readers import READERS
from dnn_core.data.samples import Sample
from pages.components.layout import problems_shown
from pages.components.text import escape
from pages.session import data_cache, state
from pages.session.kept_draft import open_data
from pages.session.state import DataChoice, Draft

DIGITS_PICTURE = Path(__file__).parents[2] / "digits.svg"


def show_data_sources() -> None:
    """Three cards; whichever is used fills the draft."""
    cards = st.columns(3, gap="small")
    with cards[0], st.container(border=True, height="stretch"):
        path = _show_upload()
    with cards[1], st.container(border=True, height="stretch"):
        _show_samples()
    with cards[2], st.container(border=True, height="stretch"):
        _show_digits()
    if path is not None:
        # After the cards, so that a file that cannot be read leaves them in place.
        choose_file(path)


def show_change() -> None:
    """The way back to the choice of a data source."""
    if st.button("Change data", icon=":material/swap_horiz:"):
        draft = state.draft()
        # What was set for a file, a sample or digits comes back when they are opened again.
        if draft.edits and draft.choice is not None and draft.choice.origin == "kept":
            _confirm_change()
        else:
            _leave_data()


@st.dialog("Change the data?")
def _confirm_change() -> None:
    st.markdown(
        "Labels, levels and missing codes that you have set here are lost, unless you save them "
        "as a codebook on the page Variables first."
    )
    with st.container(horizontal=True):
        if st.button("Change the data", type="primary"):
            _leave_data()
        if st.button("Keep them"):
            st.rerun()


def _leave_data() -> None:
    state.use_draft(Draft())
    st.rerun()


def choose_file(path: Path) -> None:
    """Read a stored upload and make it the session's data.

    Raises
    ------
    UserError
        If it cannot be read; the session's data stay as they are.
    """
    _choose(DataChoice("file", f"{path.parent.name}/{path.name}"))


def choose_sample(sample: Sample) -> None:
    """Make a sample the session's data, with its roles set."""
    _choose(DataChoice("sample", sample.name))


def choose_digits(name: str) -> None:
    """Make MNIST or the small digits the session's data, with HOML's network."""
    _choose(DataChoice(name, name))


def _choose(choice: DataChoice) -> None:
    open_data(choice)
    st.rerun()


def _show_upload() -> Path | None:
    """Return the stored file that was uploaded or clicked on."""
    st.header(":material/upload_file: Your own file", anchor=False)
    st.caption(
        "SPSS, Stata or SAS with its labels and missing codes, a workbook of Excel (.xlsx, .xls, "
        ".xlsb) or OpenDocument (.ods), Parquet, or CSV and TSV with any delimiter, also packed "
        "(.zip, .gz)."
    )
    upload = st.file_uploader(
        "Your own file",
        type=[suffix.lstrip(".") for suffix in READERS],
        label_visibility="collapsed",
        key=state.key("upload"),
    )
    path = None
    if upload is not None:
        path = data_cache.workspace().store_upload(upload.getvalue(), upload.name)
    recent = data_cache.workspace().list_uploads(limit=2)
    if recent:
        st.caption("Used before")
        for earlier in recent:
            if st.button(
                escape(earlier.name),
                icon=":material/description:",
                type="tertiary",
                key=f"recent-{earlier.parent.name}-{earlier.name}",
            ):
                path = earlier
    return path


def _show_samples() -> None:
    st.header(":material/table_view: A sample", anchor=False)
    st.caption("Small tables with a known answer, for a first try.")
    samples = data_cache.samples()
    chosen = st.radio(
        "Sample",
        samples,
        format_func=lambda sample: sample.title,
        captions=[sample.description for sample in samples],
        label_visibility="collapsed",
        key=state.key("sample"),
    )
    st.space("stretch")
    if st.button("Open the sample"):
        choose_sample(chosen)


def _show_digits() -> None:
    st.header(":material/image: MNIST", anchor=False)
    st.caption("70,000 handwritten digits, the classic benchmark.")
    st.image(DIGITS_PICTURE, alt="Ten handwritten digits, from 0 to 9")
    st.space("stretch")
    with st.container(horizontal=True, gap="xsmall"):
        if data_cache.mnist_folder() is not None:
            if st.button("Open MNIST"):
                choose_digits("mnist")
        else:
            if st.button("Download, 11 MB", icon=":material/download:"):
                _download()
            if st.button("I have the files", type="tertiary"):
                _ask_for_files()
        if st.button(
            "Small digits", type="tertiary", help="1,797 digits of 8 × 8 pixels, without download."
        ):
            choose_digits("digits")


def _download() -> None:
    bar = st.progress(0.0, text="Downloading MNIST …")

    def report(done: int, total: int) -> None:
        bar.progress(
            min(done / total, 1.0),
            text=f"Downloading MNIST, {done / 1e6:.1f} of {total / 1e6:.1f} MB",
        )

    fetch_mnist(data_cache.mnist_cache(), report)
    data_cache.mnist_folder.clear()
    choose_digits("mnist")


@st.dialog("MNIST from files of your own")
def _ask_for_files() -> None:
    st.caption(
        "Hand over the four official files, packed or unpacked: train-images, train-labels, "
        "t10k-images and t10k-labels (idx, ubyte). They are checked by their content."
    )
    uploads = st.file_uploader("The four files", accept_multiple_files=True)
    if uploads and st.button("Use these files", type="primary"):
        with problems_shown():
            accept_files({u.name: u.getvalue() for u in uploads}, data_cache.mnist_cache())
            data_cache.mnist_folder.clear()
            choose_digits("mnist")
