"""Recodings of the outcome, in either direction, and what only resembles them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from dnn_core.audit.alone import Alone
from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import NotApplicable
from dnn_core.audit.recodes_outcome import CHECK, _follows, _table
from dnn_core.data.dataset import Level
from dnn_core.specs import Kind, Part, SplitSpec, Task

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


def _found(dataset, x, y, kind, nominal=()) -> list[tuple[str, str, float]]:
    """Reason, what was measured and its value of `x`, all rows being for training."""
    data = dataset(x=x, y=y)
    variables = tuple(
        v.model_copy(update={"level": Level.NOMINAL if v.name in nominal else Level.INTERVAL})
        if v.name == "x" and pd.api.types.is_numeric_dtype(data.frame["x"])
        else v
        for v in data.variables
    )
    data = data.with_variables(variables)
    task = Task(target="y", features=("x",), kind=kind)
    evidence = Evidence(data, task, SplitSpec(), {Part.TRAINING: np.arange(len(data))}, 0)
    return [(f.reason, f.measured, f.numbers["value"]) for f in CHECK.findings_of(evidence)]


@pytest.mark.parametrize(("answered", "fires"), [(39, False), (40, True)])
def test_it_takes_forty_answers(dataset, answered, fires) -> None:
    y = np.arange(100) % 2
    x = np.where(np.arange(100) < answered, y, np.nan)
    assert bool(_found(dataset, x, y, Kind.BINARY)) is fires


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS, Kind.REGRESSION])
def test_what_does_not_differ_recodes_nothing(dataset, kind) -> None:
    y = np.arange(100) % 3 if kind is Kind.MULTICLASS else np.arange(100) % 2
    y = np.arange(100.0) if kind is Kind.REGRESSION else y
    assert _found(dataset, np.ones(100), y, kind) == []
    # Of rows with an answer the outcome is one and the same.
    x = np.where(y == y[0], np.arange(100) % 2, np.nan)
    x = np.where(np.arange(100) < 50, np.arange(100) % 2, np.nan) if kind is Kind.REGRESSION else x
    same = np.where(np.isfinite(x), y[0], y)
    assert _found(dataset, x, same, kind) == []


NOISE = np.random.default_rng(6).normal(size=200)
STEADY = np.linspace(0, 1, 200)


def _correlated(r: float) -> np.ndarray:
    """What correlates with `STEADY` exactly so."""
    steady = (STEADY - STEADY.mean()) / STEADY.std()
    rest = NOISE - NOISE.mean()
    rest = rest - steady * (rest @ steady) / (steady @ steady)
    return r * steady + np.sqrt(1 - r**2) * rest / rest.std()


@pytest.mark.parametrize(("r", "fires"), [(0.9985, False), (0.9991, True), (-0.9991, True)])
def test_a_linear_function_but_for_rounding(dataset, r, fires) -> None:
    x = _correlated(r)
    found = _found(dataset, x, STEADY, Kind.REGRESSION)
    expected = ("Where both are answered, one is a linear function of the other.",)
    assert found == [(*expected, "correlation, training", pytest.approx(r))] * fires


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("swapped", "fires"), [(10, True), (60, False)])
def test_a_curve_that_always_rises_or_falls(dataset, swapped, fires, sign) -> None:
    order = np.arange(200)
    order[:swapped] = order[:swapped][::-1]
    x = sign * np.exp(8 * STEADY)[order]
    rank = spearmanr(x, STEADY).statistic
    assert (abs(rank) >= 0.999) == fires
    found = _found(dataset, x, STEADY, Kind.REGRESSION)
    expected = ("Where both are answered, one always rises or falls with the other.",)
    assert found == [(*expected, "rank correlation, training", pytest.approx(rank))] * fires


@pytest.mark.parametrize(
    ("rows", "bands", "fires"),
    [
        # Ten rows a band, and no more than fifty.
        (200, 20, True),
        (200, 21, False),
        (1000, 50, True),
        (1000, 51, False),
    ],
)
@pytest.mark.parametrize("of", ["quantity", "categories"])
def test_bands_are_few(dataset, rows, bands, fires, of) -> None:
    band = np.sort(np.arange(rows) % bands)
    names = [f"b{n}" for n in band]
    if of == "quantity":
        found = _found(dataset, names, np.arange(float(rows)) ** 2, Kind.REGRESSION)
        words = "it is “y” in bands"
    else:
        found = _found(dataset, names, np.array(list("abc"))[band % 3], Kind.MULTICLASS)
        words = "each of its categories is one of “y”"
    expected = (f"Where both are answered, {words}.", "share of rows, training", 1.0)
    assert found == [expected] * fires


@pytest.mark.parametrize(("upper", "fires"), [(100, True), (60, True), (40, False)])
def test_bands_tell_half_of_the_ranks(dataset, upper, fires) -> None:
    # Two bands with shares p and 1 - p tell 3 p (1 - p): 0.75, 0.63 and 0.48.
    x = np.where(np.arange(200) < upper, "low", "high")
    assert bool(_found(dataset, x, np.arange(200.0) ** 2, Kind.REGRESSION)) is fires


@pytest.mark.parametrize(("slips", "fires"), [(0, True), (1, True), (2, False)])
def test_one_slip_in_two_hundred_is_allowed_in_every_rule(dataset, slips, fires) -> None:
    # Into bands.
    value = np.arange(200.0) ** 2
    names = np.where(np.arange(200) < 100, "low", "high").astype(object)
    far = names.copy()
    far[:slips] = "high"
    found = _found(dataset, far, value, Kind.REGRESSION)
    assert [row[2] for row in found] == [1 - slips / 200] * fires
    # Of categories, in either direction.
    three = np.arange(200) % 3
    two = (three == 1).astype(int)
    slip = np.flatnonzero(three == 1)[:slips]
    finer = three.copy()
    finer[slip] = 0
    assert bool(_found(dataset, finer, two, Kind.BINARY, ("x",))) is fires
    coarser = two.copy()
    coarser[slip] = 0
    found = _found(dataset, coarser, three, Kind.MULTICLASS, ("x",))
    assert bool(found) is fires


@pytest.mark.parametrize(("slips", "right"), [(0, 1.0), (1, 1.0), (2, 0.995), (3, None)])
def test_a_slip_is_allowed_where_a_quantity_is_cut(dataset, slips, right) -> None:
    # Four spans tell one slip among others; each further one is an error.
    cut = (np.arange(200) >= 100).astype(int)
    cut[[20, 40, 60][:slips]] = 1
    found = _found(dataset, np.arange(200.0), cut, Kind.BINARY)
    assert [value for _, _, value in found] == ([] if right is None else [right])


def test_each_value_of_a_quantity_may_be_a_category(dataset) -> None:
    y = np.arange(200) % 4
    for names, words in (
        (np.array(list("abcd"))[y], "each value of “y” is a category"),
        (np.array(list("aabb"))[y], "it is “y” in bands"),
    ):
        ((reason, measured, value),) = _found(dataset, names, 1.5**y, Kind.REGRESSION)
        assert reason == f"Where both are answered, {words}."
        assert (measured, value) == ("share of rows, training", 1.0)


@pytest.mark.parametrize(("distinct", "rule"), [(50, False), (51, True)])
def test_more_than_fifty_numbers_are_a_quantity(dataset, distinct, rule) -> None:
    # Of so many numbers those above the middle: cut out of a quantity, or finer categories.
    x = np.arange(1020) % distinct
    ((reason, _, value),) = _found(dataset, x, (x > 25).astype(int), Kind.BINARY)
    assert ("follows from where its value lies" in reason) is rule
    assert value == 1.0


@pytest.mark.parametrize(("rows", "fires"), [(59, False), (60, True)])
def test_twenty_rows_for_each_category_that_is_cut_out(dataset, rows, fires) -> None:
    x = np.arange(float(rows))
    cut = np.digitize(x, [rows / 3, 2 * rows / 3])
    # What tells it is known already.
    data = dataset(x=x, y=cut)
    task = Task(target="y", features=("x",), kind=Kind.MULTICLASS)
    known = {"x": Alone("share of errors avoided", 1.0, rows)}
    evidence = Evidence(data, task, SplitSpec(), {Part.TRAINING: np.arange(rows)}, 0, known)
    assert bool(CHECK.findings_of(evidence)) is fires


@pytest.mark.parametrize(
    ("alone", "fires"),
    [
        (Alone("AUC", 0.95, 200), True),
        (Alone("AUC", 0.949, 200), False),
        (Alone("share of errors avoided", 0.9, 200), True),
        (Alone("share of errors avoided", 0.899, 200), False),
        (None, False),
    ],
)
def test_only_what_tells_much_alone_can_have_been_cut(dataset, alone, fires) -> None:
    x = np.arange(200.0)
    data = dataset(x=x, y=(x > 99).astype(int))
    task = Task(target="y", features=("x",), kind=Kind.BINARY)
    rows = {Part.TRAINING: np.arange(200)}
    evidence = Evidence(data, task, SplitSpec(), rows, 0, {"x": alone})
    assert bool(CHECK.findings_of(evidence)) is fires


@pytest.mark.parametrize(("spans", "fires"), [(2, True), (4, True), (5, False), (6, False)])
def test_twice_as_many_spans_as_categories(dataset, spans, fires) -> None:
    # In turns one category and the other.
    x = np.arange(1200.0)
    y = (x // (1200 / spans)).astype(int) % 2
    data = dataset(x=x, y=y)
    task = Task(target="y", features=("x",), kind=Kind.BINARY)
    known = {"x": Alone("AUC", 1.0, 1200)}
    evidence = Evidence(data, task, SplitSpec(), {Part.TRAINING: np.arange(1200)}, 0, known)
    assert bool(CHECK.findings_of(evidence)) is fires


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        # Codes of five categories, and an outcome of two.
        ([0, 1, 2, 3, 4], [0, 0, 1, 1, 1], "each of its categories is one of “y”"),
        ([0, 0, 1, 1, 1], [0, 1, 2, 3, 4], "each category of “y” is one of its own"),
        ([4, 3, 2, 1, 0], [0, 1, 2, 3, 4], "each category of one is a category of the other"),
        ([0, 0, 1, 1, 1], [0, 1, 1, 2, 2], None),
    ],
)
def test_the_rule_says_which_follows_from_which(dataset, x, y, reason) -> None:
    kind = Kind.BINARY if max(y) == 1 else Kind.MULTICLASS
    found = _found(dataset, x * 60, y * 60, kind, ("x",))
    expected = (f"Where both are answered, {reason}.", "share of rows, training", 1.0)
    assert found == ([] if reason is None else [expected])


@pytest.mark.parametrize(("rare", "fires"), [(7, False), (8, True), (200, True)])
def test_a_part_of_one_in_fifty_is_not_too_rare(dataset, rare, fires) -> None:
    # Of 400 rows; the smaller part of the outcome, or of the predictor.
    part = (np.arange(400) < rare).astype(int)
    finer = np.where(part == 1, 5, np.arange(400) % 4)
    assert bool(_found(dataset, finer, part, Kind.BINARY, ("x",))) is fires
    assert bool(_found(dataset, part, finer, Kind.MULTICLASS, ("x",))) is fires


@pytest.mark.parametrize(("rare", "follows"), [(3, 0.0), (4, 1.0), (100, 1.0)])
def test_nearly_all_rows_in_one_group_follow_from_anything(rare, follows) -> None:
    groups = (np.arange(200) < rare).astype(int)
    assert _follows(np.arange(200.0), groups, 2) == follows


def test_how_often_a_tree_is_right_is_counted_by_hand() -> None:
    # One cut tells the halves but for two rows.
    groups = np.repeat([0, 1], 50)
    groups[[10, 30]] = 1
    assert _follows(np.arange(100.0), groups, 2) == 0.98


def test_rows_by_answer_and_category_are_those_of_pandas() -> None:
    rng = np.random.default_rng(7)
    values = rng.choice([1.5, 2.0, 7.0, 11.0], 100)
    outcome = np.r_[rng.integers(0, 3, 99), 2]
    assert _table(values, outcome).tolist() == pd.crosstab(values, outcome).to_numpy().tolist()
    # The last answer never occurs with the last categories.
    table = _table(np.array([3.0, 3.0, 9.0]), np.array([2, 0, 0]))
    assert table.tolist() == [[1, 0, 1], [1, 0, 0]]
