"""The page stands on its own, believes no name from a file, and shows no sealed figure."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import dnn_core
from dnn_core.data.split.row_split import split_rows
from dnn_core.diagnostics.baselines_plot import Baselines
from dnn_core.diagnostics.registry import DIAGNOSTICS
from dnn_core.errors import UserError
from dnn_core.report import report
from dnn_core.report.record import Record
from dnn_core.report.report import gains_table, metrics_table, write_report
from dnn_core.runs.part_view import RunPart


class Page(HTMLParser):
    """Elements and their attributes, the text, and the text of one element by its id."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.words = []
        self.open_ids = []
        self.by_id = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.elements.append((tag, values))
        if tag not in ("meta", "br", "img"):
            self.open_ids.append(values.get("id"))

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        self.open_ids.pop()

    def handle_data(self, data):
        self.words.append(data)
        for name in filter(None, self.open_ids):
            self.by_id[name] = self.by_id.get(name, "") + data

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


RUNS = ("binary", "opened", "quantity", "pictures")


@pytest.fixture(scope="session")
def written(data, digits, binary, opened, quantity, pictures):
    """Reports by name of the run."""
    runs = {"binary": binary, "opened": opened, "quantity": quantity, "pictures": pictures}
    return {
        name: write_report(run, digits if name == "pictures" else data)
        for name, run in runs.items()
    }


