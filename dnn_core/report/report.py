"""Write the report of a run: one self-contained HTML page."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from dnn_core.audit.answers import answered
from dnn_core.audit.finding import Finding
from dnn_core.checks import CHECKS, lead_sentence
from dnn_core.data.dataset import Dataset
from dnn_core.data.split.row_split import PROTECTION
from dnn_core.diagnostics.diagnostic import Section
from dnn_core.diagnostics.marks.style import format_interval, format_number
from dnn_core.diagnostics.registry import DIAGNOSTICS
from dnn_core.outcome.metrics import METRICS, Metric
from dnn_core.report.figures import Figure, draw_figure
from dnn_core.report.methods import methods_paragraph, references_in
from dnn_core.report.palette import DARK, LIGHT, declarations
from dnn_core.report.record import Record
from dnn_core.report.reforms import fill_sheet
from dnn_core.report.words import (
    describe_design,
    describe_encoding,
    describe_intervals,
    describe_network,
    describe_split,
    describe_training,
)
from dnn_core.runs.held_out import describe_opening
from dnn_core.runs.records import describe_edits
from dnn_core.runs.run import Run
from dnn_core.wording import in_sentence, plural, signed

HERE = Path(__file__).parent

LARGE = 1000
"""Metrics from this size on are written without decimals."""


@dataclass(frozen=True)
class Table:
    """A table of text: names of the columns, and rows whose first cell names them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def write_report(run: Run, dataset: Dataset) -> str:
    """Write the report of a run as one page that can be printed.

    Parameters
    ----------
    run : Run
    dataset : Dataset
        The data that it was trained on.

    Returns
    -------
    str
        Self-contained HTML: it includes style and figures, runs no script and fetches nothing. The
        test part is in it only once that part was opened.

    Raises
    ------
    UserError
        If the run has no trained network, or was trained on other data.
    """
    record = Record(run, dataset)
    methods = methods_paragraph(record)
    findings, not_applicable = record.verdicts
    return _template().render(
        record=record,
        run=run,
        about=run.about,
        style=Markup(_style()),
        lead=lead_sentence(run, findings),
        design=describe_design(record),
        split=describe_split(record),
        protection=PROTECTION[record.experiment.split.method_for(record.task)],
        network=describe_network(record),
        training=describe_training(record),
        encoding=describe_encoding(record),
        edits=describe_edits(run.about["edits"]),
        intervals=describe_intervals(record),
        metrics=metrics_table(record),
        gains=gains_table(record),
        chapters=_chapters(record),
        audit=_audit(record),
        findings=findings,
        not_applicable=not_applicable,
        questions={check.code: check.question for check in CHECKS},
        plural=plural,
        in_sentence=in_sentence,
        opening=describe_opening(run),
        sheet=fill_sheet(record),
        methods=methods,
        references=references_in(f"{methods} (Kapoor et al. 2024)"),
        experiment=json.dumps(run.experiment.model_dump(mode="json"), indent=2, ensure_ascii=False),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    # Whatever comes from a file is escaped; only `Markup` that is made here is not.
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _style() -> str:
    text = (HERE / "report.css").read_text(encoding="utf-8")
    return text.replace("/* light */", declarations(LIGHT)).replace(
        "/* dark */", declarations(DARK)
    )


@dataclass(frozen=True)
class Chapter:
    """The pictures of one section: figure and its drawing, and what could not be drawn."""

    section: Section
    figures: tuple[tuple[Figure, Markup], ...]
    undrawn: tuple[tuple[str, str], ...]


def _chapters(record: Record) -> list[Chapter]:
    """Every section of which something can be drawn, with title and reason of what cannot."""
    chapters = []
    for section in Section:
        members = [member for member in DIAGNOSTICS if member.section is section]
        obstacles = [(member, member.obstacle(record.part)) for member in members]
        drawn = [draw_figure(m.draw(record.part)) for m, reason in obstacles if reason is None]
        undrawn = [(member.title, reason) for member, reason in obstacles if reason is not None]
        if members:
            # Vega escapes what it takes from the data.
            pairs = tuple((figure, Markup(figure.svg)) for figure in drawn)
            chapters.append(Chapter(section, pairs, tuple(undrawn)))
    return chapters


def metrics_table(record: Record) -> Table:
    """Every metric of the network on every part that is not sealed, with its interval."""
    scores = _by_name(record.run.metrics, "part")
    weighted = record.task.weight is not None
    columns = ["Metric"]
    for part in record.parts:
        columns += [part.capitalize(), *([f"{part.capitalize()}, unweighted"] if weighted else [])]
    rows = []
    for metric in METRICS:
        figures = [scores.get((metric.name, part)) for part in record.parts]
        if not any(figures):
            continue
        cells = [_title(metric)]
        for row in figures:
            cells += [_figure(row), *([_unweighted(row)] if weighted else [])]
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows))


def gains_table(record: Record) -> Table:
    """Network less each other model, paired, in every metric of the evaluated part."""
    gains = record.run.gains
    gained = _by_name(gains[gains["part"] == record.part.name], "model")
    models = [name for name in record.facts.baselines if name in set(gains["model"])]
    rows = []
    for metric in METRICS:
        result = [gained.get((metric.name, model)) for model in models]
        if any(result):
            rows.append((_title(metric), *map(_gain, result)))
    return Table(("Metric", *(record.facts.baselines[name] for name in models)), tuple(rows))


def _title(metric: Metric) -> str:
    return metric.title if metric.higher_is_better else f"{metric.title} (lower is better)"


class _Row(NamedTuple):
    """A figure with its interval; not a number where there is none."""

    value: float
    low: float
    high: float
    unweighted: float

    @property
    def decimals(self) -> int:
        return 0 if abs(self.value) >= LARGE else 3


def _by_name(table: pd.DataFrame, other: str) -> dict[tuple[str, str], _Row]:
    """Rows of a table of scores, by metric and another column."""
    numbers = table[list(_Row._fields)].astype("float64").to_numpy()
    keys = zip(table["metric"], table[other], strict=True)
    return {key: _Row(*row) for key, row in zip(keys, numbers.tolist(), strict=True)}


def _figure(row: _Row | None) -> str:
    if row is None or math.isnan(row.value):
        return ""
    return format_interval(row.value, row.low, row.high, row.decimals)


def _unweighted(row: _Row | None) -> str:
    if row is None or math.isnan(row.unweighted):
        return ""
    return format_number(row.unweighted, row.decimals)


def _gain(row: _Row | None) -> str:
    if row is None or math.isnan(row.value):
        return ""
    text = signed(row.value, row.decimals)
    if math.isnan(row.low) or math.isnan(row.high):
        return text
    return f"{text} ({signed(row.low, row.decimals)} to {signed(row.high, row.decimals)})"


def _audit(record: Record) -> list[tuple[Finding, str]] | None:
    """The findings before training, each with the researcher's answer."""
    if record.run.audit is None:
        return None
    findings = record.run.audit.findings
    reasons = answered(record.experiment.answers, findings)
    return [(finding, reasons.get(finding.key, "")) for finding in findings]
