"""The page The lecture: how a network predicts and learns, number by number."""

from __future__ import annotations

from pages.components.layout import show_header
from pages.components.text import escape
from pages.learn.lecture.choices import CHAPTERS, choose, data_of_session
from pages.learn.lecture.neuron import show_neuron
from pages.learn.lecture.passes import show_back_propagation, show_forward_pass

dataset, task = data_of_session()
show_header("The lecture", f"How a network learns, step by step, on “{escape(dataset.name)}”.")
chapter, topic, setting, case = choose(dataset, task)
if chapter == CHAPTERS[0]:
    show_neuron(topic.taught, case)
elif chapter == CHAPTERS[1]:
    show_forward_pass(topic, setting, case)
else:
    show_back_propagation(topic, setting, case)
