"""The 8 x 8 digits that come with scikit-learn: MNIST's small sister."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset, Level, Source, Variable

GREY_LEVELS = 16
"""The counts of dark dots in a 4 x 4 block of the scan run from 0 to 16."""


def read_digits() -> Dataset:
    """Read the test part of “Optical Recognition of Handwritten Digits” (UCI).

    Returns
    -------
    Dataset
        1,797 rows, one column “digit”, images uint8 of shape (1797, 8, 8) with
        grey values 0..255 as in MNIST; no published test part.
    """
    # scikit-learn's data sets take a second to import and are rarely asked for.
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.rint(bunch.images * (255 / GREY_LEVELS)).astype("uint8")
    digits = bunch.target.astype("int64")
    raw = images.tobytes() + digits.astype("uint8").tobytes()
    return Dataset(
        name="Small digits (8 × 8)",
        frame=pd.DataFrame({"digit": digits}),
        variables=(
            Variable(name="digit", label="Digit", level=Level.NOMINAL),
            Variable(name="image", label="Image", level=Level.IMAGE),
        ),
        source=Source(
            file_name="scikit-learn, load_digits",
            sha256=hashlib.sha256(raw).hexdigest(),
            size_bytes=len(raw),
        ),
        images=images,
    )
