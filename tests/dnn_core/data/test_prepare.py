"""From a data set to arrays."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.prepare import PIXEL_SCALE, outline, prepare, write_arrays
from dnn_core.data.split.row_split import PARTS, split_rows
from dnn_core.errors import UserError
from dnn_core.specs import (
    EncodingSpec,
    Experiment,
    Holdout,
    Kind,
    Scaling,
    SplitMethod,
    SplitSpec,
    Task,
    TrainingSpec,
)

ROWS = 200


def dataset(**columns: object) -> Dataset:
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "y": np.arange(ROWS) % 2,
            "x": generator.normal(size=ROWS),
            "w": np.tile([1.0, 3.0], ROWS // 2),
            "psu": np.arange(ROWS) // 10,
            **columns,
        }
    )
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in frame)
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))


def experiment(**task: object) -> Experiment:
    split = SplitSpec(holdout=Holdout.PART)
    return Experiment(task=Task(target="y", features=("x",), **task), split=split)


def test_outline_and_arrays_agree() -> None:
    data, asked = dataset(), experiment(weight="w", cluster="psu")
    prepared = prepare(data, asked)
    sketch = outline(data, asked.task, asked.split, asked.encoding)
    assert {name: len(prepared.parts[name]) for name in PARTS} == sketch.cases
    assert prepared.inputs == sketch.inputs == 1
    assert prepared.target == sketch.target


def test_parts_hold_the_rows_they_name() -> None:
    data = dataset()
    part = prepare(data, experiment(weight="w", cluster="psu")).parts["validation"]
    np.testing.assert_array_equal(part.y, data.frame["y"].to_numpy()[part.rows])
    # Weights have mean 1 over the file: 1 and 3 become 0.5 and 1.5.
    np.testing.assert_allclose(part.weight, data.frame["w"].to_numpy()[part.rows] / 2)
    np.testing.assert_array_equal(part.cluster, data.frame["psu"].astype(str).to_numpy()[part.rows])


def test_training_columns_are_standardised() -> None:
    asked = experiment().but(encoding=EncodingSpec(scaling=Scaling.STANDARD))
    x = prepare(dataset(), asked).parts["training"].x
    assert x.dtype == np.float32
    assert x.mean() == pytest.approx(0, abs=1e-6) and x.std() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("bins", [0, 5])
def test_network_and_baselines_see_the_bins(bins: int) -> None:
    data, asked = dataset(), experiment().but(encoding=EncodingSpec(bins=bins))
    prepared = prepare(data, asked)
    sketch = outline(data, asked.task, asked.split, asked.encoding)
    assert prepared.inputs == sketch.inputs == max(bins, 1)
    for part in prepared.parts.values():
        assert part.x.dtype == np.float32
        np.testing.assert_array_equal(
            part.x, prepared.encoder.transform(data.frame.iloc[part.rows])
        )


@pytest.mark.parametrize("bad", [[-1.0] * ROWS, [0.0] * ROWS, [np.nan] + [1.0] * (ROWS - 1)])
def test_bad_weights_are_refused(bad: list[float]) -> None:
    with pytest.raises(UserError, match="cannot be the weight"):
        prepare(dataset(w=bad), experiment(weight="w"))


def test_bad_weights_are_refused_before_a_run_is_made() -> None:
    data, asked = dataset(w=["heavy"] * ROWS), experiment(weight="w")
    with pytest.raises(UserError, match="cannot be the weight"):
        outline(data, asked.task, asked.split, asked.encoding)


def test_text_as_a_quantity_is_refused_in_words() -> None:
    data = dataset(y=["left", "right"] * (ROWS // 2))
    with pytest.raises(UserError, match="is text and cannot be predicted as a quantity"):
        prepare(data, experiment(kind=Kind.REGRESSION))


def test_images_stay_bytes_and_are_scaled_in_the_network() -> None:
    images = np.random.default_rng(0).integers(0, 256, (ROWS, 4, 4), dtype="uint8")
    data = dataset()
    variables = (*data.variables, Variable(name="image", level=Level.IMAGE))
    data = Dataset("digits", data.frame, variables, data.source, images, np.arange(150, ROWS))
    asked = Experiment(
        task=Task(target="y", features=("image",)), split=SplitSpec(method=SplitMethod.OFFICIAL)
    )
    prepared = prepare(data, asked)
    assert prepared.input_scale == PIXEL_SCALE
    part = prepared.parts["test"]
    assert part.x.dtype == np.uint8
    np.testing.assert_array_equal(part.x, images[150:].reshape(50, 16))


def test_a_class_without_training_rows_is_named() -> None:
    # The third class fills the last of twenty clusters, which trains with some seeds only.
    y = np.arange(ROWS) % 2
    y[-10:] = 2
    data = dataset(y=y)
    asked = Experiment(
        task=Task(target="y", features=("x",), kind=Kind.MULTICLASS, cluster="psu"),
        split=SplitSpec(method=SplitMethod.GROUPED, validation=0.4, test=0.4, holdout=Holdout.PART),
    )
    trains = {
        seed: "19" in {str(row // 10) for row in rows["training"]}
        for seed in range(10)
        for rows in [split_rows(data, asked.task, asked.split.but(seed=seed))]
    }
    outside = next(seed for seed, inside in trains.items() if not inside)
    with pytest.raises(UserError, match="No training row has the category “2”"):
        prepare(data, asked.but(split=asked.split.but(seed=outside)))
    inside = next((seed for seed, within in trains.items() if within), None)
    assert inside is not None
    prepare(data, asked.but(split=asked.split.but(seed=inside)))


def test_arrays_for_the_scripts_leave_the_test_part_out() -> None:
    prepared = prepare(dataset(), experiment(weight="w"))
    with np.load(io.BytesIO(write_arrays(prepared)), allow_pickle=False) as arrays:
        assert set(arrays) == {
            *("x_train", "y_train", "weight_train"),
            *("x_validation", "y_validation", "weight_validation"),
        }
        np.testing.assert_array_equal(arrays["x_train"], prepared.parts["training"].x)
        np.testing.assert_array_equal(arrays["y_validation"], prepared.parts["validation"].y)


def test_arrays_for_networks_that_take_turns_say_who_leaves_out_whom() -> None:
    asked = experiment(weight="w").but(split=SplitSpec(), training=TrainingSpec(members=3))
    prepared = prepare(dataset(), asked)
    with np.load(io.BytesIO(write_arrays(prepared)), allow_pickle=False) as arrays:
        assert set(arrays) == {"x_train", "y_train", "weight_train", "fold"}
        np.testing.assert_array_equal(arrays["x_train"], prepared.parts["training"].x)
        np.testing.assert_array_equal(arrays["fold"], prepared.folds)


def test_networks_take_turns_with_the_training_rows() -> None:
    data = dataset(y=np.arange(ROWS) % 3)
    asked = Experiment(
        task=Task(target="y", features=("x",), kind=Kind.MULTICLASS, weight="w", cluster="psu"),
        split=SplitSpec(method=SplitMethod.STRATIFIED),
        training=TrainingSpec(members=4),
    )
    prepared = prepare(data, asked)
    training, test = prepared.parts["training"], prepared.parts["test"]
    assert prepared.parts["validation"] is training
    assert sorted(np.concatenate([training.rows, test.rows])) == list(range(ROWS))
    assert prepared.folds is not None
    # 160 training rows, 54 or 53 of each class: folds of 40 with 13 or 14 of each.
    for fold in range(4):
        left_out = prepared.folds == fold
        assert left_out.sum() == 40
        assert set(np.bincount(training.y[left_out])) <= {13, 14}
        rest = prepared.without(fold)
        assert rest.folds is None
        np.testing.assert_array_equal(rest.parts["validation"].rows, training.rows[left_out])
        np.testing.assert_array_equal(rest.parts["training"].x, training.x[~left_out])
        np.testing.assert_array_equal(rest.parts["training"].weight, training.weight[~left_out])
        np.testing.assert_array_equal(rest.parts["training"].cluster, training.cluster[~left_out])


def test_whole_clusters_take_turns() -> None:
    asked = Experiment(
        task=Task(target="y", features=("x",), cluster="psu"),
        split=SplitSpec(method=SplitMethod.GROUPED),
        training=TrainingSpec(members=5),
    )
    prepared = prepare(dataset(), asked)
    clusters = prepared.parts["training"].cluster
    for cluster in np.unique(clusters):
        assert len(np.unique(prepared.folds[clusters == cluster])) == 1
    assert len(np.unique(prepared.folds)) == 5


def test_more_networks_than_clusters_cannot_take_turns() -> None:
    asked = Experiment(
        task=Task(target="y", features=("x",), cluster="psu"),
        split=SplitSpec(method=SplitMethod.GROUPED),
        training=TrainingSpec(members=30),
    )
    with pytest.raises(UserError, match="30 networks cannot take turns with 16 clusters"):
        prepare(dataset(), asked)


@pytest.mark.parametrize(
    ("members", "holdout", "folds"),
    [(1, Holdout.FOLDS, 0), (1, Holdout.PART, 0), (5, Holdout.PART, 0), (5, Holdout.FOLDS, 5)],
)
def test_a_single_network_has_one_validation_part(members, holdout, folds) -> None:
    asked = Experiment(
        task=Task(target="y", features=("x",)),
        split=SplitSpec(holdout=holdout),
        training=TrainingSpec(members=members),
    )
    assert asked.folds == folds
    parts = prepare(dataset(), asked).parts
    assert len(parts["training"]) == (160 if folds else 120)


def test_a_quantity_can_have_a_published_test_part() -> None:
    data = dataset(y=np.arange(ROWS) * 1.5)
    data = Dataset("d", data.frame, data.variables, data.source, None, np.arange(150, ROWS))
    asked = Experiment(
        task=Task(target="y", features=("x",), kind=Kind.REGRESSION),
        split=SplitSpec(method=SplitMethod.OFFICIAL, holdout=Holdout.PART),
    )
    parts = prepare(data, asked).parts
    assert parts["test"].rows.tolist() == list(range(150, ROWS))
    # A fifth of the other 150, in every fifth of the outcome.
    fifths = np.digitize(parts["validation"].y, np.arange(1, 5) * ROWS * 1.5 / 5)
    assert len(parts["validation"]) == 30
    assert set(np.bincount(fifths)[:3]) == {8}


TOWNS = [f"town {i % 50}" for i in range(ROWS)]


def of_towns(towns: list[str | None], rare: int = 5) -> tuple[Dataset, Experiment]:
    data = dataset(town=pd.Series(towns, dtype="str"))
    variables = [v.model_copy(update={"level": Level.NOMINAL}) for v in data.variables[-1:]]
    data = data.with_variables((*data.variables[:-1], *variables))
    task = Task(target="y", features=("town",), kind=Kind.BINARY)
    split = SplitSpec(holdout=Holdout.PART)
    return data, Experiment(task=task, split=split, encoding=EncodingSpec(rare_level_cases=rare))


def test_categories_that_are_all_rare_are_no_predictor() -> None:
    data, asked = of_towns(TOWNS)
    for refused in (
        lambda: prepare(data, asked),
        lambda: outline(data, asked.task, asked.split, asked.encoding),
    ):
        with pytest.raises(UserError, match="Nothing would be left of “town”") as caught:
            refused()
        assert caught.value.expected == "an answer that at least 5 training rows give"
        assert caught.value.received.endswith("different answers, each in 4 training rows at most")
    # Rows of a fold may lack what all the training rows have.
    rows = split_rows(data, asked.task, asked.split)
    assert prepare(data, asked, rows).inputs == 1


def test_free_text_is_no_predictor_and_says_so() -> None:
    data, asked = of_towns([f"I think that {i} reasons matter" for i in range(ROWS)])
    text = data.variables[-1].model_copy(update={"level": Level.TEXT})
    data = data.with_variables((*data.variables[:-1], text))
    with pytest.raises(UserError, match="“town” cannot be a predictor"):
        prepare(data, asked)


@pytest.mark.parametrize("shared", ["town 1", None])
def test_one_answer_that_is_not_rare_tells_rows_apart(shared: str | None) -> None:
    data, asked = of_towns([shared if i % 4 == 0 else town for i, town in enumerate(TOWNS)])
    x = prepare(data, asked).parts["training"].x
    assert len(np.unique(x, axis=0)) == 2


def test_rarer_answers_can_be_asked_for() -> None:
    data, asked = of_towns(TOWNS, rare=1)
    assert prepare(data, asked).inputs > 10
