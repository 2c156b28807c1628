"""Verdicts first, then the pictures; the test part opened once, on purpose."""

from __future__ import annotations

import html
import shutil
from dataclasses import replace

import pytest

from dnn_core.checks import Severity, lead_sentence, run_checks
from dnn_core.diagnostics.diagnostic import Section
from dnn_core.diagnostics.registry import DIAGNOSTICS
from dnn_core.errors import UserError
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.records import State
from pages.components.text import escape
from pages.session import data_cache, run_cache

KINDS = ["binary", "multiclass", "regression", "digits", "several"]


def headings(at):
    return [h.value for h in (*at.header, *at.subheader)]


def drawn(run, section, part="validation"):
    """Questions of a section's diagnostics that apply."""
    seen = RunPart(run, part, data_cache.run_dataset(run))
    members = [d for d in DIAGNOSTICS if d.section is section]
    return [escape(d.draw(seen).question) for d in members if d.applies(seen)]


def control(at, label):
    (result,) = [c for c in at.segmented_control if c.label == label]
    return result


@pytest.mark.parametrize("name", KINDS)
def test_verdicts_and_pictures_are_those_of_the_library(app, finished, words, charts, name):
    run = finished(name)
    at = app("diagnose", run=run.id)
    findings, silent = run_checks(run)
    shown = [h.value for h in at.html]
    assert html.escape(lead_sentence(run, findings)) in "".join(shown)
    labels = [e.label for e in at.expander]
    for finding in findings:
        # One line each, the reason behind a click.
        assert labels.count(f"**{escape(finding.title)}**") == 1
        assert escape(finding.reason) in words(at)
        assert any(html.escape(finding.figure) in text for text in shown)
    if silent:
        assert f"{len(silent)} checks do not apply to this run or cannot tell" in labels
    for section in Section:
        control(at, "Look closer").set_value(section).run()
        assert not at.exception
        questions = drawn(run, section)
        assert [h for h in headings(at) if h in questions] == questions
        # Groups are chosen by the researcher and drawn above the others.
        assert len(charts(at)) == len(questions) + (section is Section.GROUPS)
        # Where nothing is drawn, the page says openly what is missing and why.
        not_drawn = [e for e in at.expander if e.label.endswith("not drawn")]
        assert [e.proto.expanded for e in not_drawn] in ([], [not questions])
        assert questions or not_drawn or section is Section.GROUPS
        # Nothing of the sealed part is on the page.
        assert "Test part opened" not in words(at)
        assert [c.label for c in at.segmented_control] == ["Look closer"]


SEVERITIES = [Severity.PROBLEM, Severity.WATCH, Severity.GOOD, Severity.GOOD]


@pytest.mark.parametrize("severities", [SEVERITIES, SEVERITIES[1:], SEVERITIES[2:]])
def test_the_worst_verdict_is_open_and_praise_stays_a_line(app, finished, monkeypatch, severities):
    run = finished("binary")
    (first, *_), silent = run_checks(run)
    findings = [
        replace(first, title=f"Verdict {number}", severity=severity)
        for number, severity in enumerate(severities)
    ]
    evaluated = run_cache.Verdicts(findings, silent)
    monkeypatch.setattr(run_cache, "verdicts", lambda run: evaluated)
    rows = [e for e in app("diagnose", run=run.id).expander if "Verdict" in e.label]
    assert [row.label for row in rows] == [f"**Verdict {n}**" for n in range(len(severities))]
    praised = severities[0] is Severity.GOOD
    assert [row.proto.expanded for row in rows] == [not praised, *[False] * (len(rows) - 1)]


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_a_run_that_is_not_over_has_no_verdict_yet(app, in_state, words, button, state):
    run = in_state(state, epochs=1)
    at = app("diagnose", run=run.id)
    assert "The network is still training" in words(at)
    button(at, "Watch it learn").click().run()
    assert at.title[0].value == "Train"


@pytest.mark.parametrize("state", [State.FAILED, State.INTERRUPTED])
def test_a_run_without_a_network_has_none(app, in_state, words, state):
    at = app("diagnose", run=in_state(state, epochs=1).id)
    assert "There is no trained network yet" in words(at)


def test_a_stopped_run_is_judged(app, in_state, charts):
    at = app("diagnose", run=in_state(State.STOPPED, epochs=2).id)
    assert charts(at)


def test_opening_the_test_part_warns_first(app, finished, button, compute, words):
    run = finished("binary")
    at = app("diagnose", run=run.id)
    button(at, "Open the test part").click().run()
    assert not at.exception
    assert f"The {run.held_out.cases:,} test cases have not been used so far." in words(at)
    assert "that it came after 1 configuration, this one, on the same file" in words(at)
    assert compute.opened == []
    labels = [b.label for b in at.button]
    assert "Open it" in labels and "Keep it sealed" in labels


