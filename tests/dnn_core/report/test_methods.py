import json
import re
import shutil

import pytest

from dnn_core.report.methods import REFERENCES, methods_paragraph, references_in
from dnn_core.report.record import Record
from dnn_core.report.words import (
    listed,
)
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.execution.score_run import RESAMPLES
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec
from dnn_core.wording import counted


def test_a_survey_of_clusters_is_told_with_its_numbers(data, binary):
    text = methods_paragraph(Record(binary, data))
    facts, held_out = binary.facts, binary.held_out
    assert text.startswith(
        "We predicted “vote”, two categories, from three other variables of “survey<i>.csv” (200 "
        "rows) with an ensemble of two dense neural networks. Cases were weighted by “w”"
    )
    share = f"{held_out.cases / 200:.0%}"
    assert (
        f"Before anything was trained, {held_out.cases} rows ({share}) were set aside as a test "
        f"part: whole clusters of “psu” drawn at random. The other {200 - held_out.cases} rows "
        "were assigned to two folds"
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
    assert (
        "the predictors of the reduced model were “age”. Penalties and numbers of trees were chosen"
    ) in text
    row = binary.metrics.query("part == 'validation' and metric == 'auc'").iloc[0]
    assert (
        f"In the validation part AUC was {row['value']:.3f} (95 % interval {row['low']:.3f} to "
        f"{row['high']:.3f}); it differed by "
    ) in text
    assert f"from {RESAMPLES:,} bootstrap resamples of clusters of “psu” (Efron" in text
    assert "The test part has not been opened." in text


def test_of_missing_answers_is_told_what_there_was(data, binary, quantity):
    text = methods_paragraph(Record(binary, data))
    assert "Missing numbers were replaced by their median, with a column that marks them" in text
    # No category is missing, and no code stands for a reason.
    assert "among categories" not in text and "reasons for" not in text
    assert "; categories became one indicator each" in text
    # Age alone, which everybody told.
    text = methods_paragraph(Record(quantity, data))
    assert (
        "Outside the test part no answers to predictors were missing; numbers were centred at the "
        "median"
    ) in text
    assert "replaced" not in text and "categories" not in text and "reasons" not in text


def ended(run, directory, *members, state=State.FINISHED, **training):
    """A copy of a run of whose networks each has its validation losses and nothing else."""
    result = Run(shutil.copytree(run.directory, directory))
    line = run.history.iloc[0].to_dict()
    losses = [
        json.dumps({**line, "epoch": epoch, "member": member, "val_loss": loss})
        for member, figures in enumerate(members, start=1)
        for epoch, loss in enumerate(figures, start=1)
    ]
    result.write("history.jsonl", "".join(f"{one}\n" for one in losses))
    best = [figures.index(min(figures)) + 1 for figures in members]
    facts = result.facts.model_copy(update={"best_epochs": best})
    result.write("facts.json", facts.model_dump_json())
    asked = result.experiment.training.but(members=len(members), **training)
    result.write("experiment.json", result.experiment.but(training=asked).model_dump_json())
    result.update_status(state=state)
    return Run(result.directory)


RULE = "2 epochs without a lower validation loss (early stopping; Prechelt 1998)"
PATIENT, CAPPED = (0.5, 0.4, 0.45, 0.46), (0.5, 0.4, 0.3, 0.2, 0.1)


@pytest.mark.parametrize(
    ("members", "state", "words"),
    [
        (
            (PATIENT,),
            State.FINISHED,
            f", and ended after {RULE}; the weights of the epoch with the lowest validation loss "
            "were kept (best epoch 2).",
        ),
        (
            (CAPPED,),
            State.FINISHED,
            f"; it would have ended after {RULE}, which did not occur; the weights",
        ),
        (
            (PATIENT, PATIENT),
            State.FINISHED,
            f", and ended after {RULE}; each network kept the weights of its epoch with the lowest "
            "validation loss (best epoch 2).",
        ),
        (
            (CAPPED, PATIENT, CAPPED),
            State.FINISHED,
            f"; 1 of 3 networks ended after {RULE}, the others at that limit; each network kept "
            "the weights of its epoch with the lowest validation loss (best epochs 2 to 5, median "
            "5).",
        ),
        (
            (CAPPED[:3],),
            State.STOPPED,
            f", and was stopped by hand after 3 epochs; it would have ended after {RULE}, which "
            "did not occur; the weights",
        ),
        (
            (CAPPED[:4], PATIENT),
            State.STOPPED,
            f", and was stopped by hand after 4 epochs; 1 of 2 networks ended after {RULE}; each",
        ),
    ],
)
def test_what_ended_training_is_told(data, quantity, tmp_path, members, state, words):
    run = ended(quantity, tmp_path / "run", *members, state=state, epochs=5, patience=2)
    assert f"for at most 5 epochs{words}" in methods_paragraph(Record(run, data))


def test_without_early_stopping_no_patience_is_told(data, quantity, tmp_path):
    run = ended(quantity, tmp_path / "run", PATIENT, epochs=4, early_stopping=False)
    text = methods_paragraph(Record(run, data))
    assert "for at most 4 epochs; the weights of the epoch" in text and "Prechelt" not in text


def test_an_opened_part_is_what_is_reported(data, opened):
    text = methods_paragraph(Record(opened, data))
    assert "In the test part AUC was" in text
    assert "after 5 configurations, this one included, and 1 analysis on the same file" in text


def test_what_was_run_again_is_told(data, opened, tmp_path):
    run = Run(shutil.copytree(opened.directory, tmp_path / "analysed"))
    asked = {"folds": 10, "repeats": 2, "seeds": 5, "sizes": 0}
    run.analyses.ask(AnalysisSpec(**asked))
    run.analyses.keep("resampling", AnalysisResult({"asked": asked}))
    text = methods_paragraph(Record(run, data))
    assert (
        "The experiment was run again on 10 folds of the rows outside the test part, repeated 2 "
        "times, with five seeds each; intervals over folds are corrected for their overlap "
        "(Nadeau and Bengio 2003)."
    ) in text
    assert any(entry.startswith("Nadeau") for entry in references_in(text))
    run.analyses.keep("resampling", AnalysisResult({"asked": asked, "obstacle": "Too few rows."}))
    assert "run again" not in methods_paragraph(Record(run, data))


def test_a_single_network_on_a_simple_random_sample(data, quantity):
    text = methods_paragraph(Record(quantity, data))
    assert "We predicted “hours”, a quantity, from one other variable of" in text
    assert "with a dense neural network." in text and "weighted" not in text
    # 200 rows: 40 for the test, 40 for validation.
    assert "40 rows (20%) were set aside as a test part: drawn at random." in text
    assert "Of the others, 120 were used to train the network and 40 (the validation part)" in text
    assert "minimised squared error" in text and "Lakshminarayanan" not in text
    assert "bootstrap resamples of cases (Efron" in text


def test_pictures_are_no_variables(digits, pictures):
    text = methods_paragraph(Record(pictures, digits))
    assert "from pictures of" in text and "Grey values were divided by 255" in text


@pytest.mark.parametrize("name", ["binary", "quantity"])
def test_what_is_referred_to_is_listed(data, request, name):
    text = methods_paragraph(Record(request.getfixturevalue(name), data))
    result = references_in(text)
    # Each bracket with a year has its entry: “(Kingma and Ba 2015)”.
    named = set(re.findall(r"([A-Z][a-z]+)(?: and [A-Z]\w+| et al\.)? (\d{4})(?=[);])", text))
    assert {(entry.split(",")[0], re.search(r"\b\d{4}\b", entry)[0]) for entry in result} == named
    assert set(result) <= set(REFERENCES) and list(REFERENCES) == sorted(REFERENCES)


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
        f"{said}, the evaluated ones included, whereas the other models predicted rows that they "
        "were not fitted to."
    ) in turns
    # Nobody has seen the rows of the test part.
    assert f"{said}. " in methods_paragraph(Record(opened, data))
    assert (
        "“Mean of the outcome” gave all cases one and the same prediction, the mean of all "
        "training rows. "
    ) in methods_paragraph(Record(quantity, data))


def test_the_gain_over_the_constant_is_that_over_one_half(data, binary):
    """In the report as in the run, weights and clusters included."""
    auc = binary.metrics.query("part == 'validation' and metric == 'auc'").iloc[0]
    value, low, high = (auc[name] - 0.5 for name in ("value", "low", "high"))
    words = f"it differed by {value:+.3f} ({low:.3f} to {high:.3f}) from “most frequent category”"
    assert words in methods_paragraph(Record(binary, data))
