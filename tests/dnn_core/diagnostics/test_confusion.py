from __future__ import annotations

import numpy as np
from sklearn.metrics import confusion_matrix

from dnn_core.diagnostics.confusion import Confusion, confusion_frame, confusions
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind


def test_counts_agree_with_scikit_learn():
    rng = np.random.default_rng(1)
    observed, predicted = rng.integers(0, 4, (2, 200))
    frame = confusion_frame(observed, predicted, ("a", "b", "c", "d"))
    table = frame.pivot(index="row", columns="column", values="count").to_numpy()
    assert (table == confusion_matrix(observed, predicted)).all()


def test_shares_are_of_the_row_and_an_unobserved_category_has_none():
    frame = confusion_frame(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]), ("a", "b", "c"))
    cells = frame.set_index(["observed", "predicted"])
    assert cells.loc[("a", "a"), "share_text"] == "67%"
    assert cells.loc[("b", "b"), "share_text"] == "100%"
    assert cells.loc[("c", "a"), "share_text"] == "" and cells.loc[("c", "a"), "share"] == 0


def test_confusions_are_errors_only_and_the_most_frequent_come_first():
    frame = confusion_frame(np.array([0, 0, 0, 1, 1]), np.array([1, 1, 0, 1, 0]), ("a", "b"))
    top = confusions(frame)
    assert top["pair"].tolist() == ["a → b", "b → a"]
    assert top["text"].tolist() == ["2 (67%)", "1 (50%)"]


def test_long_labels_keep_their_ends():
    labels = ("Occupation group number 1", "Occupation group number 2")
    top = confusions(confusion_frame(np.array([0]), np.array([1]), labels))
    assert top["pair"].tolist() == ["Occupatio…number 1 → Occupatio…number 2"]


def test_many_categories_are_listed_instead_of_tabulated(make_run):
    labels = tuple(f"group {i}" for i in range(50))
    part = RunPart(make_run(Kind.MULTICLASS, labels=labels))
    assert "Observed → predicted" in Confusion().caption(part)
    marks = [layer["mark"]["type"] for layer in Confusion().draw(part).chart.to_dict()["layer"]]
    assert "rect" not in marks
