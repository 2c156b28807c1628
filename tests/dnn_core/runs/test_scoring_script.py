"""The script's functions in this process; that it runs alone is tested with the export."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Level, Variable
from dnn_core.data.encoder import Encoder
from dnn_core.data.encoding import fit_encoder
from dnn_core.data.readers import read_bytes
from dnn_core.data.tabulate import tabulate
from dnn_core.data.target import TargetCoding
from dnn_core.runs.scoring_script import free_name, scoring_script
from dnn_core.specs import EncodingSpec, Imputation, Kind, MissingKinds, Ordered, Scaling


def load(folder, reading=None, encoder=None, *, pixels=False):
    """The names that the script defines, with its files in a folder."""
    (folder / "about.json").write_text(json.dumps({"reading": reading or {}}))
    (folder / "encoder.json").write_text(json.dumps(encoder or {}))
    names = {"__name__": "score", "__file__": str(folder / "score.py")}
    exec(compile(scoring_script(pixels=pixels), "score.py", "exec"), names)
    return names


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\nTrue,1\nFalse,2\n,3\n",
        b"postcode,b\n01067,1\n50667,2\n",
        "\ufeffä,b\nx,1\ny,2\n".encode(),
        "a\tb\nä\t1\ny\t2\n".encode("utf-16"),
        b"a;b\n1.234,5;x\n2.345,0;y\n10,0;z\n",
        b"country,b\nNA,1\nDE,2\nFR,3\nUS,4\nGB,5\nAT,\n,3\n",
        b'a,b\n"x, y",1\n"z ""q""",2\n',
        b"A title above the table\n\na,b\n1,2\n3,4\n5,6\n",
        b"two  words , b\n x, 1\ny ,2\n",
        b"a,b\n1.0,1\n2.0,2\n,3\n",
        "größe;b\n1,5;ä\n\n2,5;\n".encode("cp1252"),
    ],
)
def test_a_file_is_read_as_the_workbench_reads_it(tmp_path, content):
    (tmp_path / "new.csv").write_bytes(content)
    dataset = read_bytes(content, "new.csv")
    frame = load(tmp_path, dataset.source.options)["read_cases"](tmp_path / "new.csv")
    assert list(frame.columns) == list(dataset.frame.columns)
    for name in frame.columns:
        for numeric in (True, False):
            column = [{"name": name, "numeric": numeric, "missing_codes": []}]
            assert tabulate(frame, column).equals(tabulate(dataset.frame, column))


@pytest.mark.parametrize("bins", [0, 3])
@pytest.mark.parametrize("scaling", list(Scaling))
def test_cases_are_encoded_as_the_workbench_encodes_them(tmp_path, scaling, bins):
    dataset = read_bytes(b"age,party,member\n20,a,0\n,b,0\n41,a,1\n60,b,0\n90,a,0\n", "old.csv")
    levels = dict.fromkeys(("age", "member"), Level.INTERVAL)
    dataset = dataset.with_variables(
        tuple(
            v.model_copy(update={"level": levels.get(v.name, Level.NOMINAL)})
            for v in dataset.variables
        )
    )
    spec = EncodingSpec(scaling=scaling, bins=bins, rare_level_cases=1)
    target = TargetCoding("y", Kind.REGRESSION)
    encoder = fit_encoder(dataset, dataset.names, target, spec, np.arange(5))
    encoder.save(tmp_path)
    names = load(tmp_path, encoder=json.loads((tmp_path / "encoder.json").read_text()))
    # Within the range, beyond it, missing, infinite, and far beyond everything.
    new = b"age,party,member\n37.5,b,1\n-8,a,0\n,a,\ninf,b,1\n1e29,a,-1e29\n"
    (tmp_path / "new.csv").write_bytes(new)
    encoded = names["encode"](names["read_cases"](tmp_path / "new.csv"))
    assert encoded.dtype == np.float32
    expected = encoder.transform(read_bytes(new, "new.csv").frame)
    np.testing.assert_array_equal(encoded, expected)


OLD = (
    b"income,educ,party,visits,born\n"
    + b"".join(b"%d,%d,%d,%d,197%d-07-01\n" % (i, i % 4, i % 3, i % 7, i % 10) for i in range(40))
    + b"-99,-99,-99,0,1.7.1980\n-98,1,-98,,\n,2,,-99,1980-01-02\n" * 6
)
NEW = (
    b"income,educ,party,visits,born\n"
    b"-99,-99,-99,-99,1980-12-31\n-98,-98,-98,-98,31.12.1980\n-97,1.5,-97,-3,\n,,,,never\n"
    b"7.5,9,2,4,1980-02-30\n1e30,2,7,1000,1970\n"
)