@pytest.mark.parametrize("name", RUNS)
def test_it_runs_nothing_and_fetches_nothing(written, name):
    page = Page(written[name])
    tags = {tag for tag, _ in page.elements}
    assert not tags & {
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "a",
        "marquee",
    }
    for _, values in page.elements:
        assert not [key for key in values if key.startswith("on")]
        for key in ("src", "href", "xlink:href"):
            assert values.get(key, "data:image/").startswith("data:image/")
    policy = [v["content"] for t, v in page.elements if v.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert "@import" not in written[name] and 'http-equiv="refresh' not in written[name]


def test_text_from_files_is_text(written):
    text = Page(written["binary"]).text
    for words in (
        '<script>alert("x")</script>',
        '"><img src=x onerror=alert(1)> & {{ 7*7 }}',
        "no<b>",
        "survey<i>",
        "<marquee>note</marquee>",
        "<u>as in the field</u>",
    ):
        assert words in text, words
    assert "49" not in text.split("{{ 7*7 }}")[0][-40:]
    # Labels of categories stand within the pictures, too.
    assert "</text><script>alert(2)</script>" in text


@pytest.mark.parametrize("name", RUNS)
def test_identifiers_are_unique_and_found(written, name):
    result = [v["id"] for _, v in Page(written[name]).elements if "id" in v]
    assert len(result) == len(set(result))
    assert set(re.findall(r"url\(#([^)]+)\)", written[name])) <= set(result)


@pytest.mark.parametrize(("name", "part"), [("binary", "validation"), ("opened", "test")])
def test_every_diagnostic_that_applies_is_drawn_of_the_judged_part(
    written, request, data, name, part
):
    run = request.getfixturevalue(name)
    page = Page(written[name])
    seen = RunPart(run, part, data)
    labels = [v["aria-label"] for _, v in page.elements if v.get("class", "").startswith("picture")]
    drawn = [member for member in DIAGNOSTICS if member.applies(seen)]
    assert len(drawn) >= 5
    assert sorted(labels) == sorted(member.alt(seen) for member in drawn)
    for member in drawn:
        assert member.question(seen) in page.by_id[member.code]
        assert member.caption(seen) in page.by_id[member.code]
    for member in DIAGNOSTICS:
        if member not in drawn:
            assert member.title in page.text


def test_a_new_diagnostic_needs_no_change_of_the_report(data, quantity, monkeypatch):
    class Another(Baselines):
        code = "another"

        def question(self, part):
            return "Is this one drawn as well?"

    monkeypatch.setattr(report, "DIAGNOSTICS", (*DIAGNOSTICS, Another()))
    page = Page(write_report(quantity, data))
    assert "Is this one drawn as well?" in page.by_id["another"]


# Figures ------------------------------------------------------------------------------


def test_every_metric_of_every_part_has_its_interval(data, binary, opened):
    table = metrics_table(Record(binary, data))
    assert table.columns == (
        "Metric",
        "Training",
        "Training, unweighted",
        "Validation",
        "Validation, unweighted",
    )
    scores = binary.metrics.set_index(["metric", "part"])
    assert len(table.rows) == scores.index.get_level_values("metric").nunique()
    auc = next(row for row in table.rows if row[0] == "AUC")
    row = scores.loc[("auc", "validation")]
    assert auc[3] == f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
    assert auc[4] == f"{row['unweighted']:.3f}"
    assert "Log loss (lower is better)" in [row[0] for row in table.rows]
    assert metrics_table(Record(opened, data)).columns[-2:] == ("Test", "Test, unweighted")


def test_gains_are_those_of_the_judged_part(data, opened):
    table = gains_table(Record(opened, data))
    gains = opened.gains.query("part == 'test' and metric == 'auc'").set_index("model")
    cell = dict(zip(table.columns, next(r for r in table.rows if r[0] == "AUC"), strict=True))
    for name, title in opened.facts.baselines.items():
        number = float(cell[title].split(" ")[0].replace("−", "-"))
        assert number == pytest.approx(gains.loc[name, "value"], abs=5e-4)


def test_nothing_of_a_sealed_test_part_is_in_it(data, binary, written):
    record = Record(binary, data)
    parts = split_rows(data, binary.experiment.task, binary.experiment.split, 2)
    assert set(record.predictions["row"]) == set(parts["training"])
    # Counted by hand from the file: rows outside the test part.
    votes = data.frame["vote"].iloc[parts["training"]]
    for word, label in (("no<b>", "no<b>"), ("yes", "</text><script>alert(2)</script>")):
        assert record.distribution[label].startswith(f"{(votes == word).sum():,} (")
    gap = data.frame["income"].iloc[parts["training"]].isna()
    assert record.missing.shares == {"income": pytest.approx(gap.mean())}
    assert record.missing.overall == pytest.approx(gap.mean() / 3)
    by_vote = (gap / 3).groupby(votes.to_numpy()).mean()
    assert record.missing.by_category["no<b>"] == pytest.approx(by_vote["no<b>"])
    assert record.missing.by_category["</text><script>alert(2)</script>"] == 0
    text = Page(written["binary"]).text
    assert "Test part: sealed, never opened." in text
    assert binary.held_out.rows_sha256 in text
    assert "on the test part" not in text and "test part, " not in text.replace(
        "test part, which", ""
    )


def test_an_opened_test_part_is_in_it_with_its_record(data, opened, written):
    text = Page(written["opened"]).text
    assert "after 5 configurations, this one included, and 1 analysis on the same file" in text
    assert set(Record(opened, data).predictions["row"]) == set(np.arange(len(data)))
    assert Record(opened, data).parts == ("training", "validation", "test")


def test_the_weights_and_what_the_audit_found_are_said(data, binary, written):
    text = Page(written["binary"]).text
    assert "Cases were weighted by “w” in training and in all figures" in text
    weight = Record(binary, data).predictions["weight"].to_numpy("float64")
    effect = len(weight) * (weight**2).sum() / weight.sum() ** 2
    assert f"the design effect of the weights was {effect:.2f} (Kish 1965)" in text
    assert [findings.code for findings in binary.audit.findings] == ["missing_tells"]
    assert "Meant: <u>as in the field</u>" in text


def test_the_same_run_gives_the_same_page(data, quantity, written):
    assert write_report(quantity, data) == written["quantity"]


def test_it_is_part_of_the_library(data, digits, quantity):
    assert dnn_core.write_report is write_report
    with pytest.raises(UserError, match="not the data that the run was trained on"):
        write_report(quantity, digits)
