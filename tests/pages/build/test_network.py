"""Presets, single layers, training settings; diagram, sizes and code follow."""

from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.data.prepare import outline
from dnn_core.network.contradictions import contradictions
from dnn_core.network.size import count_parameters
from dnn_core.outcome.output import output_of
from dnn_core.specs import (
    HOML_PRESETS,
    PRESETS,
    Activation,
    EncodingSpec,
    HiddenLayer,
    Imputation,
    Kind,
    MissingKinds,
    NetworkSpec,
    Optimizer,
    Ordered,
    Scaling,
    Schedule,
    SplitSpec,
    TrainingSpec,
    describe_fields,
)
from dnn_core.specs.experiment import count_folds
from pages.components.text import escape
from pages.session import data_cache, draft_cache
from pages.session.task import task_of
from pages.shell.navigation import PAGES

INPUTS = 9
"""Columns of anes96: nine numeric predictors without a missing answer."""


def field(at, kind, label):
    return next(element for element in getattr(at, kind) if element.label == label)


def draft_of(at):
    return at.session_state["draft"]


def edit(at, *cells):
    """Edit cells, given as (row, column, value) with all edits since the table was made."""
    (key,) = [e.key for e in at.data_editor]
    rows = {}
    for row, column, value in cells:
        rows.setdefault(row, {})[column] = value
    at.session_state[key] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    at.run()
    assert not at.exception


# Layers -------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_changes_layers_sidebar_and_parameters(app, tiles, words, sample_draft, name):
    at = app("network", sample_draft(network=NetworkSpec(hidden=(HiddenLayer(units=5),))))
    assert field(at, "segmented_control", "Preset").value == "Own"
    field(at, "segmented_control", "Preset").set_value(name).run()
    assert not at.exception
    network = PRESETS[name]
    assert draft_of(at).network == network
    assert field(at, "segmented_control", "Preset").value == name
    if network.hidden:
        table = at.data_editor[0].value
        assert table["units"].tolist() == [layer.units for layer in network.hidden]
        assert table["dropout"].tolist() == [layer.dropout for layer in network.hidden]
    else:
        assert "No hidden layer: this is a linear or logistic regression." in words(at)
    dataset = data_cache.dataset(draft_of(at))
    inputs = draft_cache.sizes(dataset, task_of(draft_of(at), dataset), draft_of(at)).inputs
    # “Rich” puts the nine numbers into bins, at most eight for each.
    assert inputs == INPUTS if name != "Rich" else INPUTS < inputs <= 8 * INPUTS
    parameters = count_parameters(network, inputs, output_of(Kind.BINARY, 2))
    # 944 rows, of which four fifths are for training, in turns.
    assert tiles(at) == {
        "Parameters": f"{parameters:,}",
        "Cases per parameter": f"{755 / parameters:,.2f}",
    }
    facts = [m.value for m in at.sidebar.markdown]
    assert facts[-1] == f"**{escape(network.summary().split(', ')[0])}**"


def test_parameters_by_hand(app, tiles, sample_draft):
    at = app("network", sample_draft(network=PRESETS["Medium"]))
    # 9 x 64 + 64, then 64 x 32 + 32, then 32 + 1.
    assert tiles(at)["Parameters"] == f"{640 + 2080 + 33:,}"


@pytest.mark.parametrize("name", HOML_PRESETS)
def test_digits_have_presets_of_their_own(app, tiles, digits_draft, name):
    at = app("network", digits_draft)
    field(at, "segmented_control", "Preset").set_value(name).run()
    assert not at.exception
    assert draft_of(at).network == HOML_PRESETS[name]
    assert (
        tiles(at)["Parameters"]
        == f"{count_parameters(HOML_PRESETS[name], 64, output_of(Kind.MULTICLASS, 10)):,}"
    )


def test_layers_are_added_removed_moved_and_brought_back(app, button, sample_draft):
    at = app("network", sample_draft(network=NetworkSpec(hidden=(HiddenLayer(units=8),))))

    def units():
        return [layer.units for layer in draft_of(at).network.hidden]

    assert button(at, "Undo").disabled and button(at, "First to last").disabled
    # A new layer has half the units of the one before it.
    for label, expected in (
        ("Add layer", [8, 4]),
        ("First to last", [4, 8]),
        ("Remove last", [4]),
        ("Undo", [4, 8]),
        ("Remove last", [4]),
        ("Remove last", []),
    ):
        button(at, label).click().run()
        assert not at.exception
        assert units() == expected, label
    assert button(at, "Remove last").disabled
    button(at, "Add layer").click().run()
    assert len(units()) == 1


def test_more_than_twenty_layers_give_a_sentence(app, button, words, sample_draft):
    network = NetworkSpec(hidden=(HiddenLayer(units=4),) * 20)
    at = app("network", sample_draft(network=network))
    button(at, "Add layer").click().run()
    assert not at.exception
    assert "“Hidden layers” does not allow this value" in words(at)
    assert draft_of(at).network == network
    at.run()
    assert len(at.data_editor[0].value) == 20


