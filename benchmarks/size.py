"""How large may a table be? Prints a table and writes JSON.

    python -m benchmarks.size

- One million rows by fifty columns of CSV (integers, decimals and words, some missing; seeded):
  seconds to read, describe, outline and prepare it, each as a multiple of what a bare
  `pandas.read_csv` takes, and the most memory beyond that of the imports, as a multiple of the
  file. Each repetition is a process of its own, in turn with a bare one, because other work on a
  machine slows both.
- Ten thousand columns by one thousand rows: seconds to read and to describe.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROWS, REPEATS = 1_000_000, 3
WIDE = (1_000, 10_000)
WORDS = (
    ("north", "south", "east", "west"),
    ("yes", "no"),
    ("low", "middle", "high"),
    ("Labour", "Conservative", "Liberal", "Green", "none of them"),
)


def write_long(path: Path, rows: int = ROWS) -> None:
    """20 whole numbers, 18 decimals and 12 words, a tenth of the columns' cells missing."""
    rng = np.random.default_rng(1)
    columns: dict[str, object] = {}
    for i in range(20):
        numbers = pd.array(rng.integers(1, (6, 8, 11, 100, 2020)[i % 5], rows), dtype="Int64")
        if i % 2:
            numbers[rng.random(rows) < 0.05] = pd.NA
        columns[f"item{i + 1}"] = numbers
    for i in range(18):
        decimals = np.round(rng.normal(50, 20, rows), 3)
        if i % 3 == 0:
            decimals[rng.random(rows) < 0.05] = np.nan
        columns[f"score{i + 1}"] = decimals
    for i in range(12):
        words = np.array(WORDS[i % 4], dtype=object)[rng.integers(0, len(WORDS[i % 4]), rows)]
        if i % 4 == 3:
            words[rng.random(rows) < 0.05] = None
        columns[f"group{i + 1}"] = words
    pd.DataFrame(columns).to_csv(path, index=False)


def write_wide(path: Path) -> None:
    """Answers from 1 to 5 of a few people to very many questions."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 6, WIDE))
    frame.columns = [f"q{i}" for i in range(WIDE[1])]
    frame.to_csv(path, index=False)


def memory(kind: str) -> float:
    """MB of this process: VmRSS now, VmHWM at most so far (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(kind))


def measure_bare(path: Path) -> dict[str, float]:
    before = memory("VmRSS")
    started = time.monotonic()
    pd.read_csv(path)
    seconds = time.monotonic() - started
    return {"read": seconds, "peak": memory("VmHWM") - before}


def measure_ours(path: Path, arrays: bool) -> dict[str, float]:
    from dnn_core.data.describe.description import describe
    from dnn_core.data.prepare import prepare
    from dnn_core.data.readers import read_dataset
    from dnn_core.specs import Experiment, Task

    result = {}
    before = memory("VmRSS")
    started = time.monotonic()
    data = read_dataset(path)
    result["read"] = time.monotonic() - started
    describe(data)
    result["described"] = time.monotonic() - started
    result["peak"] = memory("VmHWM") - before
    if arrays:
        features = tuple(name for name in data.names if name != "group2")
        prepare(data, Experiment(task=Task(target="group2", features=features)))
        result["ready to train"] = time.monotonic() - started
        result["peak with arrays"] = memory("VmHWM") - before
    return result


def in_its_own_process(what: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.size", what, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        long, wide = Path(folder) / "long.csv", Path(folder) / "wide.csv"
        write_long(long)
        write_wide(wide)
        size = long.stat().st_size / 2**20
        bare, ours = [], []
        for _ in range(REPEATS):
            bare.append(in_its_own_process("bare", long))
            ours.append(in_its_own_process("long", long))
            print(bare[-1], ours[-1], flush=True)
        broad = in_its_own_process("wide", wide)
    results = {"file, MB": size, "pandas.read_csv, seconds": _median(bare, "read")}
    results["pandas.read_csv, peak as a multiple of the file"] = _median(bare, "peak") / size
    for step in ("read", "described", "ready to train"):
        ratios = [o[step] / b["read"] for o, b in zip(ours, bare, strict=True)]
        results[f"until {step}, as a multiple of pandas.read_csv"] = statistics.median(ratios)
    for peak in ("peak", "peak with arrays"):
        results[f"{peak}, as a multiple of the file"] = _median(ours, peak) / size
    for step in ("read", "described"):
        results[f"10,000 columns until {step}, seconds"] = broad[step]
    for what, value in results.items():
        print(f"{what:60} {value:8.2f}")
    Path("benchmarks/size.json").write_text(json.dumps(results, indent=1) + "\n")


def _median(measured: list[dict[str, float]], what: str) -> float:
    return statistics.median(one[what] for one in measured)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        file = Path(sys.argv[2])
        bare_only = sys.argv[1] == "bare"
        print(
            json.dumps(measure_bare(file) if bare_only else measure_ours(file, "long" in sys.argv))
        )
