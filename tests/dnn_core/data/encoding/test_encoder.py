"""Encoding is fitted on training rows only and gives the figures worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder, RobustScaler
from skops.io import get_untrusted_types

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.encoding.encoder import TRUSTED_TYPES, Column, Encoder, distinct_answers
from dnn_core.data.encoding.fitting import fit_encoder
from dnn_core.data.encoding.tabulate import NO_ANSWER, tabulate
from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.specs import EncodingSpec, Imputation, Kind, Scaling

TARGET = TargetCoding("y", Kind.REGRESSION)
PLAIN = EncodingSpec(scaling=Scaling.NONE, rare_level_cases=1)


def dataset(columns: dict[str, object], levels: dict[str, Level]) -> Dataset:
    frame = pd.DataFrame(columns)
    variables = tuple(
        Variable(name=n, level=levels[n], missing_codes=("-99",) if n == "income" else ())
        for n in frame
    )
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))


def survey() -> Dataset:
    return dataset(
        {
            "income": [10.0, 30.0, -99.0, 20.0, 1000.0],
            "region": pd.Series(["n", "s", "s", None, "w"], dtype="str"),
            "female": [0, 1, 1, 0, 0],
        },
        {"income": Level.INTERVAL, "region": Level.NOMINAL, "female": Level.BINARY},
    )


def fitted(spec: EncodingSpec, training: tuple[int, ...] = (0, 1, 2, 3)) -> Encoder:
    data = survey()
    return fit_encoder(data, data.names, TARGET, spec, np.array(training))


def test_by_hand_without_scaling() -> None:
    encoder = fitted(PLAIN)
    assert encoder.outputs == (
        *("income", "income -99 (missing)"),
        *("region = (missing)", "region = n", "region = s", "female = 1"),
    )
    # The median of 10, 30, 20 is 20; the fifth row was not trained on, and its region "w" is new.
    expected = [
        [10, 0, 0, 1, 0, 0],
        [30, 0, 0, 0, 1, 1],
        [20, 1, 0, 0, 1, 1],
        [20, 0, 1, 0, 0, 0],
        [1000, 0, 0, 0, 0, 0],
    ]
    np.testing.assert_allclose(encoder.transform(survey().frame), expected)


def test_scaling_uses_training_rows_only() -> None:
    encoder = fitted(PLAIN.but(scaling=Scaling.STANDARD))
    encoded = encoder.transform(survey().frame)[:, 0]
    # Imputed training values 10, 30, 20, 20: mean 20, population sd sqrt(50).
    np.testing.assert_allclose(encoded[[0, 4]], [-10 / 50**0.5, 980 / 50**0.5], rtol=1e-6)


def numbers(**columns: object) -> Dataset:
    return dataset(columns, dict.fromkeys(columns, Level.INTERVAL))


def clipped(x: object) -> np.ndarray:
    """The soft clip at 3 as it is written in a textbook."""
    values = np.asarray(x, dtype=float)
    return values / np.sqrt(1 + (values / 3) ** 2)


def test_robust_scaling_by_hand() -> None:
    encoder = fitted(PLAIN.but(scaling=Scaling.ROBUST))
    encoded = encoder.transform(survey().frame)
    # Imputed training values 10, 20, 20, 30: median 20, quartiles 17.5 and 22.5; 1,000 is new.
    np.testing.assert_allclose(encoded[:, 0], clipped([-2, 2, 0, 0, 196]), rtol=1e-6)
    # Whatever comes, numbers stay below 3; markers and categories are not touched.
    assert encoder.clipped == (0,)
    assert set(np.unique(encoded[:, 1:])) == {0, 1}


def test_robust_scaling_is_scikit_learns_before_the_clip() -> None:
    rng = np.random.default_rng(5)
    x = {"a": rng.normal(40, 15, 300), "b": rng.lognormal(8, 1, 300)}
    data, training = numbers(**x), np.arange(200)
    encoder = fit_encoder(data, data.names, TARGET, EncodingSpec(), training)
    expected = RobustScaler().fit(data.frame[:200]).transform(data.frame)
    np.testing.assert_allclose(encoder.transform(data.frame), clipped(expected), rtol=1e-5)


def test_where_the_quartiles_are_the_same_the_standard_deviation_is_taken() -> None:
    data = numbers(zeros=[0.0] * 8 + [2.0, 4.0], same=[0.1] * 10, spread=np.arange(10.0))
    encoder = fit_encoder(data, data.names, TARGET, EncodingSpec(), np.arange(10))
    new = numbers(zeros=[0.0, 4.0], same=[0.1, 2.1], spread=[4.5, 9.0]).frame
    # The mean of eight 0, 2 and 4 is 0.6, that of their squares 2; 0.1 to 2.1 is 2 undivided;
    # the quartiles of 0 to 9 are 2.25 and 6.75.
    expected = [[0, 0, 0], [4 / (2 - 0.36) ** 0.5, 2, 1]]
    np.testing.assert_allclose(encoder.transform(new), clipped(expected), rtol=1e-6)


def test_numbers_of_any_size_are_clipped_and_infinite_ones_are_missing() -> None:
    data = numbers(x=np.arange(101) * 1e-9)
    encoder = fit_encoder(data, ("x",), TARGET, EncodingSpec(), np.arange(101))
    new = pd.DataFrame({"x": [9e29, -9e29, np.inf, -np.inf, -1.8e308, np.nan]})
    assert encoder.transform(new).ravel().tolist() == [3, -3, 0, 0, 0, 0]


BINNED = PLAIN.but(bins=4)


def test_bins_by_hand() -> None:
    data = numbers(age=[20.0, 30.0, 40.0, 50.0, 60.0], children=[0.0, 1.0, 0.0, 1.0, np.nan])
    encoder = fit_encoder(data, data.names, TARGET, BINNED, np.arange(5))
    assert encoder.outputs == (
        "children",
        "age, bin 1: 20 to 30",
        "age, bin 2: 30 to 40",
        "age, bin 3: 40 to 50",
        "age, bin 4: 50 to 60",
        "children (missing)",
    )
    assert encoder.sources == ("children", *["age"] * 4, "children")
    new = pd.DataFrame({"age": [37.0, 10.0, 99.0, np.nan], "children": [1.0, 0.0, 0.0, np.nan]})
    expected = [
        [1, 1, 0.7, 0, 0, 0],
        # Beyond the outermost edges nothing changes any more.
        [0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 1, 0],
        # The medians are 40 and 0.5.
        [0.5, 1, 1, 0, 0, 1],
    ]
    np.testing.assert_allclose(encoder.transform(new), expected, atol=1e-6)


def test_numbers_without_bins_are_scaled_and_clipped() -> None:
    data = numbers(age=np.arange(10.0), member=[0.0] * 5 + [1.0] * 5)
    spec = EncodingSpec(bins=3)
    encoder = fit_encoder(data, data.names, TARGET, spec, np.arange(10))
    assert encoder.outputs[0] == "member" and encoder.clipped == (0,)
    encoded = encoder.transform(data.frame)
    np.testing.assert_allclose(encoded[[0, 9], 0], clipped([-0.5, 0.5]), rtol=1e-6)
    assert encoded[:, 1:].min() == 0 and encoded[:, 1:].max() == 1


def test_bins_are_placed_by_training_rows_only() -> None:
    data = numbers(x=[0.0, 1.0, 2.0, 3.0, 4.0, 1000.0])
    encoder = fit_encoder(data, ("x",), TARGET, BINNED, np.arange(5))
    assert encoder.outputs[-1] == "x, bin 4: 3 to 4"
    assert encoder.transform(data.frame)[5].tolist() == [1, 1, 1, 1]


def test_bins_beside_categories_and_numbers_that_say_nothing() -> None:
    data = dataset(
        {
            "empty": [np.nan] * 8,
            "region": pd.Series(list("nsnsnsns"), dtype="str"),
            "same": [7.0] * 8,
            "x": np.arange(8.0),
        },
        {
            "region": Level.NOMINAL,
            **dict.fromkeys(("empty", "same", "x"), Level.INTERVAL),
        },
    )
    encoder = fit_encoder(data, data.names, TARGET, EncodingSpec(bins=2), np.arange(8))
    encoded = encoder.transform(data.frame)
    assert encoder.sources == ("empty", "same", "x", "x", "empty", "region")
    assert encoded.shape == (8, len(encoder.outputs))
    np.testing.assert_array_equal(encoded[:, :2], 0)
    # Eight answers from 0 to 7: half of them are at most 3.
    np.testing.assert_allclose(encoded[:, 2], np.interp(np.arange(8), [0, 3], [0, 1]), atol=1e-6)
    np.testing.assert_array_equal(encoded[:, 4], 1)


def test_a_rare_missing_answer_is_marked_by_one_not_by_a_huge_number() -> None:
    x = np.arange(1500, dtype=float)
    x[7] = np.nan
    data = dataset({"x": x}, {"x": Level.INTERVAL})
    encoder = fit_encoder(data, ("x",), TARGET, EncodingSpec(), np.arange(1500))
    marker = encoder.transform(data.frame)[:, 1]
    assert marker[7] == 1 and marker.sum() == 1


def test_a_column_that_is_missing_only_in_new_rows_is_imputed() -> None:
    data = dataset({"x": [1.0, 2.0, 3.0]}, {"x": Level.INTERVAL})
    encoder = fit_encoder(data, ("x",), TARGET, PLAIN, np.arange(3))
    assert encoder.outputs == ("x",)
    assert encoder.transform(pd.DataFrame({"x": [np.nan]})).tolist() == [[2.0]]


def test_mean_imputation() -> None:
    encoder = fitted(PLAIN.but(imputation=Imputation.MEAN), training=(0, 1, 2, 4))
    # The mean of 10, 30 and 1,000.
    assert encoder.transform(survey().frame)[2, 0] == pytest.approx(1040 / 3)


def test_rare_levels_are_pooled_and_new_ones_join_them() -> None:
    region = pd.Series(["n"] * 5 + ["s"] * 5 + ["w", "e"], dtype="str")
    data = dataset({"region": region}, {"region": Level.NOMINAL})
    encoder = fit_encoder(data, ("region",), TARGET, PLAIN.but(rare_level_cases=2), np.arange(12))
    assert encoder.outputs == ("region = n", "region = s", "region = rare")
    new = pd.DataFrame({"region": ["n", "w", "never seen"]})
    np.testing.assert_array_equal(encoder.transform(new), [[1, 0, 0], [0, 0, 1], [0, 0, 1]])


def test_the_source_of_each_column_is_known() -> None:
    assert fitted(PLAIN).sources == ("income", "income", *["region"] * 3, "female")


def test_names_with_underscores_are_taken_apart_rightly() -> None:
    data = dataset(
        {
            "a": pd.Series(["b_c", "d", "e"], dtype="str"),
            "a_b": pd.Series(list("xyz"), dtype="str"),
        },
        {"a": Level.NOMINAL, "a_b": Level.NOMINAL},
    )
    encoder = fit_encoder(data, ("a", "a_b"), TARGET, PLAIN, np.arange(3))
    assert encoder.outputs == ("a = b_c", "a = d", "a = e", "a_b = x", "a_b = y", "a_b = z")


def test_all_missing_and_constant_features_do_no_harm() -> None:
    data = dataset(
        {"empty": [np.nan] * 4, "same": [7.0] * 4, "x": [1.0, 2.0, 3.0, 4.0]},
        dict.fromkeys(("empty", "same", "x"), Level.INTERVAL),
    )
    encoder = fit_encoder(data, data.names, TARGET, EncodingSpec(), np.arange(4))
    encoded = encoder.transform(data.frame)
    assert np.isfinite(encoded).all()
    np.testing.assert_array_equal(encoded[:, :2], 0)


@pytest.mark.parametrize("bins", [0, 2])
@pytest.mark.parametrize("scaling", list(Scaling))
def test_round_trip_to_disk(tmp_path: Path, scaling: Scaling, bins: int) -> None:
    encoder = fitted(EncodingSpec(scaling=scaling, bins=bins))
    encoder.save(tmp_path)
    loaded = Encoder.load(tmp_path)
    frame = survey().frame
    np.testing.assert_array_equal(loaded.transform(frame), encoder.transform(frame))
    assert vars(loaded).keys() == vars(encoder).keys()
    for name in vars(loaded).keys() - {"transformer"}:
        assert getattr(loaded, name) == getattr(encoder, name), name
    assert get_untrusted_types(file=tmp_path / "encoder.skops") == TRUSTED_TYPES
    assert json.loads((tmp_path / "encoder.json").read_text())["columns"][0]["name"] == "income"


def test_nothing_is_pickled(tmp_path: Path) -> None:
    fitted(EncodingSpec()).save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"encoder.json", "encoder.skops"}
    # A skops file is a zip with a schema; a pickle would begin with 0x80.
    assert (tmp_path / "encoder.skops").read_bytes()[:2] == b"PK"


def test_text_marked_as_interval_is_refused() -> None:
    data = dataset({"x": pd.Series(["a", "b"], dtype="str")}, {"x": Level.INTERVAL})
    with pytest.raises(UserError, match="marked as interval but holds text"):
        fit_encoder(data, ("x",), TARGET, EncodingSpec(), np.arange(2))


@pytest.mark.parametrize("level", [Level.TEXT, Level.IDENTIFIER])
def test_what_nobody_shares_is_no_predictor(level: Level) -> None:
    words = pd.Series([f"reason {i}" for i in range(20)], dtype="str")
    data = dataset({"why": words}, {"why": level})
    with pytest.raises(UserError, match="“why” cannot be a predictor") as caught:
        fit_encoder(data, ("why",), TARGET, EncodingSpec(), np.arange(20))
    assert caught.value.received == level.label.lower()


def test_tabulate_treats_the_same_value_the_same_whatever_its_type() -> None:
    column = [{"name": "x", "numeric": False, "missing_codes": ["-99"]}]
    as_int = tabulate(pd.DataFrame({"x": [1, -99]}), column)
    as_float = tabulate(pd.DataFrame({"x": [1.0, -99.0]}), column)
    as_text = tabulate(pd.DataFrame({"x": ["1", "-99"]}), column)
    for table in (as_int, as_float, as_text):
        assert table["x"].tolist() == ["1", "(missing)"]


@pytest.mark.parametrize("rare", [1, 3, 7])
def test_many_rows_have_the_categories_that_scikit_learn_counts(rare: int) -> None:
    # 1, 2, 3 ... 9 rows of nine categories, and a binary one, shuffled.
    words = np.random.default_rng(0).permutation(np.repeat(list("abcdefghi"), range(1, 10)))
    two = np.where(np.arange(len(words)) % 5 == 0, "yes", "no")
    data = dataset({"word": words, "two": two}, {"word": Level.NOMINAL, "two": Level.BINARY})
    spec = PLAIN.but(rare_level_cases=rare)
    encoder = fit_encoder(data, data.names, TARGET, spec, np.arange(len(words)))
    whole = OneHotEncoder(min_frequency=rare, drop="if_binary", sparse_output=False)
    np.testing.assert_array_equal(encoder.transform(data.frame), whole.fit_transform(data.frame))


# The encoder beside its own transformer ----------------------------------------------


def varied(rows: int = 40) -> Dataset:
    """Numbers with and without ties and gaps, a count, and categories of different number."""
    rng = np.random.default_rng(4)
    columns = {
        "income": rng.lognormal(8, 1, rows),
        "children": rng.integers(0, 2, rows).astype(float),
        "visits": rng.integers(0, 9, rows).astype(float),
        "region": pd.Series(rng.choice(list("nswe"), rows), dtype="str"),
        "female": rng.integers(0, 2, rows),
    }
    columns["income"][:6] = np.nan
    columns["visits"][5:12] = np.nan
    columns["region"][3:9] = None
    levels = [Level.INTERVAL, Level.INTERVAL, Level.COUNT, Level.NOMINAL, Level.BINARY]
    return dataset(columns, dict(zip(columns, levels, strict=True)))


@pytest.mark.parametrize("bins", [0, 3])
@pytest.mark.parametrize("scaling", list(Scaling))
@pytest.mark.parametrize("names", [None, ("income", "children"), ("region", "female")])
def test_it_gives_what_its_transformer_gives_of_the_tabulated_rows(
    scaling: Scaling, bins: int, names: tuple[str, ...] | None
) -> None:
    data = varied()
    spec = EncodingSpec(scaling=scaling, bins=bins, rare_level_cases=3)
    encoder = fit_encoder(data, names or data.names, TARGET, spec, np.arange(30))
    assert encoder.transformer is not None
    table = tabulate(data.frame, [vars(column) for column in encoder.columns])
    expected = encoder.transformer.transform(table)
    scaled = list(encoder.clipped)
    expected[:, scaled] = clipped(expected[:, scaled])
    np.testing.assert_allclose(encoder.transform(data.frame), expected, rtol=1e-5, atol=1e-6)
    # By quartiles, whatever has no bins is drawn in.
    plain = [name for name in encoder.outputs if name in ("income", "children", "visits")]
    assert len(scaled) == (len(plain) if scaling is Scaling.ROBUST else 0)


@pytest.mark.parametrize("block", [1, 2, 7, 40])
@pytest.mark.parametrize("names", [None, ("income",), ("region", "female")])
def test_rows_are_encoded_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...] | None, block: int
) -> None:
    data = varied()
    encoder = fit_encoder(data, names or data.names, TARGET, PLAIN, np.arange(40))
    whole = encoder.transform(data.frame)
    monkeypatch.setattr("dnn_core.data.encoding.encoder.ROWS_AT_ONCE", block)
    np.testing.assert_array_equal(encoder.transform(data.frame), whole)
    rows = np.array([39, 3, 3, 17])
    np.testing.assert_array_equal(encoder.transform(data.frame, rows), whole[rows])
    np.testing.assert_array_equal(encoder.transform(data.frame, rows[:1]), whole[rows[:1]])


def test_images_are_not_encoded_from_a_frame(tmp_path: Path) -> None:
    images = Encoder((), TARGET, None, ("x",), ("x",))
    assert images.pixels and not fitted(PLAIN).pixels
    with pytest.raises(TypeError, match="Images"):
        images.transform(survey().frame)
    images.save(tmp_path)
    assert not (tmp_path / "encoder.skops").exists()
    assert Encoder.load(tmp_path) == images


def test_a_run_keeps_the_limit_it_was_trained_with(tmp_path: Path) -> None:
    encoder = replace(fitted(PLAIN.but(scaling=Scaling.ROBUST)), clip_limit=1.5)
    encoder.save(tmp_path)
    encoded = Encoder.load(tmp_path).transform(survey().frame)[:, 0]
    # -2 / sqrt(1 + (2 / 1.5)²) = -2 / (5/3).
    assert encoded[:2] == pytest.approx([-1.2, 1.2])
    assert 1.49 < encoded[4] < 1.5


@pytest.mark.parametrize("distinct", [0, 1, 126, 127, 128, 129, 130])
def test_distinct_answers_find_their_way_back_to_their_rows(distinct: int) -> None:
    words = [f"answer {i}" for i in range(distinct)]
    series = pd.Series([*words, None, *words[::-1]], dtype="str")
    places, found = distinct_answers(series, Column("x", False, ()))
    assert len(found) == distinct + 1
    assert found[places].tolist() == [*words, NO_ANSWER, *words[::-1]]


def test_bins_of_a_count_are_named_by_how_many() -> None:
    data = dataset({"visits": [0.0, 1.0, 3.0, 7.0]}, {"visits": Level.COUNT})
    encoder = fit_encoder(data, ("visits",), TARGET, PLAIN.but(bins=2), np.arange(4))
    assert encoder.outputs == ("visits, bin 1: 0 to 1", "visits, bin 2: 1 to 7")
    new = pd.DataFrame({"visits": [3.0]})
    # ln 4 is half-way between ln 2 and ln 8.
    assert encoder.transform(new)[0] == pytest.approx([1, 0.5])


@pytest.mark.parametrize(
    ("answers", "outputs"),
    [
        # Two categories are one column, also where one of them is all that is rare.
        ("aaabbb", ["x = b"]),
        ("aaabbbc", ["x = a", "x = b", "x = rare"]),
        ("aaabc", ["x = rare"]),
        ("aaabbbcccdd", ["x = a", "x = b", "x = c", "x = rare"]),
        ("aaa", ["x = a"]),
    ],
)
def test_columns_of_a_category_by_how_many_are_rare(answers: str, outputs: list[str]) -> None:
    data = dataset(
        {"x": list(answers), "z": list("pq" * 6)[: len(answers)]},
        {"x": Level.NOMINAL, "z": Level.NOMINAL},
    )
    spec = PLAIN.but(rare_level_cases=2 if "bbb" in answers and "d" not in answers else 3)
    encoder = fit_encoder(data, data.names, TARGET, spec, np.arange(len(answers)))
    assert list(encoder.outputs[: len(outputs)]) == outputs
    assert encoder.sources.count("x") == len(outputs)
    assert encoder.transform(data.frame).shape == (len(answers), len(encoder.outputs))


def test_a_run_of_an_earlier_version_knows_neither_kinds_nor_counts_nor_words() -> None:
    old = {"name": "x", "numeric": True, "missing_codes": ["-9"]}
    column = Column.from_dict(old)
    assert column == Column("x", True, ("-9",), reasons=(), kinds=(), count=False, words=False)


def test_the_description_of_an_encoding_can_be_read(tmp_path: Path) -> None:
    data = dataset({"Größe": [1.0, 2.0, 3.0]}, {"Größe": Level.INTERVAL})
    fit_encoder(data, ("Größe",), TARGET, PLAIN, np.arange(3)).save(tmp_path)
    lines = (tmp_path / "encoder.json").read_text(encoding="utf-8").splitlines()
    assert any(line.strip() == '"name": "Größe",' for line in lines)
