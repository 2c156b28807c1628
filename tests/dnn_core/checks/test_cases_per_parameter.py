from __future__ import annotations

import pytest

from dnn_core.checks.cases_per_parameter import judge
from dnn_core.checks.finding import NotApplicable, Severity
from dnn_core.runs.records import State

PLAIN = {"hidden": [{"units": 64}]}
DROPOUT = {"hidden": [{"units": 64, "dropout": 0.2}]}


def test_fires_where_nothing_restrains_more_parameters_than_cases(make_run):
    (finding,) = judge(make_run(parameters=4000, network=PLAIN))
    assert finding.severity is Severity.WATCH
    assert finding.figure == "0.25"  # 1,000 training cases
    assert "nothing restrains it" in finding.reason


def test_fires_on_a_very_large_network_in_spite_of_dropout(make_run):
    (finding,) = judge(make_run(parameters=25_000, network=DROPOUT))
    assert finding.numbers["ratio"] == 0.04
    assert "dropout or penalties restrain it" in finding.reason


@pytest.mark.parametrize(
    "arguments",
    [
        {"parameters": 4000, "network": DROPOUT},
        {"parameters": 4000, "network": {"hidden": [{"units": 64, "l2": 1e-3}]}},
        {"parameters": 4000, "network": {**PLAIN, "input_dropout": 0.1}},
        {"parameters": 12_000, "network": {**PLAIN, "ridge": 3}},
        {"parameters": 4000, "network": PLAIN, "training": {"optimizer": "adamw"}},
        {"parameters": 1000, "network": PLAIN},
    ],
)
def test_silent_where_it_is_restrained_or_small(make_run, arguments):
    assert judge(make_run(**arguments)) == ()


def test_does_not_apply_without_a_network(make_run):
    with pytest.raises(NotApplicable):
        judge(make_run(state=State.FAILED))
