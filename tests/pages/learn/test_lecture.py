"""The lecture: on the sample, on one's own data, and step by step."""

from __future__ import annotations

import pytest

from dnn_core.data.samples import read_sample
from dnn_core.learn.descent_path import Setting, follow
from dnn_core.learn.neuron import fit_neuron
from dnn_core.learn.teaching_cases import read_teaching_cases
from dnn_core.specs import Kind, Task


def select(at, label, value):
    next(s for s in at.selectbox if s.label == label).set_value(value).run()


def chapter(at, name):
    next(c for c in at.segmented_control if c.label == "Chapter").set_value(name).run()


@pytest.fixture
def taught():
    task = Task(target="vote", features=("PID", "selfLR", "ClinLR", "age"))
    return read_teaching_cases(read_sample("anes96"), task, 1)


def test_without_data_it_is_the_sample(app, words):
    at = app("lecture")
    chapter(at, "Forward pass")
    assert not at.exception
    assert "Presidential vote" in words(at)
    assert list(at.dataframe[0].value["input"])[-1] == "bias"


def test_steps_are_those_of_the_library_and_another_network_begins_anew(app, words, button, taught):
    at = app("lecture")
    chapter(at, "Back-propagation")
    button(at, "Ten steps").click().run()
    button(at, "One step").click().run()
    last = follow(taught, Setting(), 11).losses.iloc[-1]
    assert f"Loss after 11 steps\\: training {last['training']:.3f}".replace("\\", "") in words(at)
    select(at, "Learning rate", 0.1)
    assert "Loss after 0 steps" in words(at)
    assert button(at, "Start again").disabled
    button(at, "One epoch").click().run()
    # 566 cases in batches of 32.
    assert "Loss after 18 steps" in words(at)
    button(at, "Start again").click().run()
    assert "Loss after 0 steps" in words(at)


def test_it_is_about_the_data_of_the_session(app, words, file_draft):
    rows = "\n".join(f"{i % 7},{i % 5},{(i * i) % 11}" for i in range(120))
    at = app("lecture", file_draft(f"a,b,y\n{rows}\n".encode(), "mine.csv", "y"))
    chapter(at, "Forward pass")
    assert not at.exception
    assert "mine" in words(at)
    assert list(at.dataframe[0].value["input"]) == ["a", "b", "bias"]


def test_a_respondent_and_a_chapter_stay(app, words):
    at = app("lecture")
    chapter(at, "Forward pass")
    next(n for n in at.number_input if n.label == "Respondent").set_value(7).run()
    before = words(at)
    chapter(at, "Back-propagation")
    assert next(n for n in at.number_input if n.label == "Respondent").value == 7
    chapter(at, "Forward pass")
    assert words(at) == before


def test_predictors_that_cannot_be_drawn_are_refused_in_words(app, words, sample_draft):
    at = app("lecture", sample_draft())
    chapter(at, "Forward pass")
    chosen = next(m for m in at.multiselect if m.label == "Predictors")
    chosen.set_value(chosen.options[:8]).run()
    assert not at.exception
    assert len(at.dataframe[0].value) == 9


def test_the_weights_of_a_neuron_are_moved_or_taken_from_the_regression(app, words, button, taught):
    at = app("lecture")
    assert not at.exception
    fitted = fit_neuron(taught)
    before = words(at)
    at.slider[0].set_value(1.5).run()
    assert words(at) != before
    button(at, "Take the logistic regression").click().run()
    assert [s.value for s in at.slider] == pytest.approx([*fitted.weights, fitted.bias], abs=0.0051)
    button(at, "Start again").click().run()
    assert words(at) == before


def test_several_categories_have_no_single_neuron(app, words, sample_draft):
    at = app("lecture", sample_draft(kind=Kind.MULTICLASS))
    assert "Several categories need several neurons" in words(at)


def test_a_large_coefficient_is_taken_as_it_is_and_names_stay_text(app, words, button, file_draft):
    # But for two values the outcome follows the predictor: its coefficient is above 3.
    values = [(i % 100, int((i % 100 > 49) != (i % 100 in (47, 52)))) for i in range(400)]
    rows = "\n".join(f"{x},{y}" for x, y in values)
    at = app("lecture", file_draft(f"age-group,y\n{rows}\n".encode(), "steep.csv", "y"))
    button(at, "Take the logistic regression").click().run()
    assert at.slider[0].value > 3
    assert at.slider[0].label.startswith("age\\-group (")
    assert f"; {at.slider[0].value:.2f})" in at.slider[0].label
    assert "With 1 of 1 predictor" in words(at)
