"""The pictures of a study, on trials whose places are worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.diagnostics.study.history import draw_history, history_frame
from dnn_core.diagnostics.study.hyperparameter_importance_plot import (
    draw_hyperparameters,
    hyperparameter_frame,
)
from dnn_core.diagnostics.study.parallel import draw_parallel, parallel_frame
from dnn_core.diagnostics.study.table import leaderboard, winners_table
from dnn_core.outcome.metrics import metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.specs import Experiment, StudySpec, Task, Vary
from dnn_core.tuning.trial import Trial, TrialState

LOSS, AUC = metric("log_loss"), metric("auc")
VARY = (
    Vary(hyperparameter="units", values=(8, 16, 32)),
    Vary(hyperparameter="learning_rate", low=1e-4, high=1e-2),
)
FIGURES = {1: 0.6, 2: 0.4, 3: 0.5}


def trial(number, units=8, rate=1e-3, value=0.5, state=TrialState.COMPLETE):
    values = {"units": units, "learning_rate": rate}
    return Trial(number=number, values=values, state=state, value=value, main=0.7)


@pytest.fixture
def trials():
    return [
        trial(1, 8, 1e-4, FIGURES[1]),
        trial(2, 32, 1e-2, FIGURES[2]),
        trial(3, 16, 1e-3, FIGURES[3]),
        trial(4, value=None, state=TrialState.PRUNED),
    ]


@pytest.fixture
def asked():
    return StudySpec(experiment=Experiment(task=Task(target="y", features=("x",))), vary=VARY)


def test_lines_cross_axes_where_values_stand(trials):
    best_first = [trials[1], trials[2], trials[0]]
    frame = parallel_frame(VARY, best_first, LOSS)
    heights = frame.pivot(index="trial", columns="axis", values="height")
    # 8, 16, 32 by place; the learning rate by its logarithm; the lowest loss at the top.
    assert heights.loc[1].tolist() == [0, 0, 0]
    assert heights.loc[2].tolist() == [1, 1, 1]
    assert heights.loc[3].tolist() == pytest.approx([0.5, 0.5, 0.5])
    texts = frame[frame["trial"] == 2].sort_values("axis")["text"].tolist()
    assert texts == ["32", "0.01", "0.400"]


def test_where_higher_is_better_the_highest_is_at_the_top(trials):
    frame = parallel_frame(VARY, [trials[0], trials[2], trials[1]], AUC)
    last = frame[frame["axis"] == 2].set_index("trial")["height"]
    assert (last[1], last[2]) == (1, 0)


def test_the_five_best_are_coloured_and_drawn_last(asked):
    many = [trial(n, value=n / 10) for n in range(1, 9)]
    picture = draw_parallel(asked, many, LOSS)
    roles = picture.frame.groupby("trial")["role"].first()
    assert roles[roles == "validation"].index.tolist() == [1, 2, 3, 4, 5]
    assert picture.frame["trial"].iloc[-1] == 1
    assert picture.chart.to_dict()["height"]
    assert draw_parallel(asked, many[:1], LOSS) is None


def test_the_best_so_far_follows_the_order_of_numbers(trials):
    frame = history_frame(reversed(trials), LOSS)
    assert frame["trial"].tolist() == [1, 2, 3]
    assert frame["best"].tolist() == [0.6, 0.4, 0.4]
    assert history_frame(trials, AUC)["best"].tolist() == [0.6, 0.6, 0.6]
    picture = draw_history(trials, LOSS, 0.45)
    assert "since number 2" in picture.alt and "Dashed" in picture.caption
    assert len(picture.chart.to_dict()["layer"]) == 3
    assert draw_history(trials[3:], LOSS, None) is None


def test_hyperparameters_beyond_chance_are_named():
    table = pd.DataFrame(
        {"hyperparameter": ["l2", "units"], "importance": [0.7, 0.3], "chance": [0.5, 1.2]}
    )
    assert hyperparameter_frame(table)[["title", "text"]].to_numpy().tolist() == [
        ["L2", "70%"],
        ["Units", "30%"],
    ]
    picture = draw_hyperparameters(AnalysisResult({}, {"hyperparameters": table}))
    assert "More than chance: L2." in picture.caption
    assert "No more than chance: Units." in picture.alt
    # The tick of a hyperparameter that chance alone would rank higher is not cut off.
    assert picture.chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"][1] > 1.2
    assert "from 20 configurations" in draw_hyperparameters(
        AnalysisResult({}, {"hyperparameters": table.iloc[:0]})
    )


def test_the_leaderboard_puts_the_best_first_and_what_was_left_out_last(trials):
    table = leaderboard(VARY, trials, LOSS, AUC, None)
    assert table["No."].tolist() == [2, 3, 1, 4]
    assert table["Units"].tolist() == ["32", "16", "8", "8"]
    assert table["AUC"].tolist() == [0.7] * 4
    assert table["Left out"].tolist() == ["", "", "", "Given up early"]
    known = pd.DataFrame(
        {"number": [2, 3], "low": [0.3, 0.4], "high": [0.5, 0.6], "share": [0.9, 0.1]}
    )
    ended = leaderboard(VARY, trials, LOSS, AUC, AnalysisResult({}, {"trials": known}))
    assert ended["95% interval"].tolist() == ["0.300 to 0.500", "0.400 to 0.600", "", ""]
    assert ended["Best on"].tolist()[:2] == [0.9, 0.1]
    # Ranked by the main metric, of which there then is one column.
    assert leaderboard(VARY, trials, AUC, AUC, None)["AUC"].tolist()[:3] == [0.6, 0.5, 0.4]


def test_winners_stand_fold_by_fold_with_their_settings():
    known = pd.DataFrame(
        {"fold": [0, 1], "number": [3, 9], "inside": [0.4, 0.5], "outside": [0.6, 0.7]}
    )
    vary = (Vary(hyperparameter="activation", values=("relu", "silu")),)
    won = [
        Trial(number=3, values={"activation": "silu"}, state=TrialState.COMPLETE, value=0.4),
        Trial(number=9, values={"activation": "relu"}, state=TrialState.COMPLETE, value=0.5),
    ]
    table = winners_table(vary, won, AnalysisResult({}, {"winners": known}))
    assert table["Without fold"].tolist() == [1, 2]
    assert table["Activation"].tolist() == ["SiLU", "ReLU"]
    assert table["Where it was chosen"].tolist() == [0.4, 0.5]
    assert table["On the fold"].tolist() == [0.6, 0.7]


def test_choices_are_written_in_words():
    vary = (Vary(hyperparameter="activation", values=("relu", "silu")),)
    one = Trial(number=1, values={"activation": "silu"}, state=TrialState.COMPLETE, value=0.5)
    assert leaderboard(vary, [one], LOSS, AUC, None)["Activation"].tolist() == ["SiLU"]
