"""The tool tested against truth: every simulation of `validity_*.py`. Prints and writes JSON.

    python -m benchmarks.validity [conformal] [intervals] [baselines] [variance]

Without names all of them, which takes about an hour of one core.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import validity_baselines, validity_conformal, validity_intervals, validity_variance

TOPICS: dict[str, Callable[[], dict[str, float]]] = {
    "conformal": validity_conformal.measure,
    "intervals": validity_intervals.measure,
    "baselines": validity_baselines.measure,
    "variance": validity_variance.measure,
}

RESULTS = Path("benchmarks/validity.json")


def main() -> None:
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for topic in sys.argv[1:] or TOPICS:
        results[topic] = TOPICS[topic]()
        for what, value in results[topic].items():
            print(f"{topic}: {what:60} {value:8.3f}", flush=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
