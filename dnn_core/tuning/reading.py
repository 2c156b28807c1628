"""What a study found, worked out once when it ends and kept in its directory."""

from __future__ import annotations

from dnn_core.evaluation.metrics import metric
from dnn_core.network.output import main_metric
from dnn_core.runs.files import write_whole
from dnn_core.runs.found import Found
from dnn_core.tuning.correction import correct, simplest
from dnn_core.tuning.study import Study

READING = "reading.json"


def read_study(study: Study) -> Found | None:
    """What was worked out when the study last ended; None before that, or without trials.

    Facts: `best` and `simplest` (numbers of trials), `measure` and `main` (names of metrics),
    `apparent`, `corrected`, `low`, `high`, `current` (the experiment as it is), `gain`,
    `gain_low`, `gain_high` over it (positive is better), and the same for the main metric
    with `main_` in front, `error` (standard error of the best), `near` (trials within it),
    `share` (how often the best is the best on resamples), `trials` (how many were compared),
    `cases`, `dead` (knobs, and why). Tables: `trials` (number, value, error, low, high, main,
    share, parameters) and `knobs` (knob, importance, chance).
    """
    path = study.directory / READING
    return Found.from_json(path.read_text(encoding="utf-8")) if path.exists() else None


def write_reading(study: Study) -> None:
    """Work out what a study found, if a trial was judged on all folds."""
    # Optuna takes a while to load, and readers do not need it.
    from dnn_core.tuning.importance import dead_knobs, weigh_knobs

    asked, trials = study.asked, study.trials
    complete = [trial for trial in trials if trial.complete and trial.value is not None]
    if not complete:
        return
    current = study.current
    current = current if current is not None and current.complete else None
    measure, main = study.measure, metric(main_metric(study.kind).name)
    cases = study.cases
    found = correct(
        study.kind,
        cases,
        [study.predictions(trial.number) for trial in complete],
        measure,
        training_mean=float(cases["training_mean"]) if "training_mean" in cases else None,
        seed=asked.seed,
        current=None if current is None else study.predictions(0),
    )
    sizes = [trial.parameters for trial in complete]
    higher = measure.higher_is_better
    chosen = simplest(found.trials, found.best, sizes, higher_is_better=higher)
    table = found.trials.assign(number=[t.number for t in complete], parameters=sizes)
    best = table.iloc[found.best]
    distance = (table["value"] - best["value"]).abs()
    facts = {
        "best": complete[found.best].number,
        "simplest": complete[chosen].number,
        "measure": measure.name,
        "main": main.name,
        "apparent": float(best["value"]),
        "main_apparent": float(best["main"]),
        **_named(("corrected", "low", "high"), found.corrected["value"]),
        **_named(("main_corrected", "main_low", "main_high"), found.corrected["main"]),
        "current": None if current is None else current.value,
        "main_current": None if current is None else current.main,
        **_named(("gain", "gain_low", "gain_high"), found.gains.get("value")),
        **_named(("main_gain", "main_gain_low", "main_gain_high"), found.gains.get("main")),
        "error": float(best["error"]),
        "near": int((distance <= best["error"]).sum()),
        "share": float(best["share"]),
        "trials": len(complete),
        "cases": len(cases["y"]),
        "dead": dead_knobs(asked, complete, training_rows=len(cases["y"])),
    }
    knobs = weigh_knobs(asked, complete, higher_is_better=higher)
    reading = Found(facts, {"trials": table, "knobs": knobs})
    write_whole(study.directory / READING, reading.to_json())


def _named(
    names: tuple[str, str, str], values: tuple[float, float, float] | None
) -> dict[str, float | None]:
    return dict(zip(names, values or (None, None, None), strict=True))
