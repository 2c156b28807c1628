from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.settings import findings_of
from dnn_core.runs.records import State

BOTH = {"hidden": [{"units": 8, "dropout": 0.2, "l2": 1e-4}]}


def test_fires_with_the_words_of_a_single_remark(make_run):
    (finding,) = findings_of(make_run(network=BOTH))
    assert finding.severity is Severity.WATCH
    assert finding.title == "Dropout and L2 both regularise the network."
    assert (finding.figure, finding.figure_note) == ("1", "setting")


def test_several_remarks_make_one_finding(make_run):
    (finding,) = findings_of(make_run(network=BOTH, training={"momentum": 0.5}))
    assert finding.title == "Two settings contradict others or have no effect."
    assert "Dropout and L2 both regularise the network." in finding.reason
    assert "“Momentum”" in finding.reason


def test_silent_where_all_settings_act(make_run):
    assert findings_of(make_run()) == ()


def test_does_not_apply_without_a_network(make_run):
    with pytest.raises(NotApplicable):
        findings_of(make_run(state=State.FAILED))


@pytest.mark.parametrize(
    ("training", "note", "advice"),
    [
        ({}, ("1", "setting"), "change it, or leave it if it is intended"),
        (
            {"momentum": 0.5},
            ("2", "settings"),
            "change them one at a time, so that the effect of each can be seen",
        ),
    ],
)
def test_one_setting_is_not_spoken_of_as_several(make_run, training, note, advice):
    (finding,) = findings_of(make_run(network=BOTH, training=training))
    assert (finding.figure, finding.figure_note) == note
    assert finding.try_text == advice
