"""From raw rows to answers and tables."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.prepare import Prepared
from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.evaluation.prediction_table import prediction_table
from dnn_core.evaluation.predictor import (
    Predictor,
    outputs_to_predictions,
    raw_to_predictions,
)
from dnn_core.specs import Kind

pytestmark = pytest.mark.training

QUANTITY = TargetCoding("income", Kind.REGRESSION, mean=10.0, scale=2.0)
TWO = TargetCoding("vote", Kind.BINARY, ("0", "1"), ("abstained", "voted"))
THREE = TargetCoding("party", Kind.MULTICLASS, ("1", "2", "3"), ("left", "center", "right"))
THREE_OUTPUTS = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]], dtype="float32")


class FixedModel:
    """Stands in for a Keras model: one function of the first encoded column."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def predict(self, x: np.ndarray, *, batch_size: int, verbose: int) -> np.ndarray:
        return self.predict_on_batch(x)

    def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
        signal = 1 / (1 + np.exp(-x[:, 0].astype("float64")))
        if self._kind is Kind.MULTICLASS:
            return np.column_stack([1 - signal, signal / 4, 3 * signal / 4])
        return signal[:, np.newaxis]


def predictor_of(prepared: Prepared) -> Predictor:
    return Predictor(prepared.encoder, FixedModel(prepared.target.kind))


def test_outputs_of_each_kind_follow_one_convention() -> None:
    one = np.array([[0.25], [0.75]], dtype="float32")
    assert raw_to_predictions(QUANTITY, one).tolist() == [0.25, 0.75]
    assert raw_to_predictions(TWO, one).tolist() == [[0.75, 0.25], [0.25, 0.75]]
    assert raw_to_predictions(THREE, THREE_OUTPUTS) is THREE_OUTPUTS


def test_numbers_as_they_are_learnt_come_back_in_their_own_units() -> None:
    one = np.array([[0.25], [-1.0]], dtype="float32")
    assert outputs_to_predictions(QUANTITY, one).tolist() == [10.5, 8.0]
    assert outputs_to_predictions(TWO, one).tolist() == [[0.75, 0.25], [2.0, -1.0]]


@pytest.mark.parametrize(("rows", "at_once"), [(1, True), (1024, True), (1025, False)])
def test_few_rows_need_no_machinery(rows: int, at_once: bool) -> None:
    asked: list[tuple[str, int]] = []

    class Counting(FixedModel):
        def predict(self, x: np.ndarray, *, batch_size: int, verbose: int) -> np.ndarray:
            asked.append(("batches", batch_size))
            assert verbose == 0
            return FixedModel.predict_on_batch(self, x)

        def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
            asked.append(("one", len(x)))
            return FixedModel.predict_on_batch(self, x)

    names = tuple(f"pixel {i}" for i in range(6))
    predictor = Predictor(Encoder((), THREE, None, names, names), Counting(Kind.MULTICLASS))
    assert len(predictor.predict_images(np.zeros((rows, 6)))) == rows
    assert asked == [("one", rows) if at_once else ("batches", 1024)]


def test_without_thresholds_there_are_no_intervals(prepared_survey, survey_frame) -> None:
    with pytest.raises(UserError, match="does not know how sure"):
        predictor_of(prepared_survey("vote")).predictions_with_intervals(survey_frame)


def test_intervals_of_new_rows(prepared_survey, survey_frame) -> None:
    prepared = prepared_survey("income")
    conformal = {"kind": "regression", "scale": (1.0, 0.0, 1.0, 1.0)}
    thresholds = {"90": 2.0, "50": 0.5}
    kept = {"conformal": {**conformal, "thresholds": thresholds}, "recalibration": None}
    predictor = Predictor(prepared.encoder, FixedModel(Kind.REGRESSION), kept)
    table = predictor.predictions_with_intervals(survey_frame.head(3))
    said = predictor.predict(survey_frame.head(3))
    assert table["low_90"].to_numpy() == pytest.approx(said - 2, abs=1e-6)
    narrow = predictor.predictions_with_intervals(survey_frame.head(3), level=50)
    assert narrow["high_50"].to_numpy() == pytest.approx(said + 0.5, abs=1e-6)


def test_table_of_categories_speaks_in_labels() -> None:
    rows = np.array([4, 9])
    table = prediction_table(THREE, rows, "validation", np.array([0, 2]), THREE_OUTPUTS)
    expected = pd.DataFrame(
        {
            "row": [4, 9],
            "part": ["validation"] * 2,
            "observed": ["left", "right"],
            "predicted": ["center", "right"],
            "probability_left": THREE_OUTPUTS[:, 0],
            "probability_center": THREE_OUTPUTS[:, 1],
            "probability_right": THREE_OUTPUTS[:, 2],
        }
    )
    pd.testing.assert_frame_equal(table, expected)


def test_table_of_a_quantity_has_numbers_and_no_probabilities() -> None:
    table = prediction_table(
        QUANTITY, np.array([7]), "test", np.array([3.3], dtype="float32"), np.array([3.5])
    )
    assert list(table.columns) == ["row", "part", "observed", "predicted"]
    # In float64 the file would say 3.299999952316284.
    assert table.to_csv(index=False).splitlines()[1] == "7,test,3.3,3.5"


