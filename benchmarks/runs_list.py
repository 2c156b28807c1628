"""How long do ten thousand runs take to list? Prints a table and writes JSON.

    python -m benchmarks.runs_list

Copies of the small files of a run, made up with as many epochs and members as the defaults have,
in a workspace of its own. Measured, each in a process of its own where it says “first”:

- the first listing ever, with no index yet; with the index, in a process that has just started;
  once more in the same process; and after the note of one run was changed,
- the bare minimum: naming the directories and asking when each was last changed,
- reading every run anew, as a listing without an index would, for a twentieth of them,
- one rerun of the page Runs, and of another page beside so many runs.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

RUNS, SAMPLE = 10_000, 500
EPOCHS, MEMBERS = 30, 5
FACTS = {
    "cases": {"training": 566, "validation": 566, "test": 142},
    "inputs": 9,
    "parameters": 9601,
    "training_mean": None,
    "best_epoch": 12,
    "best_epochs": [12],
    "diverged_epoch": None,
    "target": {"name": "y", "kind": "binary", "classes": ["0", "1"], "labels": ["no", "yes"]},
}


def write_runs(home: Path, count: int = RUNS) -> None:
    """Make one run and copies of it, whose names say that each was made a minute later."""
    from dnn_core.data.readers import read_bytes
    from dnn_core.outcome.metrics import metrics_of
    from dnn_core.runs.records import Phase, State, now
    from dnn_core.runs.workspace import Workspace
    from dnn_core.specs import Experiment, Kind, Task
    from dnn_core.training.history import EpochRecord

    workspace = Workspace(home)
    text = "y,x\n" + "\n".join(f"{i % 2},{i}" for i in range(50))
    task = Task(target="y", features=("x",), kind=Kind.BINARY)
    first = workspace.new_run(read_bytes(text.encode(), "survey.csv"), Experiment(task=task))
    for epoch in range(1, EPOCHS + 1):
        for member in range(1, MEMBERS + 1):
            record = EpochRecord(epoch, member, 0.4, 0.5, 0.0, 0.8, 0.7, 1e-3, float(epoch))
            first.append("history.jsonl", record.to_json())
    scores = [
        {"model": model, "part": split, "metric": m.name, "value": 0.7, "low": 0.6, "high": 0.8}
        for model in ("network", "majority", "linear", "forest")
        for split in ("training", "validation")
        for m in metrics_of(Kind.BINARY)
    ]
    first.write("facts.json", json.dumps(FACTS))
    first.write("metrics.json", json.dumps({"scores": scores, "gains": scores}))
    ended = now()
    first.update_status(
        state=State.FINISHED,
        phase=Phase.ENDED,
        started_at=ended - timedelta(seconds=8),
        ended_at=ended,
    )
    for i in range(1, count):
        made = ended - timedelta(minutes=i)
        copy = workspace.runs / f"{made:%Y%m%d-%H%M%S}-{i:06x}"
        shutil.copytree(first.directory, copy)


def measure_listing(home: Path) -> dict[str, float]:
    """Seconds of one listing after another in this process."""
    from dnn_core.runs.workspace import Workspace

    workspace = Workspace(home)
    result = {}
    started = time.monotonic()
    table = workspace.runs_table()
    result["first"] = time.monotonic() - started
    # Until what was written last is old enough to be believed.
    time.sleep(1.0)
    again = []
    for _ in range(5):
        started = time.monotonic()
        workspace.runs_table()
        again.append(time.monotonic() - started)
    result["again"] = statistics.median(again)
    workspace.run(table["id"].iloc[-1]).annotate(note=f"changed at {time.time()}")
    started = time.monotonic()
    workspace.runs_table()
    result["changed"] = time.monotonic() - started
    return result


def measure_bare(home: Path) -> float:
    """Seconds to name all directories and ask each for its time."""
    started = time.monotonic()
    with os.scandir(home / "runs") as entries:
        assert len([entry.stat().st_mtime_ns for entry in entries]) >= RUNS
    return time.monotonic() - started


def measure_without_index(home: Path) -> float:
    """Seconds to read every run, from some of them."""
    from dnn_core.runs.run import Run
    from dnn_core.runs.table import runs_table

    folders = sorted((home / "runs").iterdir())[:SAMPLE]
    started = time.monotonic()
    runs_table([Run(folder) for folder in folders])
    return (time.monotonic() - started) * RUNS / SAMPLE


def measure_pages(home: Path) -> dict[str, float]:
    """Seconds for one rerun of some pages, by Streamlit's own script runner."""
    os.environ["DNN_WORKBENCH_HOME"] = str(home)
    from streamlit.testing.v1 import AppTest

    from benchmarks.reruns import rerun_seconds
    from dnn_core.compute.process import find_cluster
    from dnn_core.runs.workspace import Workspace
    from tests.browser.server import ROOT

    at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=300)
    at.run()
    try:
        return rerun_seconds(at, ("runs", "data"))
    finally:
        # The dashboard has started a cluster, which would write into the workspace for a while.
        cluster = find_cluster(Workspace(home))
        if cluster is not None:
            os.kill(cluster.pid, signal.SIGTERM)


def in_its_own_process(what: str, home: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.runs_list", what, str(home)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    # A cluster that is ending may still write its log.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        write_runs(home)
        cold = in_its_own_process("listing", home)
        warm = in_its_own_process("listing", home)
        pages = in_its_own_process("pages", home)
        results = {
            "first listing ever, seconds": cold["first"],
            "first listing of a process, seconds": warm["first"],
            "listing again, seconds": warm["again"],
            "listing after one note was changed, seconds": warm["changed"],
            "naming the directories and their times, seconds": measure_bare(home),
            "reading every run anew, seconds": measure_without_index(home),
            "rerun of the page Runs, seconds": pages["runs"],
            "rerun of the page Data, seconds": pages["data"],
        }
    for what, seconds in results.items():
        print(f"{what:50} {seconds:7.3f}")
    Path("benchmarks/runs_list.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        measure = {"listing": measure_listing, "pages": measure_pages}[sys.argv[1]]
        print(json.dumps(measure(Path(sys.argv[2]))))
