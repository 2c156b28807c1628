from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.cases_per_parameter import findings_of
from dnn_core.runs.records import State

PLAIN = {"hidden": [{"units": 64}]}
GAP = {
    ("network", "training"): (0.95, 0.94, 0.96),
    ("network", "validation"): (0.75, 0.70, 0.80),
}
NO_GAP = {
    ("network", "training"): (0.81, 0.80, 0.82),
    ("network", "validation"): (0.75, 0.70, 0.80),
}
# Exactly at the threshold, which five hundredths of other figures would miss by rounding.
AT_THE_EDGE = {
    ("network", "training"): (0.05, 0.05, 0.05),
    ("network", "validation"): (0.0, 0.0, 0.0),
}


def test_fires_where_nothing_restrains_it_and_it_does_worse_on_other_cases(make_run):
    (finding,) = findings_of(make_run(parameters=4000, network=PLAIN, scores=GAP))
    assert finding.severity is Severity.WATCH
    assert finding.figure == "0.25"  # 1,000 training cases
    assert "without regularisation, and performs clearly better on them" in finding.reason


@pytest.mark.parametrize(
    "arguments",
    [
        # However many parameters there are: it does about as well on other cases.
        {"parameters": 400_000, "network": PLAIN, "scores": NO_GAP},
        {"parameters": 400_000, "network": PLAIN, "scores": AT_THE_EDGE},
        # The gap is there, but not for its size.
        {"parameters": 1000, "network": PLAIN, "scores": GAP},
    ],
)
def test_silent_without_a_gap_or_where_it_is_small(make_run, arguments):
    assert findings_of(make_run(**arguments)) == ()


@pytest.mark.parametrize(
    "arguments",
    [
        {"network": {"hidden": [{"units": 64, "dropout": 0.2}]}},
        {"network": {"hidden": [{"units": 64, "l2": 1e-3}]}},
        {"network": {**PLAIN, "input_dropout": 0.1}},
        {"network": {**PLAIN, "ridge": 3}},
        {"network": PLAIN, "training": {"optimizer": "adamw"}},
    ],
)
def test_does_not_apply_to_a_network_that_is_restrained(make_run, arguments):
    with pytest.raises(NotApplicable, match="regularise"):
        findings_of(make_run(parameters=400_000, scores=GAP, **arguments))


def test_does_not_apply_without_scores_or_a_network(make_run, write_run, tmp_path):
    with pytest.raises(NotApplicable, match="not computed"):
        findings_of(make_run(parameters=4000, network=PLAIN))
    with pytest.raises(NotApplicable, match="no trained network"):
        findings_of(write_run(tmp_path / "failed", state=State.FAILED))


@pytest.mark.parametrize(
    ("parameters", "figure"),
    [
        (1001, "1.00"),
        (100_000, "0.01"),
        (66_667, "0.01"),
        # To two digits these would be 0.01 and 0.00.
        (101_000, "0.0099"),
        (400_000, "0.0025"),
    ],
)
def test_the_figure_has_digits_enough(make_run, parameters, figure):
    (finding,) = findings_of(make_run(parameters=parameters, network=PLAIN, scores=GAP))
    assert finding.figure == figure
    assert finding.numbers["ratio"] == pytest.approx(1000 / parameters)


def test_a_decay_of_nothing_regularises_nothing(make_run):
    training = {"optimizer": "adamw", "weight_decay": 0.0}
    assert findings_of(make_run(parameters=4000, network=PLAIN, training=training, scores=GAP))


def test_dropout_in_one_of_two_layers_regularises(make_run):
    network = {"hidden": [{"units": 64, "dropout": 0.2}, {"units": 64}]}
    with pytest.raises(NotApplicable, match="regularise"):
        findings_of(make_run(parameters=400_000, scores=GAP, network=network))
