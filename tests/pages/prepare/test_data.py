"""The three doors, how a file was read, and what is in it."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.describe.description import describe
from dnn_core.data.images.digits import read_digits
from dnn_core.data.readers import Decimal, Delimiter, Encoding, read_bytes
from dnn_core.data.samples import list_samples, read_sample
from dnn_core.specs import HOML_PRESETS, SplitSpec
from pages.components.text import escape
from pages.session import data_cache, kept_draft
from pages.session.task import LEFT_OUT, OUTCOME, PREDICTOR
from pages.shell.navigation import PAGES

# As German software writes a table: semicolons, decimal commas, Windows-1252.
GERMAN = (
    "größe;ort;code\n"
    + "".join(
        f"1,{i:02d};{'Köln' if i % 2 else 'Jena'};{-99 if i < 3 else i % 5}\n" for i in range(30)
    )
).encode("cp1252")


def upload(at, name, content):
    at.file_uploader[0].upload(name, content, "text/csv").run()
    assert not at.exception


def field(at, kind, label):
    return next(element for element in getattr(at, kind) if element.label == label)


def test_three_doors(app, words):
    at = app()
    for door in ("Your own file", "A sample", "MNIST"):
        assert door in words(at)
    assert [b.label for b in at.button] == [
        "Open the sample",
        "Download, 11 MB",
        "I have the files",
        "Small digits",
    ]


@pytest.mark.parametrize("sample", list_samples(), ids=lambda sample: sample.name)
def test_a_sample_is_described(app, button, tiles, sample):
    at = app()
    at.radio[0].set_value(sample).run()
    button(at, "Open the sample").click().run()
    assert not at.exception
    about = describe(read_sample(sample.name))
    assert tiles(at) == {
        "Rows": f"{about.rows:,}",
        "Variables": f"{about.variables:,}",
        "Missing cells": f"{100 * about.missing_share:.1f}%",
        "Duplicate rows": f"{about.duplicate_rows:,}",
    }
    assert at.dataframe[0].value["variable"].tolist() == list(sample.columns)
    roles = at.session_state["draft"].roles
    assert roles[sample.target] == OUTCOME
    assert {name for name, role in roles.items() if role == PREDICTOR} <= set(sample.features)


def test_the_way_on_and_the_way_back(app, button, sample_draft):
    at = app("data", sample_draft())
    button(at, "Change data").click().run()
    assert not at.exception
    assert len(at.file_uploader) == 1
    assert at.session_state["draft"].choice is None
    at = app("data", sample_draft())
    button(at, "Next: Variables").click().run()
    assert at.title[0].value == "Variables"


def test_small_digits(app, button, tiles, words, charts):
    at = app()
    button(at, "Small digits").click().run()
    assert not at.exception
    # A fifth of 1,797 digits each for test and validation, 359.4 rounded up.
    assert tiles(at) == {
        "Training part": "1,077",
        "Validation part": "360",
        "Test part": "360",
        "Pixels per image": "64",
    }
    assert f"{len(read_digits()):,} handwritten digits, each 8 × 8 pixels" in words(at)
    assert len(charts(at)) == 1
    draft = at.session_state["draft"]
    assert draft.network == HOML_PRESETS["128-64"]
    assert draft.split == SplitSpec()


# Files ------------------------------------------------------------------------


def test_an_upload_shows_how_it_was_read(app, words, tiles):
    at = app()
    upload(at, "umfrage.csv", GERMAN)
    assert tiles(at)["Rows"] == "30" and tiles(at)["Variables"] == "3"
    assert r"**umfrage\.csv**" in words(at)
    assert "Everything guessed, nothing changed" in words(at)
    assert field(at, "selectbox", "Delimiter").value is Delimiter.SEMICOLON
    assert field(at, "selectbox", "Decimal mark").value is Decimal.COMMA
    assert field(at, "selectbox", "Encoding").value is Encoding.WINDOWS_1252
    table = at.dataframe[0].value.set_index("variable")
    assert table.index.tolist() == ["größe", "ort", "code"]
    assert table.loc["ort", "example"] == "Jena"


def test_an_spss_file_brings_labels_levels_and_missing_codes(app, words, tiles, tmp_path):
    frame = pd.DataFrame({"vote": [1.0, 2.0, -99.0] * 10, "age": [20.0, 30.0, 40.0] * 10})
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "survey.sav"),
        column_labels={"vote": "Vote in 2021"},
        variable_value_labels={"vote": {1.0: "Left", 2.0: "Right"}},
        missing_ranges={"vote": [-99.0]},
    )
    at = app()
    upload(at, "survey.sav", (tmp_path / "survey.sav").read_bytes())
    assert tiles(at)["Rows"] == "30"
    assert (
        "labels and missing codes are those of the file, levels as far as it states them"
        in words(at)
    )
    table = at.dataframe[0].value.set_index("variable")
    assert table.loc["vote", "label"] == "Vote in 2021"
    assert table.loc["vote", "example"] == "Left"
    assert table.loc["vote", "missing"] == pytest.approx(100 / 3)
    at.switch_page(PAGES["variables"]).run()
    assert not at.exception
    codes = at.dataframe[0].value.set_index("variable")["codes"]
    assert codes.to_dict() == {"vote": "-99", "age": ""}


def test_what_looks_wrong_is_said(app, words, file_draft):
    at = app("data", file_draft(GERMAN, "umfrage.csv"))
    described = describe(read_bytes(GERMAN, "umfrage.csv"))
    assert {notice.code for notice in described.notices} >= {"missing_codes"}
    assert r"code holds \-99, which looks like “no answer”\." in words(at)


def test_several_notices_are_one_line_with_their_count(app, words, file_draft):
    table = "id,same,age\n" + "".join(f"{1000 + i},7,{20 + i % 9}\n" for i in range(40))
    at = app("data", file_draft(table.encode(), "survey.csv"))
    notices = describe(read_bytes(table.encode(), "survey.csv")).notices
    assert len(notices) == 2
    (folded,) = [e for e in at.expander if "2 notices" in e.label]
    assert escape(notices[0].title) in folded.label
    shown = " ".join(element.value for element in folded.markdown)
    assert all(escape(notice.title) in shown for notice in notices)


@pytest.mark.parametrize("draft", ["file", "sample"])
def test_the_rows_can_be_looked_at(app, words, file_draft, sample_draft, draft):
    draft = sample_draft() if draft == "sample" else file_draft(GERMAN, "umfrage.csv")
    at = app("data", draft)
    dataset = data_cache.dataset(draft)
    field(at, "segmented_control", "What is listed").set_value("Rows").run()
    assert not at.exception
    shown = at.dataframe[0].value
    rows = min(len(dataset), 200)
    assert shown.index.tolist() == list(range(1, rows + 1))
    assert shown.columns.tolist() == list(dataset.names)
    for name in dataset.names:
        assert shown[name].astype(str).tolist() == [
            str(value) for value in dataset.frame[name].head(rows)
        ]
    expected = "All rows" if rows == len(dataset) else f"The first 200 of {len(dataset):,} rows"
    assert expected in words(at)


def test_rows_of_a_published_test_part_are_not_listed(app, words, sample_draft, monkeypatch):
    draft = sample_draft()
    dataset = replace(data_cache.dataset(draft), official_test=np.arange(0, 100))
    monkeypatch.setattr(data_cache, "dataset", lambda draft: dataset)
    at = app("data", draft)
    field(at, "segmented_control", "What is listed").set_value("Rows").run()
    assert at.dataframe[0].value.index.tolist() == list(range(101, 301))
    assert "The published test part stays sealed." in words(at)


def test_a_changed_setting_is_followed_by_table_and_variables(app, words, file_draft):
    at = app("data", file_draft(GERMAN, "umfrage.csv", "ort"))
    field(at, "selectbox", "Decimal mark").set_value(Decimal.POINT).run()
    assert not at.exception
    assert "Changed by you" in words(at)
    level = at.dataframe[0].value.set_index("variable").loc["größe", "level"]
    # 1,05 is text now, and different in every row.
    assert level in (Level.NOMINAL.label, Level.IDENTIFIER.label)
    field(at, "selectbox", "Delimiter").set_value(Delimiter.COMMA).run()
    assert not at.exception
    assert "ort" not in at.dataframe[0].value["variable"].tolist()
    at.switch_page(PAGES["variables"]).run()
    assert not at.exception
    names = at.data_editor[0].value["variable"].tolist()
    assert set(at.session_state["draft"].roles) >= set(names)


def test_new_names_get_the_roles_that_the_table_shows(app, words, file_draft):
    content = b"a,b,c\n" + b"".join(b"%d,%d,%d\n" % (i % 2, i % 7, i % 5) for i in range(40))
    at = app("data", file_draft(content, "three.csv", "a"))
    header = field(at, "selectbox", "Header row")
    header.select_index(header.options.index("None")).run()
    assert not at.exception
    at.switch_page(PAGES["variables"]).run()
    table = at.data_editor[0].value
    shown = dict(zip(table["variable"], table["role"], strict=True))
    assert set(shown) == {"v1", "v2", "v3"}
    field(at, "selectbox", "Outcome").set_value("v1").run()
    assert not at.exception
    # A line of names among numbers makes text of all three columns, which can still predict.
    assert "The outcome or the predictors are missing." not in words(at)
    assert set(at.session_state["draft"].roles.values()) == {OUTCOME, PREDICTOR}


def test_roles_survive_a_reading_that_keeps_the_names(app, file_draft):
    draft = file_draft(GERMAN, "umfrage.csv", "ort")
    at = app("data", draft)
    field(at, "selectbox", "Decimal mark").set_value(Decimal.POINT).run()
    assert at.session_state["draft"].roles == draft.roles


def test_columns_can_be_kept_as_text(app, file_draft):
    rows = "".join(f"1.0,{i}\n" for i in range(30))
    at = app("data", file_draft(f"code,x\n{rows}".encode(), "codes.csv"))
    assert at.dataframe[0].value.set_index("variable").loc["code", "example"] == "1"
    field(at, "multiselect", "Kept as text").set_value(["code"]).run()
    assert not at.exception
    assert at.session_state["draft"].choice.options.as_text == ("code",)
    assert at.dataframe[0].value.set_index("variable").loc["code", "example"] == "1.0"


def test_a_missing_token_of_ones_own(app, tiles, file_draft):
    rows = "".join(f"{'k.A.' if i % 4 == 0 else 'x'},{i % 3}\n" for i in range(40))
    at = app("data", file_draft(f"a,b\n{rows}".encode(), "own.csv"))
    assert tiles(at)["Missing cells"] == "0.0%"
    tokens = field(at, "multiselect", "Missing tokens")
    tokens.set_value([*tokens.value, "k.A."]).run()
    assert not at.exception
    # A quarter of one of two columns.
    assert tiles(at)["Missing cells"] == "12.5%"


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.csv", b""), ("book.csv", b"PK\x03\x04" + b"\x00" * 40), ("tree.csv", b"\x89HDF" * 9)],
)
def test_a_file_that_cannot_be_read_leaves_the_doors_open(app, words, button, name, content):
    at = app()
    upload(at, name, content)
    assert ":red[:material/error:]" in words(at)
    assert at.session_state["draft"].choice is None
    assert "A sample" in words(at) and "MNIST" in words(at)
    button(at, "Open the sample").click().run()
    assert not at.exception
    assert at.session_state["draft"].choice.origin == "sample"


def test_a_file_used_before_is_one_click_away(app, button, workspace):
    workspace.store_upload(GERMAN, "umfrage.csv")
    at = app()
    button(at, r"umfrage\.csv").click().run()
    assert not at.exception
    assert at.session_state["draft"].choice.origin == "file"


def test_an_unreadable_file_used_before_leaves_the_doors_open(app, button, workspace, words):
    workspace.store_upload(b"", "empty.csv")
    at = app()
    button(at, r"empty\.csv").click().run()
    assert not at.exception
    assert ":red[:material/error:]" in words(at)
    assert "A sample" in words(at) and "MNIST" in words(at)


def test_a_file_that_is_gone_can_be_replaced(app, button, file_draft, workspace, words):
    draft = file_draft(GERMAN, "umfrage.csv")
    for path in workspace.list_uploads():
        path.unlink()
    at = app("data", draft)
    assert "The uploaded file is no longer in the workspace" in words(at)
    assert "**cannot be read**" in [m.value for m in at.sidebar.markdown]
    button(at, "Change data").click().run()
    assert len(at.file_uploader) == 1


@pytest.mark.parametrize("name", ["variables", "network", "train"])
def test_pages_say_that_the_file_is_gone(app, file_draft, workspace, words, name):
    draft = file_draft(GERMAN, "umfrage.csv", "ort")
    for path in workspace.list_uploads():
        path.unlink()
    assert "The uploaded file is no longer in the workspace" in words(app(name, draft))


# Text from files -----------------------------------------------------------------


def test_text_from_files_stays_text(app, words, file_draft):
    name, column = "$x$ [a](b) :red[x] <b>.csv", "=cmd"
    content = f"{column},:red[x]\n".encode() + b"".join(b"7,%d\n" % (i % 2) for i in range(30))
    at = app("data", file_draft(content, name))
    # The store has put _ for what file systems reserve; the rest is as it was.
    assert r"**\$x\$ \[a\]\(b\) \_red\[x\] \_b\_\.csv**" in words(at)
    # A constant is noticed by its name, which stays as it is.
    assert "=cmd never varies" in words(at).replace("\\", "")
    assert at.dataframe[0].value["variable"].tolist() == ["=cmd", ":red[x]"]


def test_labels_with_markdown_are_shown_as_they_are(app, words, file_draft):
    rows = "".join(f"{i % 2},{i % 3}\n" for i in range(30))
    draft = file_draft(f"a,b\n{rows}".encode(), "labels.csv", "a")
    at = app("variables", draft)
    (key,) = [editor.key for editor in at.data_editor]
    label = "$x$ [a](b) :red[x] <b>"
    at.session_state[key] = {
        "edited_rows": {1: {"label": label}},
        "added_rows": [],
        "deleted_rows": [],
    }
    at.run()
    at.switch_page(PAGES["data"]).run()
    assert not at.exception
    assert at.dataframe[0].value["label"].tolist() == ["", label]
    assert at.session_state["draft"].roles == {"a": OUTCOME, "b": PREDICTOR}
    assert LEFT_OUT not in at.session_state["draft"].roles.values()


def test_the_sheet_of_a_workbook_is_chosen(app, words):
    book = io.BytesIO()
    with pd.ExcelWriter(book, engine="openpyxl") as writer:
        pd.DataFrame({"a": range(20), "b": range(20)}).to_excel(
            writer, sheet_name="Wave 1", index=False
        )
        pd.DataFrame({"c": range(30), "d": range(30)}).to_excel(
            writer, sheet_name="Wave 2", index=False
        )
    at = app()
    upload(at, "panel.xlsx", book.getvalue())
    assert at.session_state["draft"].choice.options is None
    sheet = field(at, "selectbox", "Sheet")
    assert (sheet.options, sheet.value) == (["Wave 1", "Wave 2"], "Wave 1")
    assert "Everything guessed, nothing changed" in words(at)
    sheet.set_value("Wave 2").run()
    assert not at.exception
    assert at.session_state["draft"].choice.options.sheet == "Wave 2"
    assert at.dataframe[0].value["variable"].tolist() == ["c", "d"]
    assert set(at.session_state["draft"].roles) >= {"c", "d"}
    assert "Changed by you" in words(at)
    # A heading further down leaves nothing of this sheet's rows but what is below it.
    field(at, "selectbox", "Header row").set_value(29).run()
    assert not at.exception
    assert len(at.dataframe[0].value) == 2


def test_a_large_file_is_read_once_while_a_bar_tells_how_far(app, words, monkeypatch):
    monkeypatch.setattr(kept_draft, "LARGE", 1)
    calls = []

    def count(*arguments):
        calls.append(arguments[1])
        return read_bytes(*arguments)

    monkeypatch.setattr(data_cache, "read_bytes", count)
    at = app()
    upload(at, "barred.csv", b"x;y\n" + b"".join(b"%d;%d\n" % (i, i % 7) for i in range(500)))
    assert at.dataframe[0].value["variable"].tolist() == ["x", "y"]
    at.run()
    assert calls == ["barred.csv"]