@pytest.mark.parametrize(
    ("target", "predicted"),
    [(QUANTITY, np.array([1.0, 2.0])), (THREE, THREE_OUTPUTS)],
)
def test_unknown_outcomes_are_missing_and_tables_combine(
    target: TargetCoding, predicted: np.ndarray
) -> None:
    y = np.array([0, 1], dtype="float32" if target is QUANTITY else "int32")
    known = prediction_table(target, np.arange(2), "training", y, predicted)
    unknown = prediction_table(target, np.arange(2), "new", None, predicted)
    assert unknown["observed"].isna().all()
    assert unknown.dtypes.equals(known.dtypes)
    both = pd.concat([known, unknown], ignore_index=True)
    assert both["observed"].isna().tolist() == [False, False, True, True]


def test_table_survives_parquet(tmp_path: Path) -> None:
    table = prediction_table(THREE, np.arange(2), "test", np.array([1, 2]), THREE_OUTPUTS)
    table.to_parquet(tmp_path / "table.parquet", index=False)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "table.parquet"), table)


def test_binary_answers_are_labels(prepared_survey, survey_frame) -> None:
    predictor = predictor_of(prepared_survey("vote"))
    frame = survey_frame.drop(columns="vote").set_index(np.arange(300) + 1000)
    probabilities = predictor.predict_proba(frame)
    assert list(probabilities.columns) == ["probability_abstained", "probability_voted"]
    assert probabilities.index.equals(frame.index)
    answers = predictor.predict(frame)
    expected = np.where(probabilities["probability_voted"] > 0.5, "voted", "abstained")
    assert answers.tolist() == expected.tolist()
    assert set(answers) == {"voted", "abstained"}
    # The stand-in rises with age, the first encoded column.
    age = frame["age"]
    assert answers[age.argmax()] == "voted"
    assert answers[age.argmin()] == "abstained"


def test_table_of_new_rows(prepared_survey, survey_frame) -> None:
    predictor = predictor_of(prepared_survey("group"))
    table = predictor.predictions(survey_frame.tail(4))
    assert table["row"].tolist() == [0, 1, 2, 3]
    assert (table["part"] == "new").all()
    assert table["predicted"].tolist() == predictor.predict(survey_frame.tail(4)).tolist()
    assert table.filter(like="probability_").sum(axis=1).to_numpy() == pytest.approx(np.ones(4))


def test_a_quantity_has_no_probabilities(prepared_survey, survey_frame) -> None:
    predictor = predictor_of(prepared_survey("income"))
    assert predictor.predict(survey_frame).dtype.kind == "f"
    with pytest.raises(UserError, match="quantity"):
        predictor.predict_proba(survey_frame)


def test_absent_columns_are_named(prepared_survey, survey_frame) -> None:
    predictor = predictor_of(prepared_survey("vote"))
    with pytest.raises(UserError, match="“age”, “member”"):
        predictor.predict(survey_frame.drop(columns=["age", "member"]))


def image_predictor() -> Predictor:
    names = tuple(f"pixel {i}" for i in range(6))
    return Predictor(Encoder((), THREE, None, names, names), FixedModel(Kind.MULTICLASS))


def test_images_of_either_shape() -> None:
    images = np.zeros((2, 2, 3), dtype="uint8")
    images[1, 0, 0] = 200
    table = image_predictor().predict_images(images)
    assert table["predicted"].tolist() == ["left", "right"]
    pd.testing.assert_frame_equal(table, image_predictor().predict_images(images.reshape(2, 6)))


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(UserError, match=r"6 pixels.*784"):
        image_predictor().predict_images(np.zeros((1, 28, 28), dtype="uint8"))


def test_images_and_tables_are_not_mixed_up(prepared_survey, survey_frame) -> None:
    with pytest.raises(UserError, match="trained on images"):
        image_predictor().predict(survey_frame)
    with pytest.raises(UserError, match="trained on a table"):
        predictor_of(prepared_survey("vote")).predict_images(np.zeros((1, 2, 3)))


def test_load_gives_the_predictions_of_the_network_that_was_saved(
    prepared_survey, survey_frame, tmp_path: Path
) -> None:
    """In a process of its own, because TensorFlow stays loaded once it is."""
    prepared = prepared_survey("vote")
    prepared.encoder.save(tmp_path)
    frame = survey_frame.iloc[prepared.parts["validation"].rows]
    frame.to_parquet(tmp_path / "frame.parquet")
    np.save(tmp_path / "x.npy", prepared.parts["validation"].x)
    script = """
import json, sys
from pathlib import Path
import numpy as np, pandas as pd
from dnn_core.evaluation.predictor import Predictor
assert not {"keras", "tensorflow"} & set(sys.modules)
import keras
keras.utils.set_random_seed(1)
directory = Path(sys.argv[1])
x = np.load(directory / "x.npy")
model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(1, "sigmoid")])
model.save(directory / "model.keras")
weights, bias = model.layers[0].get_weights()
expected = 1 / (1 + np.exp(-(x @ weights + bias)[:, 0]))
found = Predictor.load(directory).predict_proba(pd.read_parquet(directory / "frame.parquet"))
print(json.dumps([expected.tolist(), found["probability_voted"].tolist()]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    expected, content = json.loads(done.stdout.splitlines()[-1])
    assert len(content) == len(frame)
    assert content == pytest.approx(expected, abs=1e-6)
