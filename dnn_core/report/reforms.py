"""The REFORMS sheet: 32 items, filled in from a run as far as possible.

Kapoor et al. 2024, REFORMS: Consensus-based Recommendations for Machine-learning-based
Science, Science Advances 10(18): eadk3452, table 1. The items stand here in words of our own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.metrics import METRICS
from dnn_core.report.record import Record
from dnn_core.report.reforms_leakage import (
    describe_dependence,
    describe_fitting,
    describe_predictors,
)
from dnn_core.report.words import (
    describe_constant,
    describe_design,
    describe_encoding,
    describe_intervals,
    describe_network,
    describe_split,
    describe_training,
)
from dnn_core.runs.held_out import describe_opening
from dnn_core.runs.records import describe_edits
from dnn_core.runs.versions import WORKBENCH, release
from dnn_core.wording import plural, quoted

MOST_LISTED = 12
"""Variables that are named; of more, the count is given."""


@dataclass(frozen=True)
class Item:
    """One item of the sheet.

    Parameters
    ----------
    code : str
        As in the paper, such as “3b”.
    text : str
        What is to be reported.
    known : callable
        Fills the item in from a run; empty where that is not possible.
    left : str
        What only the researcher can say; empty where nothing is left.
    """

    code: str
    text: str
    known: Callable[[Record], str]
    left: str


@dataclass(frozen=True)
class Entry:
    """An item as it stands in a report: what is known, and what is to be filled in."""

    code: str
    text: str
    known: str
    left: str


@dataclass(frozen=True)
class Module:
    """A section of the sheet."""

    title: str
    entries: tuple[Entry, ...]


def fill_sheet(record: Record) -> tuple[Module, ...]:
    """Fill the sheet in as far as possible."""
    return tuple(
        Module(
            title,
            tuple(Entry(item.code, item.text, item.known(record), item.left) for item in items),
        )
        for title, items in SHEET.items()
    )


def _nothing(record: Record) -> str:
    return ""


def _data(record: Record) -> str:
    about = record.run.about
    return (
        f"{about['dataset']}: file {about['file_name']}, sha256 {about['sha256']}; "
        f"{about['rows']:,} rows, {about['variables']:,} variables. Its codebook is in the "
        "replication package."
    )


def _code(record: Record) -> str:
    used = record.run.about["versions"]
    versions = ", ".join(f"{name} {used[name]}" for name in used if name != WORKBENCH)
    return (
        f"{release(used)} ({versions}). Everything that was asked for is in experiment.json of the "
        f"replication package; its digest is {record.experiment.digest()}."
    )


def _machine(record: Record) -> str:
    seconds = record.run.status.elapsed_seconds
    return (
        f"Python {record.run.about['versions']['python']}; training and evaluation took "
        f"{seconds:,.0f} seconds."
    )


def _readme(record: Record) -> str:
    return (
        "README.txt of the replication package says what each file is and how to score new cases."
    )


def _script(record: Record) -> str:
    return (
        "score.py of the replication package computes the predictions; with the file, "
        "experiment.json trains the same networks again in DNN Workbench."
    )


def _outcome(record: Record) -> str:
    counts = "; ".join(f"{name} {figure}" for name, figure in record.distribution.items())
    return f"{record.outcome}, {outcome_of(record.kind).noun}. {_seen(record)}: {counts}."


def _seen(record: Record) -> str:
    return "In all rows" if record.run.test_opened else "In the rows outside the sealed test part"


def _cases(record: Record) -> str:
    cases = record.facts.cases
    parts = ", ".join(f"{count:,} {part}" for part, count in cases.items())
    folds = " (training and validation are the same rows, in turns)"
    text = f"{record.rows_with_outcome:,} rows with an outcome: {parts}"
    text += folds if record.experiment.folds else ""
    if record.task.cluster:
        text += f"; clusters are in {quoted(record.task.cluster)}"
    return f"{text}."


def _missing(record: Record) -> str:
    missing = record.missing
    if not missing.shares:
        return f"{_seen(record)} no predictor has missing answers."
    named = [f"{name} {share:.1%}" for name, share in list(missing.shares.items())[:MOST_LISTED]]
    more = len(missing.shares) - len(named)
    text = f"{_seen(record)} {missing.overall:.1%} of the answers to predictors are missing"
    if missing.by_category:
        text += " (" + ", ".join(f"{n} {s:.1%}" for n, s in missing.by_category.items()) + ")"
    return f"{text}; by predictor: {', '.join(named)}{f', and {more:,} more' if more > 0 else ''}."


def _excluded(record: Record) -> str:
    without = len(record.dataset) - record.rows_with_outcome
    if not without:
        return "No row was left out."
    return (
        f"{plural(without, 'row')} without an answer to the outcome "
        f"{'was' if without == 1 else 'were'} left out; rows with missing predictors were kept."
    )


def _impossible(record: Record) -> str:
    return (
        "Declared missing codes, infinities and numbers beyond what can be an answer were taken "
        f"as missing. Variables edited after reading: {describe_edits(record.run.about['edits'])}."
    )


def _models(record: Record) -> str:
    features = record.task.features
    names = ", ".join(features[:MOST_LISTED])
    more = len(features) - MOST_LISTED
    beside = ", ".join(record.facts.baselines.values())
    return (
        f"Predictors: {names}{f', and {more:,} more' if more > 0 else ''}. "
        f"{describe_network(record)} {describe_training(record)} Baselines on the same input "
        f"columns: {beside}."
    )


def _tuning(record: Record) -> str:
    return (
        f"This run had the settings that were asked for. Test part: {describe_opening(record.run)}."
    )


def _baselines(record: Record) -> str:
    notes = [f"{record.facts.baselines[n]}: {t}" for n, t in record.facts.baseline_notes.items()]
    notes += [f"{title}: {why}." for title, why in record.facts.baselines_left_out.items()]
    return " ".join(
        [
            f"{', '.join(record.facts.baselines.values())} were fitted to the same rows, input "
            "columns and weights as the network, and were evaluated on the same cases.",
            describe_constant(record),
            *notes,
        ]
    )


def _selection(record: Record) -> str:
    return (
        "The epoch with the lowest validation loss was kept, so that validation figures are "
        f"somewhat too good. Figures of this report are from the {record.part.name} part."
    )


def _metrics(record: Record) -> str:
    names = set(record.run.metrics["metric"])
    titles = [metric.title for metric in METRICS if metric.name in names]
    return f"{', '.join(titles)}. The main metric is {record.part.metric.title}."


def _tests(record: Record) -> str:
    return "No significance test was made; differences are given with paired intervals."


SHEET: dict[str, tuple[Item, ...]] = {
    "Study goals": (
        Item("1a", "Population that the claim is about", _nothing, "the population"),
        Item("1b", "Why this population", _nothing, "the reasons"),
        Item("1c", "Why machine learning", _nothing, "the reasons"),
    ),
    "Computational reproducibility": (
        Item("2a", "Data set, with a link or DOI", _data, "link or DOI"),
        Item("2b", "Code and its version, with a link or DOI", _code, "link or DOI"),
        Item("2c", "Computing infrastructure", _machine, "processor, memory, operating system"),
        Item("2d", "README with instructions", _readme, "the steps of your own"),
        Item("2e", "Script that produces all results", _script, "all other results of the paper"),
    ),
    "Data quality": (
        Item(
            "3a",
            "Sources of the data, when they were collected, how the outcome was measured",
            _nothing,
            "source, time of collection, documentation",
        ),
        Item("3b", "Sampling frame", describe_design, "the frame and how was sampled from it"),
        Item("3c", "Why the data suit the task", _nothing, "the reasons"),
        Item("3d", "Outcome, with descriptive statistics", _outcome, "how it is defined"),
        Item("3e", "Number of cases", _cases, ""),
        Item("3f", "Missing data, by category of the outcome", _missing, ""),
        Item("3g", "Why the sample represents the population", _nothing, "the reasons"),
    ),
    "Data preprocessing": (
        Item("4a", "Cases that were excluded, and why", _excluded, "exclusions before the file"),
        Item("4b", "Impossible or corrupt cases", _impossible, "checks of your own"),
        Item("4c", "All transformations of the data", describe_encoding, "those before the file"),
    ),
    "Modeling": (
        Item("5a", "All models: predictors, type, loss", _models, ""),
        Item("5b", "Why these types of models", _nothing, "the reasons"),
        Item("5c", "How models were evaluated: splits or folds", describe_split, ""),
        Item("5d", "How the reported model was selected", _selection, "choices among runs"),
        Item("5e", "Tuning of hyperparameters", _tuning, "what was varied, and why"),
        Item("5f", "Why the baselines are fair", _baselines, "baselines of your field"),
    ),
    "Data leakage": (
        Item("6a", "Preprocessing and modeling used training data only", describe_fitting, ""),
        Item(
            "6b",
            "Dependence and duplicates between parts",
            describe_dependence,
            "what you know of it",
        ),
        Item("6c", "Why each predictor is legitimate", describe_predictors, "the reasons"),
    ),
    "Metrics and uncertainty": (
        Item("7a", "All metrics, and why they suit the task", _metrics, "why they suit"),
        Item("7b", "Uncertainty and how it was computed", describe_intervals, ""),
        Item("7c", "Statistical tests and their assumptions", _tests, ""),
    ),
    "Generalizability and limitations": (
        Item("8a", "Evidence of external validity", _nothing, "other samples, times or places"),
        Item("8b", "Where the findings are not expected to hold", _nothing, "the contexts"),
    ),
}
