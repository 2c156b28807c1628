import numpy as np
import pandas as pd

from dnn_core.diagnostics.baselines_plot import baseline_chart, baseline_frame
from dnn_core.diagnostics.confusion import confusion_frame, matrix_chart
from dnn_core.diagnostics.diagnostic import Picture
from dnn_core.report.figures import MOST_ROWS, draw_figure, table_of


def picture(chart, frame, code="baselines"):
    return Picture(code, "A?", "How to read it.", chart, "In words.", frame)


def scores():
    rows = [("linear", 0.7), ("network", 0.8)]
    scores = pd.DataFrame(
        [
            {"model": m, "metric": "auc", "value": v, "low": v - 0.1, "high": v + 0.1}
            for m, v in rows
        ]
    )
    return baseline_frame(scores, "auc", {"linear": "<b>Linear</b>"}, "validation")


def test_colours_follow_the_reader():
    figure = draw_figure(picture(baseline_chart(scores()), scores()))
    assert not figure.fixed
    assert "var(--validation)" in figure.svg and "var(--reference)" in figure.svg
    assert "#C04F00" not in figure.svg
    assert "&lt;b&gt;Linear&lt;/b&gt;" in figure.svg and "<b>" not in figure.svg
    assert "0.80 (0.70 to 0.90)" in figure.svg


def test_shades_keep_the_colours_of_paper():
    observed, predicted = np.array([0, 1, 1]), np.array([0, 1, 0])
    frame = confusion_frame(observed, predicted, ("a", "b"))
    figure = draw_figure(picture(matrix_chart(frame), frame))
    assert figure.fixed
    assert "var(--" not in figure.svg


def test_the_table_holds_what_was_drawn_and_nothing_that_only_places_it():
    table = table_of(scores())
    assert list(table.columns) == ["model", "title", "value", "low", "high", "unweighted"]
    assert table.iloc[1].tolist() == ["network", "This network", "0.800", "0.700", "0.900", ""]


def test_a_table_that_nobody_reads_is_left_out():
    assert table_of(pd.DataFrame({"value": range(MOST_ROWS + 1)})) is None
    assert table_of(pd.DataFrame({"value": []})) is None
    assert table_of(pd.DataFrame({"value": [-1234, 0]}))["value"].tolist() == ["−1,234", "0"]