def test_an_edit_of_a_layer_is_followed_at_once(app, tiles, sample_draft):
    at = app("network", sample_draft(network=NetworkSpec(hidden=(HiddenLayer(units=8),))))
    edit(at, (0, "units", 10), (0, "activation", "tanh"), (0, "batch_norm", True))
    expected = HiddenLayer(units=10, activation=Activation.TANH, batch_norm=True)
    assert draft_of(at).network.hidden == (expected,)
    # 9 x 10, factor and shift of 10 units in place of their biases, and 10 + 1.
    assert tiles(at)["Parameters"] == str(90 + 20 + 11)
    edit(at, (0, "units", 8))
    assert draft_of(at).network.hidden == (HiddenLayer(units=8),)


def test_a_value_that_a_layer_does_not_allow_gives_a_sentence(app, words, sample_draft):
    at = app("network", sample_draft())
    before = draft_of(at).network
    edit(at, (0, "dropout", 0.95))
    assert "“Dropout” does not allow this value" in words(at)
    assert draft_of(at).network == before


# Training -----------------------------------------------------------------------


def test_every_training_setting_reaches_the_draft(app, sample_draft):
    at = app("network", sample_draft())
    # The second are there only once the first are chosen.
    for settings in (
        (
            ("number_input", "Epochs", 12),
            ("number_input", "Batch size", 16),
            ("number_input", "Learning rate", 0.01),
            ("selectbox", "Optimiser", Optimizer.SGD),
            ("toggle", "Early stopping", False),
            ("selectbox", "Schedule", Schedule.EXPONENTIAL),
            ("toggle", "Weight classes equally", True),
            ("number_input", "Input dropout", 0.1),
            ("selectbox", "Kinds of missing answer", MissingKinds.TOGETHER),
            ("selectbox", "Missing numbers", Imputation.NEIGHBOURS),
            ("selectbox", "Ordered categories", Ordered.THRESHOLDS),
            ("selectbox", "Scale of numbers", Scaling.NONE),
            ("number_input", "Bins of numbers", 6),
            ("number_input", "Rare categories, cases", 9),
            ("number_input", "Seed", 99),
        ),
        (("number_input", "Momentum", 0.5), ("number_input", "Decay for each epoch", 0.9)),
    ):
        for kind, label, value in settings:
            field(at, kind, label).set_value(value)
        at.run()
        assert not at.exception
    draft = draft_of(at)
    assert draft.training == TrainingSpec(
        epochs=12,
        batch_size=16,
        learning_rate=0.01,
        optimizer=Optimizer.SGD,
        momentum=0.5,
        early_stopping=False,
        schedule=Schedule.EXPONENTIAL,
        decay=0.9,
        class_weights=True,
    )
    assert draft.network.input_dropout == 0.1
    assert draft.encoding == EncodingSpec(
        missing_kinds=MissingKinds.TOGETHER,
        imputation=Imputation.NEIGHBOURS,
        scaling=Scaling.NONE,
        ordered=Ordered.THRESHOLDS,
        bins=6,
        rare_level_cases=9,
    )
    assert draft.seed == 99


def test_settings_appear_only_where_they_apply(app, sample_draft):
    at = app("network", sample_draft())
    labels = {n.label for n in at.number_input}
    assert not labels & {"Momentum", "Weight decay", "Plateau factor", "Decay for each epoch"}
    field(at, "selectbox", "Schedule").set_value(Schedule.PLATEAU).run()
    assert "Plateau factor" in {n.label for n in at.number_input}
    at = app("network", sample_draft("randhie"))
    assert "Weight classes equally" not in {t.label for t in at.toggle}


def test_every_setting_of_network_and_training_has_a_place(app, sample_draft):
    shown = set()
    for optimizer, schedule in (
        (Optimizer.SGD, Schedule.PLATEAU),
        (Optimizer.ADAMW, Schedule.EXPONENTIAL),
    ):
        training = TrainingSpec(optimizer=optimizer, schedule=schedule)
        at = app("network", sample_draft(training=training))
        shown |= {w.label for kind in ("number_input", "selectbox", "toggle") for w in at.get(kind)}
    settings = describe_fields(TrainingSpec) + describe_fields(NetworkSpec)
    # Hidden layers are a table, whose columns are all fields of a layer.
    assert {setting.title for setting in settings} - shown == {"Hidden layers"}


def test_contradictions_are_named(app, words, sample_draft):
    training = TrainingSpec(epochs=5, patience=10)
    at = app("network", sample_draft(training=training))
    draft = draft_of(at)
    contradicting = contradictions(draft.network, training, training_rows=566, kind=draft.kind)
    assert contradicting
    for remark in contradicting:
        assert f"**{escape(remark.title)}**" in words(at)