@pytest.mark.parametrize("imputation", list(Imputation))
@pytest.mark.parametrize("kinds", list(MissingKinds))
@pytest.mark.parametrize("ordered", list(Ordered))
def test_kinds_of_missing_answer_levels_and_dates(tmp_path, imputation, kinds, ordered):
    dataset = read_bytes(OLD, "old.csv")
    levels = {
        "income": Level.INTERVAL,
        "educ": Level.ORDINAL,
        "party": Level.NOMINAL,
        "visits": Level.COUNT,
        "born": Level.INTERVAL,
    }
    labels = {"-99": "Refused", "-98": "Don't know", "-97": "Not asked"}
    dataset = dataset.with_variables(
        tuple(
            Variable(name=n, level=v, value_labels=labels, missing_codes=("-99", "-98 to -90"))
            for n, v in levels.items()
        )
    )
    spec = EncodingSpec(imputation=imputation, missing_kinds=kinds, ordered=ordered)
    target = TargetCoding("y", Kind.REGRESSION)
    encoder = fit_encoder(dataset, dataset.names, target, spec, np.arange(len(dataset)))
    apart = kinds is MissingKinds.APART
    assert ("income Refused (missing)" in encoder.outputs) is apart
    assert ("party = Don't know (missing)" in encoder.outputs) is apart
    encoder.save(tmp_path)
    names = load(tmp_path, encoder=json.loads((tmp_path / "encoder.json").read_text()))
    (tmp_path / "new.csv").write_bytes(NEW)
    encoded = names["encode"](names["read_cases"](tmp_path / "new.csv"))
    np.testing.assert_array_equal(encoded, encoder.transform(read_bytes(NEW, "new.csv").frame))
    np.testing.assert_array_equal(encoded, Encoder.load(tmp_path).transform(raw(NEW)))
    assert np.isfinite(encoded).all()


def raw(content):
    """As pandas reads it, dates as text."""
    return pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""])


def test_an_encoder_stored_before_there_was_a_clip_scores_as_it_did(tmp_path):
    dataset = read_bytes(b"age\n20\n30\n40\n50\n", "old.csv")
    spec = EncodingSpec(scaling=Scaling.STANDARD)
    target = TargetCoding("y", Kind.REGRESSION)
    encoder = fit_encoder(dataset, ("age",), target, spec, np.arange(4))
    encoder.save(tmp_path)
    about = json.loads((tmp_path / "encoder.json").read_text())
    del about["clipped"], about["clip_limit"]
    names = load(tmp_path, encoder=about)
    encoded = names["encode"](dataset.frame)
    np.testing.assert_array_equal(encoded, encoder.transform(dataset.frame))


def test_an_absent_column_is_named(tmp_path):
    columns = [{"name": n, "numeric": True, "missing_codes": []} for n in ("age", "income")]
    names = load(tmp_path, encoder={"columns": columns})
    (tmp_path / "new.csv").write_bytes(b"age\n30\n")
    with pytest.raises(SystemExit, match="lacks these columns: income"):
        names["encode"](names["read_cases"](tmp_path / "new.csv"))


def test_a_file_without_rows_is_named(tmp_path):
    columns = [{"name": "age", "numeric": True, "missing_codes": []}]
    names = load(tmp_path, encoder={"columns": columns})
    (tmp_path / "new.csv").write_bytes(b"age\n")
    with pytest.raises(SystemExit, match="no rows below them"):
        names["encode"](names["read_cases"](tmp_path / "new.csv"))


def test_images_of_another_size_are_refused(tmp_path):
    names = load(tmp_path, encoder={"outputs": ["pixel"] * 64}, pixels=True)
    np.save(tmp_path / "new.npy", np.zeros((2, 7, 7), dtype="uint8"))
    with pytest.raises(SystemExit, match="Expected 64 pixels an image, got 49"):
        names["encode"](names["read_cases"](tmp_path / "new.npy"))


def test_arrays_of_objects_are_not_unpickled(tmp_path):
    names = load(tmp_path, pixels=True)
    np.save(tmp_path / "new.npy", np.array([{"a": 1}], dtype="object"), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        names["read_cases"](tmp_path / "new.npy")


@pytest.mark.parametrize("pixels", [False, True])
def test_the_script_imports_nothing_of_ours(pixels):
    script = scoring_script(pixels=pixels)
    assert "dnn_core" not in script
    assert all(len(line) <= 100 for line in script.splitlines())


def test_a_free_name_gets_the_first_number_that_is_free():
    assert free_name("row", {"age"}) == "row"
    assert free_name("row", {"row", "row_2"}) == "row_3"
