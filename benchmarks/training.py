"""How fast are whole fits, beside other libraries? Prints a table and writes JSON.

    python -m benchmarks.training [--only a,b] [--repeats 3] [--without h2o] [--quick]

Every single timing is one fit in a fresh process (see `benchmarks.contestants` for what
is timed and what each contestant does), contestants taking turns: first each of them
once, then each once more. The median counts. MNIST is looked for in the folder that
`DNN_WORKBENCH_MNIST` names, then in `../shared/data/mnist`; without it c and d are left
out. PyTorch and h2o take part where they are installed, h2o in a and b only. Its server
is started once, listens to this machine only, and idles while others are timed.

- a, b: two tables; c, d: MNIST with 48,000 training and 12,000 validation cases, plain,
  and with batch normalisation and dropout;
- e: fifty seeds of a trained together, against fifty times the time of one fit;
- f: ten-fold cross-validation of a trained together, against ten times the time of one fit
  to 900 cases with 100 for validation.

"x" says how many times as long a contestant takes as the engine; what is required of it
stands in parentheses, and an exclamation mark where it is missed. GFLOP/s counts 6
operations for each weight, training case and epoch; its share is of one 2048 x 2048
matrix product in the same process.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.contestants import JOBS, mnist_folder

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("training.json")

TAKING_PART = {
    "engine": "abcdef",
    "engine_alone": "ef",
    "keras": "abcdef",
    "sklearn": "abcef",
    "torch": "abcdef",
    "h2o": "ab",
}
"""Who takes part in which jobs."""

REQUIRED = {
    "keras": {"a": 12, "b": 3, "c": 2.5, "d": 2.2, "e": 100, "f": 60},
    "sklearn": {"a": 1},
    "torch": {"b": 1, "c": 1},
}
"""How many times as long as the engine each has to take, at least."""

OPTIONAL = ("torch", "h2o")

LIBRARIES = ("tensorflow", "keras", "scikit-learn", "torch", "h2o", "numpy")


def time_once(job: str, contestant: str, *, quick: bool) -> dict[str, float]:
    """One fit in a process of its own, with nothing that another has left in a cache."""
    command = [sys.executable, "-m", "benchmarks.contestants", job, contestant]
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            command + ["--quick"] * quick,
            cwd=ROOT,
            env={
                **os.environ,
                "XDG_CACHE_HOME": empty,
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "KERAS_BACKEND": "tensorflow",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stderr[-2000:]}")
    # h2o takes its leave in words after the result.
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))


def measure_job(job: str, contestants: list[str], repeats: int, *, quick: bool) -> dict[str, Any]:
    """All timings of a job, by contestant, and their medians."""
    result: dict[str, list[dict[str, float]]] = {name: [] for name in contestants}
    for number in range(repeats):
        for name in contestants:
            result[name].append(time_once(job, name, quick=quick))
            seconds = result[name][-1]["seconds"]
            print(f"{job}, {name}, {number + 1} of {repeats}: {seconds:.2f} s", file=sys.stderr)
    return {"title": JOBS[job].title, **_ratios(job, result)}


def _ratios(job: str, result: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Medians, and how many times as long as the engine each takes for the same networks."""
    medians = {
        name: {key: statistics.median(one[key] for one in each) for key in each[0]}
        for name, each in result.items()
    }
    # Who trains one network only would need as much time for each of the others.
    times = {name: 1 if name == "engine" else JOBS[job].members for name in result}
    engine = medians["engine"]
    for name, median in medians.items():
        median["times"] = times[name]
        if name != "engine":
            median["ratio"] = times[name] * median["seconds"] / engine["seconds"]
            median["required"] = REQUIRED.get(name, {}).get(job)
    engine["share_of_matmul"] = engine["gflops"] / engine["matmul_gflops"]
    return {"medians": medians, "timings": result}


