"""The table of predictions, one case by hand, a new file, downloads."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from dnn_core.errors import UserError
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.records import State
from dnn_core.specs import Kind
from pages.components.text import escape
from pages.judge.predict import prediction_table
from pages.session import data_cache, run_cache

KINDS = ["binary", "multiclass", "regression", "digits", "several"]


@pytest.fixture
def predicting(finished, compute):
    """A run whose predictions follow the first predictor, so that a change can be seen."""

    def answer(run, frame):
        labels = run.facts.coding.labels
        value = pd.to_numeric(frame.iloc[:, 0], errors="coerce").fillna(0).to_numpy("float64")
        if run.kind is Kind.REGRESSION:
            return pd.DataFrame({"predicted": value})
        shares = np.full((len(frame), len(labels)), 0.1 / max(len(labels) - 1, 1))
        shares[:, 1] = 0.9
        shares[:, 0] += value / 1e6
        result = pd.DataFrame(shares, columns=[f"probability_{label}" for label in labels])
        return result.assign(predicted=labels[1])

    def open_run(name):
        run = finished(name)
        compute.answer = lambda frame: answer(run, frame)
        return run

    return open_run


def cases(run, part="validation"):
    return run.predictions.query("part == @part").reset_index(drop=True)


def field(at, kind, label):
    return next(element for element in getattr(at, kind) if element.label == label)


def tick(at, row):
    """Tick a row of the table."""
    at.session_state[at.dataframe[0].key] = {"selection": {"rows": [row], "columns": []}}
    at.run()
    assert not at.exception


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAILED, State.INTERRUPTED])
def test_a_run_without_a_network_predicts_nothing(app, in_state, words, state):
    at = app("predict", run=in_state(state, epochs=1).id)
    assert not at.dataframe
    assert "Train a network" in [b.label for b in at.button] or "still training" in words(at)


@pytest.mark.parametrize("name", KINDS)
def test_the_table_holds_the_predictions_of_the_part(app, predicting, name):
    run = predicting(name)
    at = app("predict", run=run.id)
    part = field(at, "selectbox", "Part")
    assert part.options == ["Validation part", "Training part"]
    for chosen in ("validation", "training"):
        field(at, "selectbox", "Part").set_value(chosen).run()
        assert not at.exception
        table, expected = at.dataframe[0].value, cases(run, chosen)
        assert table["row"].tolist() == (expected["row"] + 1).tolist()
        assert table["observed"].tolist() == expected["observed"].tolist()
        if run.kind is Kind.REGRESSION:
            error = expected["observed"] - expected["predicted"]
            np.testing.assert_allclose(table["error"], error, rtol=1e-6)
        elif run.kind is Kind.BINARY:
            positive = expected[f"probability_{run.facts.coding.positive}"]
            np.testing.assert_allclose(table["probability"], positive, rtol=1e-6)
        else:
            shares = expected.filter(like="probability_").to_numpy()
            np.testing.assert_allclose(table["sure"], shares.max(axis=1), rtol=1e-6)
            # So many columns would push everything else off the screen.
            assert not any(column.startswith("probability") for column in table)


def test_of_a_handful_of_categories_each_has_a_column(app, predicting, monkeypatch):
    run = predicting("multiclass")
    labels = run.facts.coding.labels
    monkeypatch.setattr(prediction_table, "MOST_PROBABILITIES", len(labels))
    shown = app("predict", run=run.id).dataframe[0]
    each = [f"probability_{i}" for i in range(len(labels))]
    expected = cases(run)[[f"probability_{label}" for label in labels]]
    np.testing.assert_allclose(shown.value[each], expected, rtol=1e-6)
    # What takes part in the order of rows is not shown beside them.
    assert "sure" not in shown.proto.column_order and "sure" in shown.value


def test_only_errors_the_surest_first(app, predicting):
    run = predicting("multiclass")
    at = app("predict", run=run.id)
    field(at, "segmented_control", "Show").set_value("Errors").run()
    assert not at.exception
    table, expected = at.dataframe[0].value, cases(run)
    wrong = expected[expected["observed"] != expected["predicted"]]
    assert sorted(table["row"]) == sorted(wrong["row"] + 1)
    assert table["sure"].is_monotonic_decreasing
    field(at, "segmented_control", "Show").set_value("Least sure").run()
    assert at.dataframe[0].value["sure"].is_monotonic_increasing


def test_the_largest_errors_come_first(app, predicting):
    run = predicting("regression")
    at = app("predict", run=run.id)
    field(at, "segmented_control", "Show").set_value("Largest errors").run()
    assert at.dataframe[0].value["error"].abs().is_monotonic_decreasing


def test_the_test_part_is_listed_once_it_was_opened(app, predicting):
    run = predicting("opened")
    at = app("predict", run=run.id)
    part = field(at, "selectbox", "Part")
    assert part.options == ["Validation part", "Training part", "Test part"]
    part.set_value("test").run()
    assert len(at.dataframe[0].value) == run.facts.cases["test"]


# One case -------------------------------------------------------------------------


def test_the_case_is_the_row_that_is_ticked(app, predicting, compute, words):
    run = predicting("binary")
    at = app("predict", run=run.id)
    tick(at, 4)
    row = int(cases(run)["row"][4])
    assert f"Starts from row {row + 1:,}; change a value and watch." in words(at)
    features = list(run.experiment.task.features)
    dataset = data_cache.run_dataset(run)
    start, case = compute.asked[-1].iloc[0], compute.asked[-1].iloc[1]
    assert start[features].tolist() == dataset.frame.iloc[row][features].tolist()
    # Nothing was changed yet, so both are the same case.
    assert case.tolist() == start.tolist()


def test_a_changed_value_is_asked_about_and_taken_back(app, predicting, compute, button, words):
    run = predicting("binary")
    at = app("predict", run=run.id)
    tick(at, 2)
    row = int(cases(run)["row"][2])
    before = compute.asked[-1].iloc[0]["TVnews"]
    slider = field(at, "slider", "Times a week with TV news")
    slider.set_value(7 if before < 7 else 0).run()
    assert not at.exception
    assert compute.asked[-1]["TVnews"].tolist() == [before, 7 if before < 7 else 0]
    button(at, f"Back to row {row + 1:,}").click().run()
    assert not at.exception
    # The same row, as it is in the file; the table's tick stays.
    assert f"Starts from row {row + 1:,}" in words(at)
    assert compute.asked[-1]["TVnews"].tolist() == [before, before]


def test_what_is_predicted_is_written_and_drawn(app, predicting, words, charts):
    run = predicting("regression")
    at = app("predict", run=run.id)
    row = int(cases(run)["row"][0])
    first = data_cache.run_dataset(run).frame[run.experiment.task.features[0]].iloc[row]
    assert f'<span class="result">{first:,.2f}</span> predicted mdvis' in words(at)
    assert f"was {first:,.2f} for row {row + 1:,} · association, not effect" in words(at)
    assert [alt.split(" ")[0] for alt in charts(at)] == ["Share", "Prediction"]


def test_of_several_categories_the_likeliest_is_named(app, predicting, words):
    run = predicting("multiclass")
    at = app("predict", run=run.id)
    label = escape(run.facts.coding.labels[1])
    assert f'<span class="result">0.90</span> probability of {label}' in words(at)


def test_of_a_handful_of_categories_every_probability_is_drawn(app, predicting, charts):
    run = predicting("multiclass")
    (drawn,) = [alt for alt in charts(app("predict", run=run.id)) if "Probabilities" in alt]
    first, second, *others = run.facts.coding.labels
    assert f"{second} 0.90" in drawn
    assert all(f"{label} " in drawn for label in (first, *others))
    assert f"rings: row {int(cases(run)['row'][0]) + 1:,}" in drawn


def importance(run, worth):
    """What the analysis would have left: by how much the main metric falls without each."""
    table = pd.DataFrame(
        {"level": "predictor", "metric": "auc", "group": list(worth), "value": list(worth.values())}
    )
    result = AnalysisResult({"metric": "auc"}, {"importance": table})
    run.analyses.directory.mkdir()
    (run.analyses.directory / "importance.json").write_text(result.to_json(), encoding="utf-8")


def test_a_case_starts_with_the_predictors_that_matter(app, predicting):
    run = predicting("binary")
    features = list(run.experiment.task.features)
    assert run_cache.by_importance(run) == features
    worth = {name: float(i) for i, name in enumerate(features)}
    # Of one it is not known.
    worth[features[-1]] = np.nan
    importance(run, worth)
    expected = [*features[-2::-1], features[-1]]
    assert run_cache.by_importance(run) == expected
    at = app("predict", run=run.id)
    dataset = data_cache.run_dataset(run)
    sliders = [e.label for e in (*at.slider, *at.select_slider, *at.selectbox)]
    for name in expected[:4]:
        assert escape(dataset.variable(name).title) in sliders
    shown = at.dataframe[0].value
    assert (
        shown["predictor_0"].tolist() == dataset.frame[expected[0]].iloc[shown["row"] - 1].tolist()
    )


def test_a_digit_is_shown_with_its_probabilities(app, predicting, words, charts):
    run = predicting("digits")
    at = app("predict", run=run.id)
    tick(at, 3)
    case = cases(run).iloc[3]
    assert f"observed {case['observed']}, predicted {case['predicted']}" in words(at)
    assert charts(at)[1:] == ["Probability of each digit"]
    assert "Score a new file" not in [b.label for b in at.button]


def test_a_worker_that_is_not_ready_says_so_below_the_table(app, predicting, compute, words):
    run = predicting("binary")

    def refuse(frame):
        raise UserError("The worker is starting.", remedy="Try again in a few seconds.")

    compute.answer = refuse
    at = app("predict", run=run.id)
    assert r"The worker is starting\." in words(at)
    assert len(at.dataframe) == 1
    assert "**Presidential vote, 1996**" in [m.value for m in at.sidebar.markdown]


# A new file --------------------------------------------------------------------


def score(at, button, content, name="new.csv"):
    button(at, "Score a new file").click().run()
    # A dialog reruns alone; here page and dialog run again together.
    button(at, "Score a new file").click()
    at.file_uploader[0].upload(name, content, "text/csv").run()
    assert not at.exception


def test_a_new_file_is_reported_on_before_it_is_scored(app, predicting, button, compute):
    run = predicting("binary")
    frame = data_cache.run_dataset(run).frame.head(7).drop(columns="vote")
    at = app("predict", run=run.id)
    asked = len(compute.asked)
    score(at, button, frame.to_csv(index=False).encode())
    report = at.dataframe[-1].value
    assert set(run.experiment.task.features) <= set(report.iloc[:, 0])
    assert "Score 7 rows" in [b.label for b in at.button]
    assert all(len(frame) == 2 for frame in compute.asked[asked:])
    button(at, "Score a new file").click()
    button(at, "Score 7 rows").click().run()
    assert not at.exception
    assert 7 in [len(frame) for frame in compute.asked[asked:]]
    assert "Download the scored file" in [b.label for b in at.download_button]


def test_a_new_file_that_is_written_otherwise_says_so(app, predicting, button, words):
    run = predicting("binary")
    frame = data_cache.run_dataset(run).frame.head(7).drop(columns="vote")
    at = app("predict", run=run.id)
    score(at, button, frame.to_csv(index=False, sep=";").encode())
    told = "is not written as the training file was: delimiter “Semicolon ;”, not “Comma ,”."
    assert escape(told) in words(at)
    assert "Score 7 rows" in [b.label for b in at.button]


def test_a_file_without_a_predictor_is_refused_in_words(app, predicting, button, words):
    run = predicting("binary")
    frame = data_cache.run_dataset(run).frame.head(7).drop(columns=["vote", "age"])
    at = app("predict", run=run.id)
    score(at, button, frame.to_csv(index=False).encode())
    assert ":red[:material/error:]" in words(at)
    assert "age" in words(at)
    assert not [b for b in at.button if b.label.startswith("Score 7")]


def test_a_new_file_that_cannot_be_read_is_refused_in_words(app, predicting, button, words):
    run = predicting("binary")
    at = app("predict", run=run.id)
    score(at, button, b"", "empty.csv")
    assert ":red[:material/error:]" in words(at)
    # The page below the dialog is still there.
    assert at.dataframe


# Downloads and odd data -----------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_what_can_be_taken_away(app, predicting, name):
    at = app("predict", run=predicting(name).id)
    assert [b.label for b in at.download_button] == [
        "Predictions with the original columns (CSV)",
        "The report (HTML)",
        "The model (Keras)",
        "Everything (ZIP)",
    ]


def test_labels_from_files_stay_text(app, predicting, words):
    run = predicting("binary")
    run.annotate(name="$x$ [a](b) :red[x] <b>")
    # The labels of the outcome, as they were in the file.
    facts = run.facts
    target = {**facts.target, "labels": ["no", ":red[x] <b>"]}
    run.write("facts.json", facts.model_copy(update={"target": target}).model_dump_json())
    path = run.directory / "predictions.parquet"
    frame = pd.read_parquet(path).rename(columns={"probability_Dole": "probability_:red[x] <b>"})
    frame = frame.rename(columns={"probability_Clinton": "probability_no"})
    renamed = {"Dole": ":red[x] <b>", "Clinton": "no"}
    frame[["observed", "predicted"]] = frame[["observed", "predicted"]].replace(renamed)
    frame.to_parquet(path)
    at = app("predict", run=run.id)
    assert r"probability of \:red\[x\] \<b\>" in words(at)
    assert escape("$x$ [a](b) :red[x] <b>") in words(at)
    assert not re.search(r"(?<!\\):red\[x", words(at))


@pytest.mark.parametrize(
    ("column", "level", "kind", "value"),
    [
        ("age", "interval", "slider", 40),
        ("educ", "ordinal", "select_slider", 3),
        # No answer comes last, after the seven levels: 3 has the place 2.
        ("educ", "nominal", "selectbox", 3),
    ],
)
def test_a_case_without_an_answer_starts_without_one(
    app, predicting, compute, button, workspace, column, level, kind, value
):
    run = predicting("binary")
    row = int(cases(run)["row"][0])
    folder = workspace.datasets / str(run.experiment.data)
    frame = pd.read_parquet(folder / "frame.parquet").astype({column: "float64"})
    frame.loc[row, column] = np.nan
    frame.to_parquet(folder / "frame.parquet")
    about = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    for variable in about["variables"]:
        if variable["name"] == column:
            variable["level"] = level
    (folder / "dataset.json").write_text(json.dumps(about), encoding="utf-8")
    at = app("predict", run=run.id)
    further = next(w for w in at.multiselect if w.label.startswith("Change further"))
    if column in further.options or data_cache.run_dataset(run).variable(column).title in (
        further.options
    ):
        further.set_value([column]).run()
    assert compute.asked[-1][column].isna().tolist() == [True, True]
    title = data_cache.run_dataset(run).variable(column).title
    if kind == "selectbox":
        widget = field(at, kind, title)
        assert widget.value == 7 and widget.options[-1] == "No answer"
        widget.set_value(value - 1).run()
    else:
        none = field(at, "pills", f"No answer: {title}")
        assert none.value == "No answer"
        assert field(at, kind, title).disabled
        none.set_value(None).run()
        assert not field(at, kind, title).disabled
        field(at, kind, title).set_value(value).run()
    assert not at.exception
    assert compute.asked[-1][column].tolist()[1] == value
    button(at, f"Back to row {row + 1:,}").click().run()
    assert not at.exception
    assert compute.asked[-1][column].isna().tolist() == [True, True]


@pytest.mark.parametrize(
    ("column", "level", "kind"),
    [("age", "interval", "slider"), ("educ", "ordinal", "select_slider")],
)
def test_missing_codes_are_no_answers_of_a_case_but_a_choice_beside_them(
    app, predicting, compute, workspace, column, level, kind
):
    run = predicting("binary")
    row = int(cases(run)["row"][0])
    folder = workspace.datasets / str(run.experiment.data)
    frame = pd.read_parquet(folder / "frame.parquet").astype({column: "float64"})
    frame.loc[row, column] = -99
    frame.loc[[row + 1, row + 2], column] = -98, np.nan
    frame.to_parquet(folder / "frame.parquet")
    about = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    for variable in about["variables"]:
        if variable["name"] == column:
            labels = {**variable["value_labels"], "-99": "Refused"}
            codes = ["-99 to -90"]
            variable.update(level=level, missing_codes=codes, value_labels=labels)
    (folder / "dataset.json").write_text(json.dumps(about), encoding="utf-8")
    at = app("predict", run=run.id)
    title = data_cache.run_dataset(run).variable(column).title
    field(at, "multiselect", "Change further predictors, of 5").set_value([column]).run()
    assert not at.exception
    # The code goes to the encoder as it is, which knows what it means.
    assert compute.asked[-1][column].tolist() == [-99, -99]
    none = field(at, "pills", f"No answer: {title}")
    assert none.options == [escape(words) for words in ("Refused", "-99 to -90", "No answer")]
    assert none.value == "Refused"
    widget = field(at, kind, title)
    given = frame[column][frame[column] > -90]
    # Neither the ends of the slider nor where it stands is a missing code.
    if kind == "slider":
        assert (widget.min, widget.max) == (given.min(), given.max())
    else:
        assert len(widget.options) == given.nunique()
    assert widget.value in set(given)
    none.set_value("-99 to -90").run()
    assert compute.asked[-1][column].tolist() == [-99, -98]
    none.set_value("No answer").run()
    assert compute.asked[-1][column].isna().tolist() == [False, True]
    none.set_value(None).run()
    field(at, kind, title).set_value(3 if kind == "select_slider" else 40).run()
    assert not at.exception
    assert compute.asked[-1][column].tolist()[1] == (3 if kind == "select_slider" else 40)
