"""Roles, levels and missing codes; the outcome, the kind of task and the split."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dnn_core.data.dataset import Level, Variable
from dnn_core.data.samples import list_samples
from dnn_core.data.split.row_split import PROTECTION, split_rows
from dnn_core.specs import Holdout, Kind, SplitMethod, SplitSpec, TrainingSpec
from pages.prepare.variables.variable_editor import read_codes
from pages.session import data_cache
from pages.session.task import CLUSTER, LEFT_OUT, OUTCOME, PREDICTOR, WEIGHT, task_of

# 40 rows: a has 2 values, b 40, c 4 texts, code -99 marks no answer, r is one rare text.
TABLE = "a;b;c;code;r\n" + "".join(
    f"{i % 2};{i * 1.5:.1f};{'wxyz'[i % 4]};{-99 if i % 8 == 0 else i % 5};{'pq'[i == 3]}\n"
    for i in range(40)
)


@pytest.fixture
def small(file_draft):
    return lambda outcome="a", **changes: file_draft(
        TABLE.encode(), "small.csv", outcome, **changes
    )


def choose(at, label, value):
    """Choose in the list with this label."""
    next(s for s in at.selectbox if s.label == label).set_value(value).run()
    assert not at.exception


def type_number(at, label, value):
    next(n for n in at.number_input if n.label == label).set_value(value).run()
    assert not at.exception


def edit(at, *cells):
    """Edit cells, given as (row, column, value) with all edits since the table was made."""
    (key,) = [e.key for e in at.data_editor]
    rows = {}
    for row, column, value in cells:
        rows.setdefault(row, {})[column] = value
    at.session_state[key] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    at.run()
    assert not at.exception


def test_the_sample_comes_with_its_task(app, words, sample_draft):
    at = app("variables", sample_draft("anes96"))
    table = at.data_editor[0].value
    roles = dict(zip(table["variable"], table["role"], strict=True))
    assert roles.pop("vote") == OUTCOME
    assert set(roles.values()) == {PREDICTOR}
    assert "944 answered; 0 without an answer are set aside. Drawn without the test" in words(at)
    assert r"Guessed because vote has exactly two values\." in words(at)
    assert PROTECTION[SplitMethod.STRATIFIED] in words(at)


@pytest.mark.parametrize("name", [sample.name for sample in list_samples()])
def test_every_sample_can_be_used_as_it_is(app, sample_draft, name):
    at = app("variables", sample_draft(name))
    assert [s.value for s in at.selectbox if s.label == "Outcome"] == [
        next(s.target for s in list_samples() if s.name == name)
    ]


def test_digits_have_an_outcome_and_images(app, words, digits_draft):
    at = app("variables", digits_draft)
    assert at.data_editor[0].value["variable"].tolist() == ["digit", "image"]
    assert "1,797 answered; 0 without an answer are set aside." in words(at)


# The table ------------------------------------------------------------------------


def test_an_edit_of_each_column_reaches_the_draft(app, small):
    at = app("variables", small())
    edit(at, (1, "label", "Size"), (3, "codes", "-99, -98"), (3, "level", "interval"))
    edits = at.session_state["draft"].edits
    assert edits["b"].label == "Size"
    assert edits["code"].missing_codes == ("-99", "-98")
    assert edits["code"].level is Level.INTERVAL
    assert set(edits) == {"b", "code"}


def test_a_missing_code_of_the_outcome_sets_rows_aside(app, words, small):
    at = app("variables", small("code", kind=Kind.REGRESSION))
    assert "40 answered; 0 without an answer" in words(at)
    edit(at, (3, "codes", "-99"))
    # Every eighth of 40 rows.
    assert "35 answered; 5 without an answer" in words(at)


def test_an_edit_that_is_taken_back_leaves_the_draft_as_it_was(app, small):
    at = app("variables", small())
    before = at.session_state["draft"].roles
    edit(at, (1, "role", LEFT_OUT), (1, "label", "Size"))
    assert at.session_state["draft"].roles["b"] == LEFT_OUT
    edit(at, (1, "role", PREDICTOR), (1, "label", ""))
    assert at.session_state["draft"].roles == before
    assert at.session_state["draft"].edits["b"].label == ""


def test_a_cleared_label_is_no_label(app, small):
    at = app("variables", small())
    edit(at, (1, "label", "Size"))
    edit(at, (1, "label", None))
    assert at.session_state["draft"].edits["b"].label == ""


@pytest.mark.parametrize(("first", "second"), [("b", "c"), ("c", "b")])
def test_of_two_outcomes_the_later_one_counts(app, file_draft, first, second):
    position = {"b": 1, "c": 2}
    at = app("variables", file_draft(TABLE.encode(), "small.csv"))
    edit(at, (position[first], "role", OUTCOME))
    edit(at, (position[first], "role", OUTCOME), (position[second], "role", OUTCOME))
    roles = at.session_state["draft"].roles
    assert roles[second] == OUTCOME
    assert roles[first] == PREDICTOR
    assert at.data_editor[0].value.set_index("variable")["role"][second] == OUTCOME


@pytest.mark.parametrize("role", [WEIGHT, CLUSTER])
def test_a_replaced_weight_or_cluster_is_left_out(app, small, role):
    at = app("variables", small())
    edit(at, (1, "role", role))
    edit(at, (1, "role", role), (3, "role", role))
    roles = at.session_state["draft"].roles
    assert (roles["b"], roles["code"]) == (LEFT_OUT, role)


def test_the_images_cannot_be_the_outcome(app, words, digits_draft):
    at = app("variables", digits_draft)
    edit(at, (1, "role", OUTCOME))
    assert "There is no outcome yet." in words(at)


def test_without_predictors_the_page_says_so(app, words, small, button):
    at = app("variables", small())
    button(at, LEFT_OUT).click().run()
    assert not at.exception
    assert "No predictor is left." in words(at)
    # Once more, in bulk: everything but the outcome predicts.
    button(at, PREDICTOR).click().run()
    roles = at.session_state["draft"].roles
    assert roles == {
        "a": OUTCOME,
        "b": PREDICTOR,
        "c": PREDICTOR,
        "code": PREDICTOR,
        "r": PREDICTOR,
    }


def test_search_looks_at_names_and_labels_and_limits_what_is_set_in_bulk(
    app, words, button, sample_draft
):
    at = app("variables", sample_draft("anes96"))
    at.text_input[0].set_value("POSITION").run()
    # ClinLR, DoleLR and selfLR have the word in their labels.
    assert sorted(at.data_editor[0].value["variable"]) == ["ClinLR", "DoleLR", "selfLR"]
    button(at, LEFT_OUT).click().run()
    roles = at.session_state["draft"].roles
    assert sorted(name for name, role in roles.items() if role == LEFT_OUT) == [
        "ClinLR",
        "DoleLR",
        "selfLR",
    ]


def test_a_search_that_finds_nothing_says_so(app, words, small):
    at = app("variables", small())
    at.text_input[0].set_value("zzz").run()
    assert not at.exception
    assert "No variable matches." in words(at)


def test_the_filter_shows_one_role(app, small):
    at = app("variables", small())
    edit(at, (1, "role", LEFT_OUT))
    at.segmented_control[0].set_value("Left out").run()
    assert at.data_editor[0].value["variable"].tolist() == ["b"]


# Outcome and kind -------------------------------------------------------------------


def test_another_outcome_is_guessed_anew(app, words, small):
    at = app("variables", small(kind=Kind.MULTICLASS))
    assert "Your choice; the guess was “Two categories (binary)”." in words(at)
    choose(at, "Outcome", "b")
    assert at.session_state["draft"].kind is None
    assert r"Guessed because b is a number with 40 values\." in words(at)
    assert at.session_state["draft"].roles["a"] == PREDICTOR


def test_another_outcome_in_the_table_is_guessed_anew(app, words, small):
    at = app("variables", small(kind=Kind.MULTICLASS))
    edit(at, (1, "role", OUTCOME))
    assert at.session_state["draft"].kind is None
    assert r"Guessed because b is a number with 40 values\." in words(at)


def test_a_kind_that_is_chosen_is_drawn_at_once(app, words, sample_draft):
    at = app("variables", sample_draft("anes96"))
    choose(at, "Outcome", "PID")
    bars = at.get("vega_lite_chart")[0].proto.spec
    choose(at, "Kind of task", Kind.REGRESSION)
    assert at.session_state["draft"].kind is Kind.REGRESSION
    assert at.get("vega_lite_chart")[0].proto.spec != bars


def test_a_kind_that_does_not_fit_gives_a_sentence(app, words, small):
    at = app("variables", small("c"))
    choose(at, "Kind of task", Kind.REGRESSION)
    assert r"“c” is text and cannot be predicted as a quantity\." in words(at)
    choose(at, "Kind of task", Kind.BINARY)
    assert r"“c” has 4 categories\." in words(at)
    choose(at, "Kind of task", Kind.MULTICLASS)
    assert "categories" in words(at)
    assert ":red[" not in words(at)


def test_a_category_with_too_few_cases_gives_a_sentence(app, words, small):
    at = app("variables", small("r"))
    assert r"Category “q” of “r” has only 1 case\." in words(at)


def test_too_few_rows_give_a_sentence(app, words, file_draft):
    at = app("variables", file_draft(b"a,b\n1,2\n0,3\n1,4\n0,6\n", "tiny.csv", "a"))
    assert "Only 4 rows have an answer to “a”" in words(at)


def test_an_outcome_without_answers_gives_a_sentence(app, words, file_draft):
    rows = "".join(f"{i % 4},\n" for i in range(12))
    at = app("variables", file_draft(f"a,b\n{rows}".encode(), "none.csv", "b"))
    assert "Only 0 rows have an answer to “b”" in words(at)


# Split ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "split",
    [
        SplitSpec(holdout=Holdout.PART, method=SplitMethod.STRATIFIED, validation=0.3, test=0.1),
        SplitSpec(holdout=Holdout.PART, method=SplitMethod.RANDOM, seed=5),
        SplitSpec(holdout=Holdout.PART, method=SplitMethod.GROUPED),
    ],
)
def test_the_split_is_the_one_that_is_asked_for(app, words, charts, sample_draft, split):
    draft = sample_draft("simulated_survey")
    at = app("variables", draft)
    choose(at, "Method", split.method)
    choose(at, "Validation rows", Holdout.PART)
    for label, value in (
        ("Validation share", split.validation),
        ("Test share", split.test),
        ("Split seed", split.seed),
    ):
        type_number(at, label, value)
    dataset = data_cache.dataset(draft)
    task = task_of(at.session_state["draft"], dataset)
    assert at.session_state["draft"].split.for_task(task) == split
    assert PROTECTION[split.method] in words(at)
    counts = {part: len(rows) for part, rows in split_rows(dataset, task, split).items()}
    expected = ", ".join(f"{part} {count:,}" for part, count in counts.items())
    assert charts(at)[-1] == f"Rows in each part: {expected}"


def test_networks_that_take_turns_need_no_part_of_their_own(app, words, charts, sample_draft):
    draft = sample_draft("anes96")
    at = app("variables", draft)
    assert "5 networks take turns: the training rows are divided into 5" in words(at)
    assert "Validation share" not in [n.label for n in at.number_input]
    # 944 rows, of which a fifth, rounded up, is sealed.
    assert charts(at)[-1] == "Rows in each part: training 755, test 189"


def test_a_single_network_has_a_part_to_be_judged_on(app, charts, sample_draft):
    at = app("variables", sample_draft("anes96", training=TrainingSpec(members=1)))
    assert "Validation rows" not in [s.label for s in at.selectbox]
    assert charts(at)[-1] == "Rows in each part: training 566, validation 189, test 189"


def test_a_split_by_clusters_needs_a_cluster(app, small):
    at = app("variables", small(split=SplitSpec(method=SplitMethod.GROUPED)))
    (method,) = [s for s in at.selectbox if s.label == "Method"]
    assert method.options == [
        SplitMethod.STRATIFIED.label,
        SplitMethod.RANDOM.label,
        SplitMethod.TIME.label,
        SplitMethod.COLUMN.label,
    ]
    assert method.value is SplitMethod.STRATIFIED
    edit(at, (3, "role", CLUSTER))
    (method,) = [s for s in at.selectbox if s.label == "Method"]
    assert method.options[0] == "Grouped by code"


def test_a_declared_cluster_is_dealt_out_whole_unless_another_method_is_chosen(app, words, panel):
    def method() -> SplitMethod:
        return next(s for s in at.selectbox if s.label == "Method").value

    at = app("variables", panel())
    assert method() is SplitMethod.STRATIFIED
    edit(at, (3, "role", CLUSTER))
    assert method() is SplitMethod.GROUPED
    assert PROTECTION[SplitMethod.GROUPED] in words(at)
    assert "in training and in evaluation" not in words(at)
    edit(at, (3, "role", LEFT_OUT))
    assert method() is SplitMethod.STRATIFIED
    edit(at, (3, "role", CLUSTER))
    choose(at, "Method", SplitMethod.RANDOM)
    assert r"Rows of the same “person\_id” are in training and in evaluation\." in words(at)
    assert ":material/error: Problem" in words(at)
    assert r":gray[Try:] choose the method “Grouped by person\_id”." in words(at)
    # A choice stays, whatever the sample asks for.
    edit(at, (3, "role", LEFT_OUT))
    assert method() is SplitMethod.RANDOM
    edit(at, (3, "role", CLUSTER))
    assert method() is SplitMethod.RANDOM


def test_shares_that_leave_no_training_give_a_sentence_and_can_be_mended(app, words, small):
    at = app("variables", small(training=TrainingSpec(members=1)))
    type_number(at, "Validation share", 0.5)
    type_number(at, "Test share", 0.4)
    assert "more than 80 % of the rows" in words(at)
    type_number(at, "Test share", 0.3)
    assert at.session_state["draft"].split == SplitSpec(validation=0.5, test=0.3)
    assert "more than 80 % of the rows" not in words(at)


# 60 rows: five waves of 12, every person in two rows, three countries of 30, 20 and 10 rows.
PANEL = "vote;age;wave;person_id;country\n" + "".join(
    f"{i * 7 % 5 % 2};{i * 1.5:.1f};{2001 + i // 12};{i % 30};"
    f"{'a' if i % 6 < 3 else 'b' if i % 6 < 5 else 'c'}\n"
    for i in range(60)
)
INCOMPLETE = "The split is not complete."


@pytest.fixture
def panel(file_draft):
    """A panel whose persons have no role."""

    def make(**changes):
        draft = file_draft(PANEL.encode(), "panel.csv", "vote", **changes)
        return replace(draft, roles={**draft.roles, "person_id": LEFT_OUT})

    return make


def multiselect(at):
    (result,) = [m for m in at.multiselect if m.label == "Values of the test part"]
    return result


def test_the_latest_wave_can_be_the_test_part(app, words, charts, panel):
    at = app("variables", panel(training=TrainingSpec(members=1)))
    choose(at, "Method", SplitMethod.TIME)
    assert PROTECTION[SplitMethod.TIME] in words(at)
    # Not yet complete: no bar, but what to do.
    assert INCOMPLETE in words(at)
    assert not any("Rows in each part" in chart for chart in charts(at))
    choose(at, "Split by", "wave")
    assert at.session_state["draft"].split == SplitSpec(method=SplitMethod.TIME, by="wave")
    assert INCOMPLETE not in words(at)
    assert charts(at)[-1] == "Rows in each part: training 36, validation 12, test 12"
    # Nothing is left to chance, so there is no seed to choose.
    assert "Split seed" not in [n.label for n in at.number_input]
    assert "Test share" in [n.label for n in at.number_input]


def test_networks_in_turns_need_as_many_times(app, words, charts, panel):
    at = app("variables", panel(split=SplitSpec(method=SplitMethod.TIME, by="wave")))
    assert r"5 networks cannot take turns with 4 times of “wave” before the test part\." in words(
        at
    )
    choose(at, "Validation rows", Holdout.PART)
    assert "cannot take turns" not in words(at)
    assert charts(at)[-1] == "Rows in each part: training 36, validation 12, test 12"


def test_text_without_an_order_gives_a_sentence_and_can_be_mended(app, words, panel):
    at = app("variables", panel(split=SplitSpec(method=SplitMethod.TIME, by="country")))
    assert r"“country” is text without an order in time\." in words(at)
    choose(at, "Split by", "age")
    assert "without an order in time" not in words(at)


def test_a_country_can_be_the_test_part(app, words, charts, panel):
    at = app("variables", panel())
    choose(at, "Method", SplitMethod.COLUMN)
    assert INCOMPLETE in words(at)
    assert "Values of the test part" not in [m.label for m in at.multiselect]
    choose(at, "Split by", "country")
    assert INCOMPLETE in words(at)
    assert multiselect(at).options == ["a", "b", "c"]
    multiselect(at).set_value(["c"]).run()
    assert not at.exception
    assert at.session_state["draft"].split == SplitSpec(
        method=SplitMethod.COLUMN, by="country", test_values=("c",)
    )
    assert charts(at)[-1] == "Rows in each part: training 50, test 10"
    assert "Test share" not in [n.label for n in at.number_input]
    multiselect(at).set_value(["a", "b", "c"]).run()
    assert r"The chosen values of “country” take all rows\." in words(at)
    # Values belong to their column.
    choose(at, "Split by", "wave")
    assert at.session_state["draft"].split.test_values == ()
    assert multiselect(at).options == ["2001", "2002", "2003", "2004", "2005"]


def test_values_are_chosen_by_their_labels(app, panel):
    labelled = Variable(
        name="wave",
        level=Level.ORDINAL,
        value_labels={"2001": "First", "2002": "Later", "2003": "Later"},
    )
    split = SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("2002",))
    at = app("variables", panel(edits={"wave": labelled}, split=split))
    # Two values of one label are told apart.
    assert multiselect(at).options == ["First", "Later (2002)", "Later (2003)", "2004", "2005"]
    assert at.session_state["draft"].split == split
    multiselect(at).set_value(["2003", "2001"]).run()
    assert not at.exception
    assert at.session_state["draft"].split.test_values == ("2001", "2003")


def test_another_method_forgets_the_column(app, panel):
    split = SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("2005",))
    at = app("variables", panel(split=split))
    choose(at, "Method", SplitMethod.RANDOM)
    assert at.session_state["draft"].split == SplitSpec(method=SplitMethod.RANDOM)
    assert "Split by" not in [s.label for s in at.selectbox]


def test_an_unfinished_split_gives_a_sentence_on_the_next_pages(app, words, panel):
    unfinished = panel(split=SplitSpec(method=SplitMethod.TIME))
    for page in ("network", "train"):
        assert "needs a variable to split by" in words(app(page, unfinished))


def test_only_the_images_cannot_split_the_digits(app, digits_draft):
    at = app("variables", digits_draft)
    (method,) = [s for s in at.selectbox if s.label == "Method"]
    assert SplitMethod.TIME.label not in method.options


def test_persons_in_several_parts_are_named(app, words, panel):
    at = app("variables", panel())
    assert r"The same “person\_id” is in several parts\." in words(at)
    assert ":gray[Try:] give it the role Cluster, so that each one stays in one part." in words(at)
    edit(at, (3, "role", CLUSTER))
    assert "is in several parts" not in words(at)


# Text from files -------------------------------------------------------------------


def test_text_from_files_stays_text(app, words, file_draft):
    rows = "".join(f"{'$x$' if i % 2 else '[a](b)'},{i % 3}\n" for i in range(40))
    at = app(
        "variables", file_draft(f":red[x] <b>,=cmd\n{rows}".encode(), "odd.csv", ":red[x] <b>")
    )
    assert r"Guessed because \:red\[x\] \<b\> has exactly two values\." in words(at)
    assert r"**\:red\[x\] \<b\>**" in [m.value for m in at.sidebar.markdown]
    assert at.data_editor[0].value["variable"].tolist() == [":red[x] <b>", "=cmd"]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("-99, -98", ("-99", "-98")),
        ("-99 -98", ("-99", "-98")),
        ("-99;  ; 7.5", ("-99", "7.5")),
        ("refused to say, 9", ("refused to say", "9")),
        ("-999 to 0, 999", ("-999 to 0", "999")),
        ("998 THRU 999", ("998 to 999",)),
        ("", ()),
    ],
)
def test_missing_codes_may_be_separated_as_people_do(typed, codes):
    assert read_codes(typed) == codes


def test_a_few_known_predictors_can_be_named(app, sample_draft, digits_draft):
    at = app("variables", sample_draft("anes96"))
    (reduced,) = [m for m in at.multiselect if m.label == "A simpler model of your own"]
    reduced.set_value(["PID", "age"]).run()
    assert not at.exception
    draft = at.session_state["draft"]
    assert set(draft.reduced) == {"PID", "age"}
    assert task_of(draft, data_cache.dataset(draft)).reduced == draft.reduced
    at = app("variables", digits_draft)
    assert "A simpler model of your own" not in [m.label for m in at.multiselect]
