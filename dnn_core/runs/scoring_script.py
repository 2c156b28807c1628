"""The script of the replication package that scores new cases without this project.

It is put together from templates and from the source of `tabulate`, `soft_clip`,
`formulas` and `free_name`: one implementation, two homes.
"""

from __future__ import annotations

import inspect
from types import ModuleType

from dnn_core.data import formulas, tabulate
from dnn_core.data.soft_clip import soft_clip
from dnn_core.evaluation import surety

_HEAD = '''"""Score new cases with the trained network of this folder.

    python score.py {example} scored.csv [--level 90] [--probabilities learnt]

Each prediction gets an interval, or a set of categories, that holds what will be
observed in so many percent of cases like those of the validation part. Probabilities
may be recalibrated: temperature or isotonic instead of learnt.
Needs the packages of requirements.txt; nothing is fetched or sent.
{reads}
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
{imports}
HERE = Path(__file__).resolve().parent
ENCODER = json.loads((HERE / "encoder.json").read_text(encoding="utf-8"))
READING = json.loads((HERE / "about.json").read_text(encoding="utf-8"))["reading"]
CONFORMAL = HERE / "conformal.json"
RECALIBRATION = HERE / "recalibration.json"

'''

_TABLE_READS = """The CSV file needs one header row with a column for each predictor, named as in
encoder.json, and is read as the training file was; if it is written differently
(delimiter, decimal mark), change "reading" in about.json."""

_IMAGE_READS = """The file holds grey values from 0 to 255: an .npy array of shape (images, height,
width) or (images, pixels), or a CSV file with one image a line and no header."""

_TABLE = '''
def read_cases(path: Path) -> pd.DataFrame:
    """Read the CSV file; the words True and False stay words."""
    frame = _read(path, READING.get("as_text", []))
    words = [name for name, kind in frame.dtypes.items() if kind in (bool, object)]
    return _read(path, [*READING.get("as_text", []), *words]) if words else frame


def _read(path: Path, as_text: list) -> pd.DataFrame:
    settings = {
        "sep": READING.get("delimiter", ","),
        "encoding": READING.get("encoding", "utf-8").replace("utf-8", "utf-8-sig"),
        "skiprows": READING.get("header_row") or 0,
        "index_col": False,
        "skipinitialspace": True,
        "keep_default_na": False,
    }
    header = pd.read_csv(path, nrows=0, **settings).columns
    names = [" ".join(name.split()) for name in header]
    tokens = ["", *READING.get("missing_tokens", [])]
    literal = READING.get("no_tokens_in", [])
    return pd.read_csv(
        path,
        header=0,
        names=names,
        decimal=READING.get("decimal", "."),
        thousands=READING.get("thousands") or None,
        na_values={name: [""] if name in literal else tokens for name in names},
        dtype={name: str for name in as_text if name in names},
        low_memory=False,
        **settings,
    )


def encode(frame: pd.DataFrame) -> np.ndarray:
    """Encode the predictors, shape (cases, inputs)."""
    absent = [c["name"] for c in ENCODER["columns"] if c["name"] not in frame.columns]
    if absent:
        sys.exit("The file lacks these columns: " + ", ".join(absent))
    if frame.empty:
        sys.exit("The file has names of columns, but no rows below them.")
    table = tabulate(frame, ENCODER["columns"])
    transformer = skops.io.load(HERE / "encoder.skops", trusted=ENCODER["trusted_types"])
    with sklearn.config_context(working_memory=ENCODER["working_memory_mib"]):
        encoded = transformer.transform(table)
    # A run of an earlier version has no clipped columns.
    clipped = ENCODER.get("clipped", [])
    if clipped:
        encoded[:, clipped] = soft_clip(encoded[:, clipped], ENCODER["clip_limit"])
    return np.asarray(encoded, dtype="float32")

'''

