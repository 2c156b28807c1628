"""One case by hand: change a value, and the prediction follows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dnn_core.data.choices import NO_REASON, why_missing
from dnn_core.data.dataset import Dataset, value_text
from dnn_core.diagnostics.marks.style import significant
from dnn_core.diagnostics.one_case_plot import (
    case_chart,
    categories_chart,
    contribution_chart,
    contribution_frame,
    decimals_of,
    image_picture,
)
from dnn_core.evaluation.prediction_table import (
    probabilities_of,
    probability_column,
    probability_columns,
)
from dnn_core.runs.run import Run
from dnn_core.specs import Kind
from dnn_core.wording import plain
from pages.components.layout import show_question
from pages.components.text import escape, number, row_number
from pages.judge.predict.case_values import show_value
from pages.session import data_cache, run_cache, state

SHOWN_AT_ONCE = 4
MOST_DRAWN = 8
"""Categories up to which the probability of each is drawn."""

SEVERAL_CATEGORIES = (Kind.MULTICLASS, Kind.ORDINAL)


def show_case(run: Run, dataset: Dataset, row: int) -> None:
    """The prediction for one row, and for the same row with values changed by hand."""
    if dataset.images is not None:
        _show_image(run, dataset, row)
        return
    caption = f"Starts from row {row_number(row)}; change a value and watch."
    if run.experiment.folds:
        caption += (
            f" The mean of all {run.experiment.folds} networks; the table shows the prediction of "
            "the one that was not trained on the row."
        )
    show_question("What would it predict for one case?", caption)
    features = run_cache.by_importance(run)
    start = dataset.frame.iloc[[row]][features]
    place = st.container(gap=None)
    case = start.copy()
    for name in features[:SHOWN_AT_ONCE]:
        case[name] = [show_value(run, dataset, row, name)]
    for name in _choose_further(dataset, features[SHOWN_AT_ONCE:]):
        case[name] = [show_value(run, dataset, row, name)]
    if st.button(f"Back to row {row_number(row)}", icon=":material/undo:", type="tertiary"):
        # Only the case starts anew; the table beside it keeps its tick.
        state.remember("case", state.recall("case", 0) + 1)
        st.rerun()
    both = pd.concat([start, case], ignore_index=True)
    predictions = run_cache.predict(run, both)
    with place:
        output = _show_prediction(run, row, predictions)
    _show_contributions(run, dataset, case, output)


def _show_contributions(run: Run, dataset: Dataset, case: pd.DataFrame, output: str) -> None:
    """On request, what each predictor adds to the prediction; it takes the worker a moment."""
    if not st.toggle("What moves it?", key=state.key("contributions")):
        return
    explained = run_cache.explanation(run, case)
    explained = explained[explained["output"] == output]
    features = run.experiment.task.features
    titles = {name: dataset.variable(name).title for name in features}
    answers = {name: _answer_words(dataset, name, case[name].iloc[0]) for name in features}
    frame = contribution_frame(explained, titles, answers)
    error = explained["error"].max()
    st.caption("Blue raises the prediction, orange lowers it.")
    listed = "; ".join((frame["title"].str.replace("\n", ": ") + " " + frame["text"]).tolist())
    st.altair_chart(contribution_chart(frame), alt=f"Contributions to the prediction: {listed}")
    st.caption(
        "Shapley values: from the mean prediction for training rows to that for this case, "
        "averaged over random orders of the predictors; Monte-Carlo error at most "
        f"{plain(error, 1)}. What the network does with these answers: association, not effect."
    )


def _answer_words(dataset: Dataset, name: str, value: object) -> str:
    variable = dataset.variable(name)
    if reason := why_missing(dataset, name, value):
        return reason.lower() if reason == NO_REASON else reason
    text = value_text(value)
    if text in variable.value_labels:
        return variable.value_labels[text]
    if isinstance(value, float) and np.isfinite(value):
        return significant(value) if value % 1 else text
    return text


def _choose_further(dataset: Dataset, names: list[str]) -> list[str]:
    """Further predictors to be changed; each only on request, for there may be thousands."""
    if not names:
        return []
    return st.multiselect(
        f"Change further predictors, of {len(names):,}"
        if len(names) > 1
        else "Change the further predictor",
        names,
        format_func=lambda name: dataset.variable(name).title,
        placeholder="Search and choose",
        key=state.key("further"),
    )


def _show_prediction(run: Run, row: int, predictions: pd.DataFrame) -> str:
    """Show the prediction; returns of which category, or the outcome's name."""
    target = run.facts.coding
    if run.kind.numeric:
        was, now = predictions["predicted"].tolist()
        output, words = target.name, f"predicted {escape(target.name)}"
    else:
        # Of several categories the one that is likeliest for the case as it is set.
        likeliest = probabilities_of(predictions, target.labels)[1].argmax()
        output = target.positive if run.kind is Kind.BINARY else target.labels[likeliest]
        was, now = predictions[probability_column(output)].tolist()
        words = f"probability of {escape(output)}"
    span = (0.0, 1.0)
    if run.kind.numeric:
        every = run_cache.predictions(run)["predicted"]
        span = (float(every.min()), float(every.max()))
    decimals = decimals_of(span[1] - span[0])
    st.markdown(
        f'<span class="result">{number(now, decimals)}</span> {words}', unsafe_allow_html=True
    )
    st.caption(f"was {number(was, decimals)} for row {row_number(row)} · association, not effect")
    if run.kind in SEVERAL_CATEGORIES and len(target.labels) <= MOST_DRAWN:
        _show_categories(row, predictions, target.labels)
        return output
    frame = pd.DataFrame({"case": [f"row {row_number(row)}", "this case"], "value": [was, now]})
    st.altair_chart(
        case_chart(frame, span),
        alt=f"Prediction for row {row_number(row)} and for the case set by hand",
    )
    return output


def _show_categories(row: int, predictions: pd.DataFrame, labels: Sequence[str]) -> None:
    """The probability of every category, as it was and as it is."""
    every = predictions[[f"probability_{label}" for label in labels]].to_numpy()
    frame = pd.DataFrame({"case": labels, "before": every[0], "value": every[1]})
    pairs = zip(labels, every[1], strict=True)
    listed = ", ".join(f"{label} {number(value, 2)}" for label, value in pairs)
    st.altair_chart(
        categories_chart(frame),
        alt=f"Probabilities of the case set by hand: {listed}; rings: row {row_number(row)}",
    )


def _show_image(run: Run, dataset: Dataset, row: int) -> None:
    show_question(
        "What does it see in this image?",
        f"Row {row_number(row)}; tick another row for another image.",
    )
    case = run_cache.predictions(run).query("row == @row").iloc[0]
    picture = image_picture(data_cache.images_of(dataset, np.array([row]))[0])
    st.image(picture, width=140, alt=f"The image in row {row_number(row)}")
    st.caption(
        f"observed {escape(str(case['observed']))}, predicted {escape(str(case['predicted']))}"
    )
    labels = run.facts.coding.labels
    frame = pd.DataFrame(
        {"case": labels, "value": [case[name] for name in probability_columns(labels)]}
    )
    st.altair_chart(case_chart(frame, (0.0, 1.0)), alt="Probability of each digit")
