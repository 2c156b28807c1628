"""Recodings of the outcome, in either direction, and what only resembles them."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.audit.finding import NotApplicable
from dnn_core.audit.recodes_outcome import CHECK
from dnn_core.specs import Kind

RECODINGS = {
    "another code": ("voted", lambda f: (f["voted"] == "yes").astype(int)),
    "finer": ("voted", lambda f: f["voted"].str.cat(f["region"])),
    "coarser": ("party", lambda f: np.where(f["party"] == "left", "left", "other")),
    "categories": ("party", lambda f: f["party"].map({"left": 3, "centre": 1, "right": 2})),
    "another currency": ("income", lambda f: 1.0837 * f["income"] + 12),
    "logarithm": ("income", lambda f: np.log(f["income"]).round(4)),
    "ranks": ("income", lambda f: f["income"].rank()),
    "bands": ("income", lambda f: np.digitize(f["income"], [500, 800, 1100, 1600, 2200])),
    "named bands": (
        "income",
        lambda f: np.array(["low", "fair", "good", "high"])[
            np.digitize(f["income"], [700, 1100, 1600])
        ],
    ),
}


@pytest.mark.parametrize("name", RECODINGS)
def test_it_fires(survey, findings_of, name) -> None:
    target, recode = RECODINGS[name]
    data = survey(recoded=recode(survey().frame))
    kind = Kind.REGRESSION if target == "income" else None
    (finding,) = findings_of(CHECK, data, target, kind=kind)
    assert (finding.code, finding.variable) == ("recodes_outcome", "recoded")


def test_an_outcome_cut_out_of_a_quantity_follows_from_it(survey, findings_of) -> None:
    hours = survey().frame["hours"]
    data = survey(voted=np.where(hours > 40, "yes", "no"))
    (finding,) = findings_of(CHECK, data)
    assert (finding.variable, finding.measured) == ("hours", "share of rows, training")
    in_three = np.array(["a", "b", "c"])[np.digitize(hours, [35, 42])]
    (finding,) = findings_of(CHECK, survey(party=in_three), "party")
    assert finding.variable == "hours"


def test_the_figure_is_the_correlation(survey, findings_of) -> None:
    data = survey(debt=-3 * survey().frame["income"])
    (finding,) = findings_of(CHECK, data, "income", kind=Kind.REGRESSION)
    assert (finding.figure, finding.measured) == ("\N{MINUS SIGN}1.000", "correlation, training")
    assert finding.numbers == {"value": pytest.approx(-1.0), "cases": 600}


def test_one_slip_in_two_hundred_is_allowed_and_one_in_twenty_is_not(survey, findings_of) -> None:
    copy = (survey(rows=4000).frame["voted"] == "yes").to_numpy()
    rng = np.random.default_rng(0)
    for share, fires in ((0.002, True), (0.05, False)):
        changed = copy ^ (rng.random(4000) < share)
        data = survey(rows=4000, copy=changed.astype(int))
        assert bool(findings_of(CHECK, data)) is fires


def test_a_rare_answer_does_not_make_a_recoding(survey, findings_of) -> None:
    # One in a hundred belongs to a rare group: each outcome is "no" in 99 of 100.
    rare = (np.arange(1000) % 100 == 0).astype(int)
    assert findings_of(CHECK, survey(rare=rare), "party") == ()


@pytest.mark.parametrize("target", ["voted", "party", "income"])
def test_it_is_silent_on_what_only_predicts(survey, findings_of, target) -> None:
    kind = Kind.REGRESSION if target == "income" else None
    assert findings_of(CHECK, survey(), target, kind=kind) == ()


def test_it_does_not_apply_to_few_rows(survey, findings_of) -> None:
    with pytest.raises(NotApplicable):
        findings_of(CHECK, survey(rows=60))
