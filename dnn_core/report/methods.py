"""A paragraph for the methods section of a paper, with its references."""

from __future__ import annotations

import pandas as pd

from dnn_core.checks.evidence import baseline_title
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.outcome.kinds import outcome_of
from dnn_core.report.record import Record
from dnn_core.report.words import (
    describe_constant,
    describe_design,
    describe_encoding,
    describe_intervals,
    describe_network,
    describe_split,
    describe_training,
    listed,
)
from dnn_core.runs.held_out import describe_tried, opened_at, tried_before
from dnn_core.runs.versions import release
from dnn_core.specs import AnalysisSpec
from dnn_core.wording import counted, in_sentence, interval, number, plural, quoted, signed

REFERENCES = (
    "Abadi, M. et al. 2016. TensorFlow: A System for Large-Scale Machine Learning. OSDI 16: "
    "265–283.",
    "Chollet, F. et al. 2015. Keras. https://keras.io.",
    "Dozat, T. 2016. Incorporating Nesterov Momentum into Adam. ICLR Workshop.",
    "Efron, B. and Tibshirani, R. 1993. An Introduction to the Bootstrap. Chapman and Hall.",
    "Hesterberg, T. 2015. What Teachers Should Know About the Bootstrap. The American Statistician "
    "69: 371–386.",
    "Kapoor, S. et al. 2024. REFORMS: Consensus-based Recommendations for Machine-learning-based "
    "Science. Science Advances 10(18): eadk3452.",
    "Kingma, D. and Ba, J. 2015. Adam: A Method for Stochastic Optimization. ICLR.",
    "Kish, L. 1965. Survey Sampling. Wiley.",
    "Lakshminarayanan, B., Pritzel, A. and Blundell, C. 2017. Simple and Scalable Predictive "
    "Uncertainty Estimation Using Deep Ensembles. NeurIPS 30.",
    "Loshchilov, I. and Hutter, F. 2019. Decoupled Weight Decay Regularization. ICLR.",
    "McCullagh, P. 1980. Regression Models for Ordinal Data. Journal of the Royal Statistical "
    "Society B 42: 109–142.",
    "Nadeau, C. and Bengio, Y. 2003. Inference for the Generalization Error. Machine Learning 52: "
    "239–281.",
    "Pedregosa, F. et al. 2011. Scikit-learn: Machine Learning in Python. Journal of Machine "
    "Learning Research 12: 2825–2830.",
    "Prechelt, L. 1998. Early Stopping – But When? In: Neural Networks: Tricks of the Trade. "
    "Springer.",
    "Tieleman, T. and Hinton, G. 2012. Lecture 6.5: RMSprop. Coursera: Neural Networks for "
    "Machine Learning.",
)
"""All that a paragraph can refer to, by the name with which each begins."""


