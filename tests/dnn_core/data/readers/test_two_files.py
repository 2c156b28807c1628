"""Two files as one data set; every expected value can be read off the text beside it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.tables import TABLES, read_adult
from dnn_core.data.dataset import Dataset
from dnn_core.data.dataset_files import load_dataset, save_dataset
from dnn_core.data.readers import ReadOptions, read_bytes
from dnn_core.data.readers.two_files import read_two_files
from dnn_core.data.split.row_split import split_rows
from dnn_core.errors import UserError
from dnn_core.specs import SplitMethod, SplitSpec, Task

LEARN = "30, Ulm, low\n40, Bonn, high\n50, Ulm, low\n"
TEST = "|made up\n35, Bonn, high.\n?, Ulm, low.\n"
NO_HEADER = ReadOptions(header_row=None, missing_tokens=("?",))


def read(learn: str, test: str, options: ReadOptions | None = None) -> Dataset:
    return read_two_files(learn.encode(), "a.data", test.encode(), "a.test", options)


def rows(dataset: Dataset) -> list[list[object]]:
    cells = dataset.frame.to_numpy(dtype=object)
    return [[None if pd.isna(value) else value for value in row] for row in cells]


def test_the_second_file_stands_below_the_first_and_is_the_test_part() -> None:
    data = read(LEARN, TEST, NO_HEADER)
    assert rows(data) == [
        [30, "Ulm", "low"],
        [40, "Bonn", "high"],
        [50, "Ulm", "low"],
        [35, "Bonn", "high"],
        [None, "Ulm", "low"],
    ]
    assert data.official_test is not None and data.official_test.tolist() == [3, 4]
    assert data.source.file_name == "a.data and a.test"
    assert data.source.size_bytes == len(LEARN) + len(TEST)
    skipped, dropped = data.source.warnings
    assert "first line of “a.test”" in skipped and skipped.endswith("skipped: “|made up”.")
    assert "“v3” ends in a full stop in “a.test”" in dropped


def test_the_fingerprint_depends_on_both_files_and_on_which_is_which() -> None:
    other = "60, Ulm, low\n"
    result = [
        read_bytes(LEARN.encode(), "a.data", NO_HEADER),
        read(LEARN, TEST, NO_HEADER),
        read(LEARN + other, TEST, NO_HEADER),
        read(LEARN, TEST + other, NO_HEADER),
        read(TEST + other, LEARN, NO_HEADER),
    ]
    assert len({dataset.fingerprint for dataset in result}) == len(result)
    assert read(LEARN, TEST, NO_HEADER).fingerprint == result[1].fingerprint


def test_it_is_kept_and_read_again_with_its_test_part(tmp_path: Path) -> None:
    data = read(LEARN, TEST, NO_HEADER)
    again = load_dataset(save_dataset(data, tmp_path / "kept"))
    assert again.fingerprint == data.fingerprint and again.source == data.source
    assert again.official_test is not None and again.official_test.tolist() == [3, 4]
    pd.testing.assert_frame_equal(again.frame, data.frame)


def test_columns_of_another_order_are_matched_by_name() -> None:
    data = read("a,b\n1,x\n2,y\n", "b,a\ny,3\nx,4\n")
    assert rows(data) == [[1, "x"], [2, "y"], [3, "y"], [4, "x"]]
    assert data.source.warnings == ()


def test_a_line_before_the_names_is_skipped_and_short_names_are_not() -> None:
    assert rows(read("a,b\n1,x\n2,y\n", "# part two\na,b\n3,y\n4,x\n"))[2:] == [[3, "y"], [4, "x"]]
    # As R's write.table leaves it: row names without a heading.
    written = read("a,b\n1,5,x\n2,6,y\n", "a,b\n3,7,y\n4,8,x\n")
    assert rows(written)[2:] == [[3, 7, "y"], [4, 8, "x"]]
    assert not [w for w in written.source.warnings if "skipped" in w]


@pytest.mark.parametrize(
    ("learn", "test", "column"),
    [
        ("a,b\n01,x\n2.50,y\n", "a,b\nmany,x\n", ["01", "2.50", "many"]),
        ("a,b\nmany,x\nfew,y\n", "a,b\n1.0,x\n", ["many", "few", "1.0"]),
        ("a,b\n2020-07-01,x\n2021-07-01,y\n", "a,b\nlater,x\n",
         ["2020-07-01", "2021-07-01", "later"]),
        ("a,b\nmany,x\nfew,y\n", "a,b\n,x\n", ["many", "few", None]),
        ("a,b\n1,x\n2,y\n", "a,b\n2.5,x\n", [1, 2, 2.5]),
    ],
)  # fmt: skip
def test_the_type_of_a_column_is_decided_by_both_files(
    learn: str, test: str, column: list[object]
) -> None:
    data = read(learn, test, ReadOptions())
    assert [row[0] for row in rows(data)] == column
    # As if they had been one file.
    joined = read_bytes((learn + test.partition("\n")[2]).encode(), "a.csv", ReadOptions())
    pd.testing.assert_frame_equal(data.frame, joined.frame)
    assert data.variables == joined.variables


@pytest.mark.parametrize(
    "test", ["30,Bonn.,x\n40,Kiel.,y\n", "30,Ulm.,x\n40,Bonn,y\n", "30,Ulm,x.\n40,Bonn,z.\n"]
)
def test_full_stops_stay_where_answers_would_not_be_known(test: str) -> None:
    data = read("1,Ulm,x\n2,Bonn,y\n3,Ulm,x\n", test, NO_HEADER)
    assert [",".join(map(str, row)) for row in rows(data)[3:]] == test.splitlines()


@pytest.mark.parametrize(
    ("learn", "test", "options", "received"),
    [
        ("a,b\n1,x\n2,y\n", "a,c\n1,x\n2,y\n", None, "2, without “b” and with “c”"),
        ("a,b\n1,x\n2,y\n", "a,b,c\n1,x,3\n2,y,4\n", None, "3, with “c”"),
        (LEARN, "30,Ulm\n40,Bonn\n", NO_HEADER, "2"),
    ],
)
def test_other_columns_are_refused(
    learn: str, test: str, options: ReadOptions | None, received: str
) -> None:
    with pytest.raises(UserError, match=r"“a\.test”, does not have the columns") as caught:
        read(learn, test, options)
    assert caught.value.received == received


def test_what_is_wrong_with_the_second_file_is_said_with_its_name() -> None:
    with pytest.raises(UserError, match=r"“a\.test”, cannot be read like the first file\..*empty"):
        read(LEARN, "", NO_HEADER)
    data = read("a,b,c\n1,x,5\n2,y,6\n", "a,b,c\n3,x,5\n4,y\n5,y,7\n")
    assert data.source.warnings == (
        "In “a.test”: One row had fewer cells than there are columns (3); the cells at the end "
        "count as missing: line 3.",
    )


def test_the_second_file_may_be_packed_but_the_first_must_be_text() -> None:
    packed = gzip.compress(b"35, Bonn, high\n")
    dataset = read_two_files(LEARN.encode(), "a.data", packed, "b.csv.gz", NO_HEADER)
    assert rows(dataset)[3:] == [[35, "Bonn", "high"]]
    parquet = pd.DataFrame({"a": [1, 2], "b": [3, 4]}).to_parquet()
    with pytest.raises(UserError, match="Only a table of text"):
        read_two_files(parquet, "a.parquet", TEST.encode(), "a.test")


@pytest.mark.skipif(not (TABLES / "adult.test").exists(), reason="the data are not here")
@pytest.mark.usefixtures("one_process")
def test_adult_is_what_it_is_by_hand() -> None:
    names = ("adult.data", "adult.test")
    learn, test = ((TABLES / name).read_bytes() for name in names)
    result, by_hand = read_two_files(learn, names[0], test, names[1]), read_adult().dataset
    pd.testing.assert_frame_equal(result.frame, by_hand.frame)
    assert result.variables == by_hand.variables
    assert json.loads(json.dumps(result.source.options)) == by_hand.source.options
    np.testing.assert_array_equal(result.official_test, by_hand.official_test)
    assert set(result.frame["v15"]) == {"<=50K", ">50K"}
    split = SplitSpec(method=SplitMethod.OFFICIAL)
    parts = split_rows(result, Task(target="v15", features=("v1",)), split)
    assert len(result) == 48_842 and len(parts["test"]) == 16_281