def test_pooling_rare_answers_changes_the_inputs_at_once(app, tiles, charts, file_draft):
    rows = "".join(f"{i % 2},{'abcdefghij'[i % 10]}\n" for i in range(100))
    network = NetworkSpec(hidden=())
    at = app("network", file_draft(f"y,x\n{rows}".encode(), "levels.csv", "y", network=network))
    field(at, "number_input", "Rare categories, cases").set_value(1).run()
    # Ten answers, ten columns, one weight each and a bias.
    assert tiles(at)["Parameters"] == "11"
    # In 80 training rows each answer has about eight cases: some are rare now.
    field(at, "number_input", "Rare categories, cases").set_value(9).run()
    draft = draft_of(at)
    dataset = data_cache.dataset(draft)
    encoding, folds = EncodingSpec(rare_level_cases=9), count_folds(draft.split, draft.training)
    inputs = outline(dataset, task_of(draft, dataset), SplitSpec(), encoding, folds).inputs
    assert inputs < 10
    assert tiles(at)["Parameters"] == str(inputs + 1)
    assert f"{inputs} input columns" in charts(at)[0]


def test_pooling_all_answers_is_refused_and_can_be_taken_back(app, tiles, words, file_draft):
    rows = "".join(f"{i % 2},{'abcdefghij'[i % 10]}\n" for i in range(100))
    at = app("network", file_draft(f"y,x\n{rows}".encode(), "levels.csv", "y"))
    before = tiles(at)["Parameters"]
    field(at, "number_input", "Rare categories, cases").set_value(50).run()
    assert "Nothing would be left of “x”" in words(at)
    # Also where the page begins with it.
    at.run()
    assert not at.exception
    assert "Nothing would be left of “x”" in words(at)
    field(at, "number_input", "Rare categories, cases").set_value(5).run()
    assert not at.exception
    assert "Nothing would be left" not in words(at)
    assert tiles(at)["Parameters"] == before


def test_bins_change_the_inputs_at_once(app, tiles, file_draft):
    rows = "".join(f"{i % 2},{i}.5,{i % 3}\n" for i in range(100))
    network = NetworkSpec(hidden=())
    at = app("network", file_draft(f"y,x,z\n{rows}".encode(), "n.csv", "y", network=network))
    assert field(at, "number_input", "Bins of numbers").value == 0
    before = int(tiles(at)["Parameters"])
    field(at, "number_input", "Bins of numbers").set_value(5).run()
    assert not at.exception
    draft = draft_of(at)
    dataset = data_cache.dataset(draft)
    inputs = outline(dataset, task_of(draft, dataset), SplitSpec(), EncodingSpec(bins=5)).inputs
    assert int(tiles(at)["Parameters"]) == inputs + 1 > before


def test_images_have_no_encoding_to_choose(app, digits_draft):
    at = app("network", digits_draft)
    assert not {"Bins of numbers", "Rare categories, cases"} & {n.label for n in at.number_input}
    assert not {"Scale of numbers", "Missing numbers"} & {s.label for s in at.selectbox}


# Code ---------------------------------------------------------------------------


def test_the_network_as_code(app, sample_draft):
    at = app("network", sample_draft())
    assert "import keras" in at.code[0].value or "from keras" in at.code[0].value
    compile(at.code[0].value, "shown.py", "exec")
    field(at, "segmented_control", "Language").set_value("R").run()
    assert not at.exception
    assert "library(keras" in at.code[0].value


def test_names_from_files_do_not_break_the_code(app, file_draft):
    rows = "".join(f"{i % 2},{i % 5}\n" for i in range(40))
    content = f'"a""b\\n",\'x\'\n{rows}'.encode()
    at = app("network", file_draft(content, "odd.csv", 'a"b\\n'))
    assert not at.exception
    assert compile(at.code[0].value, "shown.py", "exec")


def test_the_way_on(app, button, sample_draft):
    at = app("network", sample_draft())
    button(at, "Next: Train").click().run()
    assert at.title[0].value == "Train"
    assert PAGES["train"]


def test_rows_that_each_treatment_of_missing_answers_keeps(app, sample_draft):
    draft = sample_draft("simulated_survey")
    at = app("network", draft)
    dataset = data_cache.dataset(draft)
    predictors = list(task_of(draft, dataset).features)
    decisions, missing = (frame.value for frame in at.dataframe[-2:])
    answers = pd.DataFrame({name: dataset.answers(name) for name in predictors})
    complete = len(answers.dropna())
    assert 0 < complete < len(dataset)
    assert decisions["Rows"].tolist() == [f"{len(dataset):,}"] * 2 + [f"{complete:,}"]
    row = missing.set_index("Predictor").loc["income"]
    assert row["Missing"] == answers["income"].isna().sum()
    codes = dataset.frame["income"].value_counts()
    assert row["Why"] == f"Refused {codes[-99]:,}, Don't know {codes[-98]:,}"
    assert row["Complete without it"] == len(answers.drop(columns="income").dropna())


def test_without_missing_answers_no_predictor_is_listed(app, sample_draft):
    at = app("network", sample_draft())
    tables = [list(frame.value.columns) for frame in at.dataframe]
    assert ["Decision", "Rows", "Share"] in tables
    assert not any("Why" in columns for columns in tables)
