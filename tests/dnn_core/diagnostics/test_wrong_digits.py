from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.diagnostics.wrong_digits import WRONG_ACROSS, WRONG_DOWN, WrongDigits
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind

LABELS = ("0", "1", "2")


@pytest.fixture
def images() -> Dataset:
    return Dataset(
        "made up",
        pd.DataFrame({"digit": np.zeros(200, dtype="int64")}),
        (
            Variable(name="digit", level=Level.NOMINAL),
            Variable(name="image", level=Level.IMAGE),
        ),
        Source("made_up", "0" * 64, 1),
        images=np.zeros((200, 4, 4), dtype="uint8"),
    )


def test_the_surest_errors_come_first(make_run, images):
    part = RunPart(make_run(Kind.MULTICLASS, labels=LABELS, skill=0.1), "validation", images)
    picture = WrongDigits().draw(part)
    table = part.predictions
    wrong = table[table["observed"] != table["predicted"]]
    surest = wrong.filter(like="probability_").max(axis=1).nlargest(WRONG_ACROSS * WRONG_DOWN)
    assert picture.frame["probability"].tolist() == pytest.approx(surest.tolist())
    assert picture.frame["row"].tolist()[0] == table.loc[surest.index[0], "row"]
    assert (picture.frame["observed"] != picture.frame["predicted"]).all()
    assert picture.chart.to_dict()


def test_without_images_it_says_why_not(make_run, images):
    run = make_run(Kind.MULTICLASS, labels=LABELS)
    tables = dataclasses.replace(images, images=None)
    for dataset in (None, tables):
        reason = WrongDigits().obstacle(RunPart(run, "validation", dataset))
        assert reason == "It needs images, and these data have none."


def test_without_an_error_it_says_why_not(make_run, images):
    run = make_run(Kind.MULTICLASS, labels=LABELS, skill=50)
    reason = WrongDigits().obstacle(RunPart(run, "validation", images))
    assert reason == "No case is predicted wrongly."
