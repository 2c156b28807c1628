import re
import shutil

import pytest

from dnn_core.report.methods import REFERENCES, methods_paragraph, references_in
from dnn_core.report.record import Record
from dnn_core.report.words import counted, listed
from dnn_core.runs.found import Found
from dnn_core.runs.judge import RESAMPLES
from dnn_core.runs.run import Run
from dnn_core.specs import AppraisalSpec


def test_a_survey_of_clusters_is_told_with_its_numbers(data, binary):
    text = methods_paragraph(Record(binary, data))
    facts, seal = binary.facts, binary.seal
    assert text.startswith(
        "We predicted “vote”, two categories, from three other variables of “survey<i>.csv” (200 "
        "rows) with an ensemble of two dense neural networks. Cases were weighted by “w”"
    )
    share = f"{seal.cases / 200:.0%}"
    assert (
        f"Before anything was trained, {seal.cases} rows ({share}) were set aside as a test part: "
        f"whole clusters of “psu” drawn at random. The other {200 - seal.cases} rows were dealt "
        "out to two folds"
    ) in text
    assert f"and gave {facts.inputs} input columns." in text
    assert (
        f"Each of two networks had one hidden layer (4 ReLU) and {facts.parameters} parameters, "
        "and minimised binary cross-entropy."
    ) in text
    assert "Adam (Kingma and Ba 2015) with a learning rate of 0.02 and batches of 16" in text
    assert (
        "“most frequent category”, “logistic regression with 1 predictor”, “logistic regression "
        "with all predictors”"
    ) in text
    assert "the few predictors were “age”. Penalties and numbers of trees were chosen" in text
    row = binary.metrics.query("split == 'validation' and metric == 'auc'").iloc[0]
    assert (
        f"In the validation part AUC was {row['value']:.3f} (95 % interval {row['low']:.3f} to "
        f"{row['high']:.3f}); it differed by "
    ) in text
    assert f"from {RESAMPLES:,} bootstrap resamples of clusters of “psu” (Efron" in text
    assert "The test part has not been opened." in text


def test_an_opened_part_is_what_is_reported(data, opened):
    text = methods_paragraph(Record(opened, data))
    assert "In the test part AUC was" in text
    assert "after 5 configurations, this one included, and 1 appraisal on the same file" in text


def test_what_was_run_again_is_told(data, opened, tmp_path):
    run = Run(shutil.copytree(opened.directory, tmp_path / "appraised"))
    asked = {"folds": 10, "repeats": 2, "seeds": 5, "sizes": 0}
    run.appraisals.ask(AppraisalSpec(**asked))
    run.appraisals.keep("resampling", Found({"asked": asked}))
    text = methods_paragraph(Record(run, data))
    assert (
        "The experiment was run again on 10 folds of the rows outside the test part, dealt out 2 "
        "times, with five seeds each; intervals over folds are corrected for their overlap (Nadeau "
        "and Bengio 2003)."
    ) in text
    assert any(entry.startswith("Nadeau") for entry in references_in(text))
    run.appraisals.keep("resampling", Found({"asked": asked, "obstacle": "Too few rows."}))
    assert "run again" not in methods_paragraph(Record(run, data))


def test_a_single_network_on_a_simple_random_sample(data, quantity):
    text = methods_paragraph(Record(quantity, data))
    assert "We predicted “hours”, a quantity, from one other variable of" in text
    assert "with a dense neural network." in text and "weighted" not in text
    # 200 rows: 40 for the test, 40 for validation.
    assert "40 rows (20%) were set aside as a test part: drawn at random." in text
    assert "Of the others, 120 trained the network and 40 (the validation part)" in text
    assert "minimised squared error" in text and "Lakshminarayanan" not in text
    assert "bootstrap resamples of cases (Efron" in text


def test_pictures_are_no_variables(digits, pictures):
    text = methods_paragraph(Record(pictures, digits))
    assert "from pictures of" in text and "Grey values were divided by 255" in text


@pytest.mark.parametrize("name", ["binary", "quantity"])
def test_what_is_referred_to_is_listed(data, request, name):
    text = methods_paragraph(Record(request.getfixturevalue(name), data))
    found = references_in(text)
    # Each bracket with a year has its entry: “(Kingma and Ba 2015)”.
    named = set(re.findall(r"([A-Z][a-z]+)(?: and [A-Z]\w+| et al\.)? (\d{4})(?=[);])", text))
    assert {(entry.split(",")[0], re.search(r"\b\d{4}\b", entry)[0]) for entry in found} == named
    assert set(found) <= set(REFERENCES) and list(REFERENCES) == sorted(REFERENCES)


def test_counts_and_lists_read_like_sentences():
    assert counted(1, "network") == "one network" and counted(12, "fold") == "12 folds"
    assert listed(["a"]) == "a" and listed(["a", "b", "c"]) == "a, b and c"


def test_what_the_constant_has_seen_is_told(data, binary, opened, quantity):
    turns = methods_paragraph(Record(binary, data))
    said = (
        "“Most frequent category” gave all cases one and the same prediction, the shares of the "
        "categories of all training rows"
    )
    assert (
        f"{said}, the judged ones included, whereas the other models predicted rows that they had "
        "not seen."
    ) in turns
    # Nobody has seen the rows of the test part.
    assert f"{said}. " in methods_paragraph(Record(opened, data))
    assert (
        "“Mean of the outcome” gave all cases one and the same prediction, the mean of all "
        "training rows. "
    ) in methods_paragraph(Record(quantity, data))


def test_the_gain_over_the_constant_is_that_over_one_half(data, binary):
    """In the report as in the run, weights and clusters included."""
    auc = binary.metrics.query("split == 'validation' and metric == 'auc'").iloc[0]
    value, low, high = (auc[name] - 0.5 for name in ("value", "low", "high"))
    words = f"it differed by {value:+.3f} ({low:.3f} to {high:.3f}) from “most frequent category”"
    assert words in methods_paragraph(Record(binary, data))