def test_opening_is_handed_to_a_worker_after_saying_what_was_tried(
    app, finished, button, compute, words
):
    run = finished("binary")
    # Another run on the same file and outcome, with its test part open, and one on another outcome.
    other = finished("opened")
    assert other.experiment.task.target == run.experiment.task.target
    finished("multiclass")
    at = app("diagnose", run=run.id)
    button(at, "Open the test part").click().run()
    assert "test cases have not been used by this run." in words(at)
    assert "their test part had been opened before, by another run" in words(at)
    # A dialog reruns alone; here page and dialog run again together.
    button(at, "Open the test part").click()
    button(at, "Open it").click().run()
    assert not at.exception
    assert compute.opened == [run.id]


def test_the_seal_can_be_kept(app, finished, button, compute):
    run = finished("binary")
    at = app("diagnose", run=run.id)
    button(at, "Open the test part").click().run()
    button(at, "Open the test part").click()
    button(at, "Keep it sealed").click().run()
    assert not at.exception
    assert compute.opened == []
    assert "Open it" not in [b.label for b in at.button]


def test_a_worker_that_cannot_open_says_so(app, finished, button, compute, words, monkeypatch):
    def refuse(run_id: str) -> None:
        raise UserError("The worker is starting.", remedy="Try again in a few seconds.")

    monkeypatch.setattr(compute, "open_test", refuse)
    at = app("diagnose", run=finished("binary").id)
    button(at, "Open the test part").click().run()
    button(at, "Open the test part").click()
    button(at, "Open it").click().run()
    assert not at.exception
    assert r"The worker is starting\." in words(at)


def test_an_opened_test_part_is_shown_with_its_date(app, finished, words):
    run = finished("opened")
    at = app("diagnose", run=run.id)
    (opening,) = run.openings
    year = opening["opened_at"][:4]
    assert "Test part opened on" in words(at) and year in words(at)
    assert "after 2 configurations, this one included, on the same file" in words(at)
    assert "Open the test part" not in [b.label for b in at.button]
    part = control(at, "Part of the data")
    assert part.value == "test"
    questions = drawn(run, Section.WORTH, "test")
    assert [h for h in headings(at) if h in questions] == questions
    assert "test part" in words(at)
    part.set_value("validation").run()
    assert not at.exception
    assert "validation part" in words(at)


def test_labels_from_files_stay_text(app, finished, words):
    run = finished("binary")
    run.annotate(name="$x$ [a](b) :red[x] <b>")
    at = app("diagnose", run=run.id)
    assert escape("$x$ [a](b) :red[x] <b>") in words(at)
    assert "$x$ [a](b)" not in words(at)


def test_verdicts_stay_when_the_data_are_gone(app, finished, workspace, words):
    run = finished("binary")
    shutil.rmtree(workspace.datasets / str(run.experiment.data))
    at = app("diagnose", run=run.id)
    assert "The data of this run are no longer in the workspace" in words(at)
    findings, _ = run_checks(run)
    assert escape(findings[0].title) in words(at)


def test_the_way_on(app, finished, button, compute):
    run = finished("binary")
    compute.answer = lambda frame: run.predictions.head(len(frame))
    at = app("diagnose", run=run.id)
    button(at, "Next: Predict").click().run()
    assert not at.exception
    assert at.title[0].value == "Predict"


@pytest.mark.parametrize("name", ["binary", "regression", "digits"])
def test_groups_are_chosen_and_compared(app, finished, words, name):
    at = app("diagnose", run=finished(name).id)
    next(c for c in at.segmented_control if c.label == "Look closer").set_value(
        Section.GROUPS
    ).run()
    assert not at.exception
    (groups,) = [m for m in at.multiselect if m.label == "Groups by"]
    (measure,) = [m for m in at.selectbox if m.label == "Compared by"]
    assert len(groups.value) == 1
    assert "Whom does it predict worse" in " ".join(headings(at))
    assert "How large are the differences?" in headings(at)
    measure.select_index(0).run()
    assert not at.exception
    groups.set_value([]).run()
    assert not at.exception
    assert "Choose a variable whose groups are to be compared" in words(at)


def report_button(at):
    (result,) = [b for b in at.get("download_button") if b.proto.label == "Report"]
    return result


@pytest.mark.parametrize("name", ["binary", "opened", "digits"])
def test_the_report_is_written_when_asked_for(app, finished, name):
    run = finished(name)
    at = app("diagnose", run=run.id)
    assert not report_button(at).proto.disabled
    page = run_cache.report(run)
    assert html.escape(lead_sentence(run, run_checks(run)[0])) in page
    # Written once, and anew where the run is called otherwise.
    assert run_cache.report(run) == page
    run.annotate(note="What I made of it.")
    assert "What I made of it." in run_cache.report(run)


def test_there_is_no_report_without_the_data(app, finished, workspace):
    run = finished("binary")
    shutil.rmtree(workspace.datasets / str(run.experiment.data))
    assert report_button(app("diagnose", run=run.id)).proto.disabled