@contextmanager
def h2o_server(wanted: bool) -> Iterator[bool]:
    """A server for this run, and whether there is one."""
    if not wanted:
        yield False
        return
    # A proxy has nothing to do with a server on this machine, nor has anybody else.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"
    os.environ["DO_NOT_TRACK"] = "1"
    import h2o

    try:
        server = h2o.backend.H2OLocalServer.start(max_mem_size=2 << 30, verbose=False)
    except h2o.exceptions.H2OError as error:
        print(f"h2o was left out: its server does not start ({error}).", file=sys.stderr)
        yield False
        return
    os.environ["H2O_URL"] = f"http://127.0.0.1:{server.port}"
    try:
        yield True
    finally:
        server.shutdown()


def choose_contestants(left_out: list[str]) -> list[str]:
    """Those that are installed and wanted."""
    chosen = [name for name in TAKING_PART if name not in left_out]
    for name in OPTIONAL:
        if name in chosen and importlib.util.find_spec(name) is None:
            print(f"{name} was left out: it is not installed.", file=sys.stderr)
            chosen.remove(name)
    if "h2o" in chosen and shutil.which("java") is None:
        print("h2o was left out: there is no Java.", file=sys.stderr)
        chosen.remove("h2o")
    return chosen


def choose_jobs(only: list[str]) -> list[str]:
    """Those that are wanted and have their data."""
    digits = [name for name in only if JOBS[name].mnist]
    if digits and mnist_folder() is None:
        print(
            f"{', '.join(digits)} left out: MNIST is neither where DNN_WORKBENCH_MNIST says "
            "nor in ../shared/data/mnist.",
            file=sys.stderr,
        )
        return [name for name in only if name not in digits]
    return only


def print_table(jobs: dict[str, Any]) -> None:
    print(f"{'':50}{'engine':>9}", *(f"{n:>23}" for n in list(TAKING_PART)[1:]), " GFLOP/s, share")
    for name, job in jobs.items():
        medians = job["medians"]
        engine = medians["engine"]
        print(
            f"{name}  {job['title'][:46]:47}{engine['seconds']:7.2f} s",
            *(f"{_cell(medians.get(other)):>23}" for other in list(TAKING_PART)[1:]),
            f" {engine['gflops']:7.1f}, {engine['share_of_matmul']:.0%}",
        )
    for name, job in jobs.items():
        times = job["medians"]["keras"]["times"] if "keras" in job["medians"] else 1
        if times > 1:
            print(f"{name}: except for the engine, one fit was timed and multiplied by {times}.")


def _cell(median: dict[str, Any] | None) -> str:
    """A contestant's seconds, its ratio to the engine, and what is required of it."""
    if median is None:
        return "–"
    cell = f"{median['seconds'] * median['times']:.2f} s  x{median['ratio']:.1f}"
    if median["required"] is None:
        return cell
    missed = "!" if median["ratio"] < median["required"] else ""
    return f"{cell} ({median['required']:g}){missed}"


def write_results(jobs: dict[str, Any]) -> None:
    """Write the jobs that were measured beside those of earlier runs."""
    before = json.loads(RESULTS.read_text())["jobs"] if RESULTS.exists() else {}
    installed = [n for n in LIBRARIES if importlib.util.find_spec(n.replace("scikit-", "sk"))]
    machine = {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        **{name: version(name) for name in installed},
    }
    for job in jobs.values():
        job["machine"] = machine
    together = dict(sorted({**before, **jobs}.items()))
    RESULTS.write_text(json.dumps({"jobs": together}, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(JOBS), help="jobs, by comma")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--without", default="", help="contestants to be left out, by comma")
    parser.add_argument("--quick", action="store_true", help="tiny sizes; writes no JSON")
    asked = parser.parse_args()
    only = asked.only.split(",")
    if unknown := set(only) - set(JOBS):
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    names = choose_jobs(only)
    contestants = choose_contestants(asked.without.split(","))
    wanted = "h2o" in contestants and bool(set(names) & set(TAKING_PART["h2o"]))
    jobs = {}
    with h2o_server(wanted) as there:
        contestants = [name for name in contestants if name != "h2o" or there]
        for job in names:
            chosen = [name for name in contestants if job in TAKING_PART[name]]
            jobs[job] = measure_job(job, chosen, asked.repeats, quick=asked.quick)
            if not asked.quick:
                write_results(jobs)
    print_table(jobs)
    if asked.quick:
        print("Sizes were tiny: everything runs, but the figures mean nothing.")


if __name__ == "__main__":
    main()