_IMAGE = '''
def read_cases(path: Path) -> pd.DataFrame:
    """Read the grey values, one row an image, one column a pixel."""
    if path.suffix == ".npy":
        pixels = np.load(path, allow_pickle=False)
    else:
        pixels = np.loadtxt(path, delimiter=",", ndmin=2)
    return pd.DataFrame(pixels.reshape(len(pixels), -1))


def encode(frame: pd.DataFrame) -> np.ndarray:
    """Check the size of the images, shape (images, pixels)."""
    if frame.shape[1] != len(ENCODER["outputs"]):
        sys.exit(f"Expected {len(ENCODER['outputs'])} pixels an image, got {frame.shape[1]}.")
    return frame.to_numpy()

'''

_FOOT = '''
def predict(x: np.ndarray) -> pd.DataFrame:
    """Predict encoded cases: predicted, and for categories their probabilities."""
    model = keras.saving.load_model(HERE / "model.keras", compile=False)
    output = model.predict(x, batch_size=1024, verbose=0)
    target = ENCODER["target"]
    if target["kind"] in ("regression", "count"):
        return pd.DataFrame({"predicted": output[:, 0]})
    if target["kind"] == "binary":
        output = np.column_stack([1 - output[:, 0], output[:, 0]])
    # Ties go to the first category; of two, 0.5 is not yet the second one.
    scored = pd.DataFrame({"predicted": np.array(target["labels"])[output.argmax(axis=1)]})
    for position, label in enumerate(target["labels"]):
        scored[f"probability_{label}"] = output[:, position]
    return scored


def sure(scored: pd.DataFrame, level: int, probabilities: str) -> pd.DataFrame:
    """Add intervals or sets, and recalibrate the probabilities where asked."""
    if not CONFORMAL.exists():
        return scored
    conformal = json.loads(CONFORMAL.read_text(encoding="utf-8"))
    if str(level) not in conformal["thresholds"]:
        sys.exit("Known levels are " + ", ".join(conformal["thresholds"]) + ".")
    maps = None
    if RECALIBRATION.exists():
        maps = json.loads(RECALIBRATION.read_text(encoding="utf-8"))
    labels = tuple(ENCODER["target"]["labels"])
    return add_surety(scored, labels, conformal, maps, level=level, choice=probabilities)


def main() -> None:
    parser = argparse.ArgumentParser(description="Score new cases.")
    parser.add_argument("new", type=Path)
    parser.add_argument("scored", type=Path)
    parser.add_argument("--level", type=int, default=90)
    choices = ("learnt", "temperature", "isotonic")
    parser.add_argument("--probabilities", choices=choices, default="learnt")
    asked = parser.parse_args()
    frame = read_cases(asked.new)
    scored = sure(predict(encode(frame)), asked.level, asked.probabilities)
    # A column that the file has already keeps its name; the new one gets a number.
    scored.columns = [free_name(name, set(frame.columns)) for name in scored.columns]
    asked.scored.write_bytes(write_csv({result}))


if __name__ == "__main__":
    main()
'''


def scoring_script(*, pixels: bool) -> str:
    """Write the script that scores a CSV file, or a file of pixels.

    It needs TensorFlow, scikit-learn, skops and pandas, and the files of the
    replication package beside it.
    """
    kind = "images" if pixels else "table"
    values = {
        "table": {
            "{example}": "survey.csv",
            "{reads}": _TABLE_READS,
            "{imports}": "import skops.io\nimport sklearn\n",
            "{result}": "frame.join(scored)",
        },
        "images": {
            "{example}": "digits.npy",
            "{reads}": _IMAGE_READS,
            "{imports}": "",
            "{result}": "scored",
        },
    }[kind]
    sources = [_body(formulas), _body(surety), inspect.getsource(free_name)]
    if not pixels:
        sources = [_body(tabulate), inspect.getsource(soft_clip), *sources]
    parts = [_HEAD, *sources, _IMAGE if pixels else _TABLE, _FOOT]
    script = "\n\n\n".join(part.strip() for part in parts) + "\n"
    for name, text in values.items():
        script = script.replace(name, text)
    return script


def free_name(name: str, taken: set[str]) -> str:
    """The name itself, or with the first number behind it that makes it a new one."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _body(module: ModuleType) -> str:
    """A module's source below its docstring and its future import."""
    return inspect.getsource(module).split("from __future__ import annotations\n", 1)[1]