def methods_paragraph(record: Record) -> str:
    """The methods paragraph with results, in the past tense, every number from the run.

    Returns
    -------
    str
        Plain text; names from the data stand in it as they are.
    """
    sentences = [
        _data(record),
        describe_design(record),
        describe_split(record),
        describe_encoding(record),
        describe_network(record),
        describe_training(record),
        _baselines(record),
        _result(record),
        describe_intervals(record),
        _analysed(record),
        _test_part(record),
        _software(record),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def references_in(text: str) -> tuple[str, ...]:
    """The references that a text names: by the first author and the year."""
    references = []
    for reference in REFERENCES:
        author = reference.split(",")[0]
        year = next(word.strip(".") for word in reference.split() if word.strip(".").isdigit())
        if any(author in piece and year in piece for piece in _brackets(text)):
            references.append(reference)
    return tuple(references)


def _brackets(text: str) -> list[str]:
    """What stands in brackets, piece by piece: “(Kish 1965; Efron 1993)” is two."""
    inside = [piece.split(")")[0] for piece in text.split("(")[1:]]
    return [piece for pieces in inside for piece in pieces.split(";")]


def _data(record: Record) -> str:
    dataset, task = record.dataset, record.task
    members = record.experiment.training.members
    what = counted(members, "dense neural network") if members > 1 else "a dense neural network"
    ensemble = f"an ensemble of {what}" if members > 1 else what
    from_what = "pictures" if record.images else f"{counted(len(task.features), 'other variable')}"
    without = len(dataset) - record.rows_with_outcome
    text = (
        f"We predicted {quoted(record.outcome)}, {outcome_of(record.kind).noun}, from {from_what} "
        f"of {quoted(dataset.name)} ({plural(len(dataset), 'row')}) with {ensemble}."
    )
    if without:
        were = "was" if without == 1 else "were"
        text += f" {plural(without, 'row')} without an answer to the outcome {were} left out."
    return text


def _baselines(record: Record) -> str:
    """The baselines, and the predictors of the reduced model."""
    names = list(record.facts.baselines)
    if not names:
        return ""
    text = (
        f"For comparison, {listed([_named(record, name) for name in names])} were fitted to the "
        "same rows and input columns"
    )
    if record.task.reduced:
        text += (
            "; the predictors of the reduced model were "
            f"{listed([quoted(name) for name in record.task.reduced])}"
        )
    open_before = {"penalised": "penalties", "boosting": "numbers of trees"}
    chosen = [what for name, what in open_before.items() if name in names]
    if chosen:
        text += f". {listed(chosen).capitalize()} were chosen within the training rows"
    return f"{text}. {describe_constant(record)}".rstrip()


def _named(record: Record, baseline: str) -> str:
    return quoted(baseline_title(record.run, baseline))


def _analysed(record: Record) -> str:
    """The repetitions on other rows and with other seeds."""
    result = record.run.analysis("resampling")
    if result is None or "obstacle" in result.facts:
        return ""
    asked = AnalysisSpec.model_validate(result.facts["asked"])
    times = "" if asked.repeats == 1 else f", repeated {asked.repeats} times"
    return (
        f"The experiment was run again on {counted(asked.folds, 'fold')} of the rows outside "
        f"the test part{times}, with {counted(asked.seeds, 'seed')} each; intervals over folds "
        "are corrected for their overlap (Nadeau and Bengio 2003)."
    )


def _result(record: Record) -> str:
    """Main metric on the evaluated part, and its gain over each baseline."""
    metric, part = record.part.metric, record.part.name
    reached = _row(record.run.scores, NETWORK, part, metric.name)
    if reached is None:
        return ""
    value, low, high = reached
    text = f"In the {part} part {in_sentence(metric.title)} was {number(value, 3)}"
    text += f" (95 % interval {interval(low, high, 3)})" if pd.notna(low) else ""
    gains = []
    for name in record.facts.baselines:
        row = _row(record.run.gains, name, part, metric.name)
        if row is not None:
            gain, least, most = row
            bounds = f" ({interval(least, most, 3)})" if pd.notna(least) else ""
            gains.append(f"{signed(gain)}{bounds} from {_named(record, name)}")
    return text + (f"; it differed by {listed(gains)}." if gains else ".")


def _row(table: pd.DataFrame, model: str, part: str, metric: str) -> tuple[float, ...] | None:
    """value, low and high; None where there is no such figure."""
    rows = table[(table["model"] == model) & (table["part"] == part) & (table["metric"] == metric)]
    figures = rows[["value", "low", "high"]].astype("float64").to_numpy()
    return None if len(figures) == 0 or pd.isna(figures[0, 0]) else tuple(figures[0])


def _test_part(record: Record) -> str:
    openings = record.run.openings
    if not openings:
        return "The test part has not been opened."
    return " ".join(
        f"The test part was opened on {opened_at(opening):%d %B %Y}, after "
        f"{describe_tried(tried_before(opening))}."
        for opening in openings
    )


def _software(record: Record) -> str:
    versions = record.run.about["versions"]
    return (
        f"Networks were trained with {release(versions)} on Keras {versions['keras']} (Chollet "
        f"et al. 2015) and TensorFlow {versions['tensorflow']} (Abadi et al. 2016), other models "
        f"with scikit-learn {versions['scikit-learn']} (Pedregosa et al. 2011), under Python "
        f"{versions['python']}."
    )
