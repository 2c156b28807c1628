from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
from PIL import Image

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.diagnostics.marks.digits import class_counts, digit_sheet, png_url, sheet_frame


def dataset(digits: list[int]) -> Dataset:
    images = np.zeros((len(digits), 4, 4), dtype="uint8")
    images[:, 0, 0] = digits
    variables = (
        Variable(name="digit", level=Level.NOMINAL),
        Variable(name="image", level=Level.IMAGE),
    )
    return Dataset(
        "made up",
        pd.DataFrame({"digit": np.array(digits, dtype="int64")}),
        variables,
        Source("made_up", "0" * 64, 1),
        images=images,
        official_test=np.array([len(digits) - 1]),
    )


def opened(url: str) -> np.ndarray:
    kind, data = url.split(",", 1)
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_strokes_have_one_grey_and_the_image_is_their_opacity():
    image = np.arange(16, dtype="uint8").reshape(4, 4)
    picture = opened(png_url(image, ink=20))
    assert (picture[..., 0] == 20).all() and (picture[..., 1] == image).all()


def test_the_first_twenty_of_each_class_are_shown_in_the_order_of_the_rows():
    data = dataset([1, 0] * 30)
    frame = sheet_frame(data, "digit", np.arange(60))
    ones = frame[frame["label"] == "1"]
    assert ones["row"].tolist() == list(range(0, 40, 2))
    assert ones["column"].tolist() == list(range(20))
    assert opened(ones["dark_ink"].iloc[0])[0, 0, 1] == 1


def test_classes_are_counted_in_numeric_order_among_the_given_rows():
    counts = class_counts(dataset([10, 2, 2, 7, 7, 7]), "digit", np.arange(5))
    assert counts["label"].tolist() == ["2", "7", "10"]
    assert counts["count"].tolist() == [2, 2, 1]
    # Five images, three classes.
    assert counts["equal"].tolist() == [5 / 3] * 3


def test_the_published_test_part_is_not_shown():
    spec = digit_sheet(dataset([0, 1, 1, 0])).to_dict()
    rows = [row for data in spec["datasets"].values() for row in data if "dark_ink" in row]
    assert sorted(row["row"] for row in rows) == [1, 2, 3]
