"""Describe an experiment in sentences of the past tense."""

from __future__ import annotations

from dnn_core.data.dataset import Level
from dnn_core.outcome.kinds import CHANCE_BASELINES, outcome_of
from dnn_core.report.record import Record
from dnn_core.runs.compare import describe_layer
from dnn_core.runs.records import State
from dnn_core.specs import (
    Imputation,
    Optimizer,
    Part,
    Scaling,
    Schedule,
    SplitMethod,
    SplitSpec,
    Task,
)
from dnn_core.specs.encoding import NEIGHBOURS, MissingKinds, Ordered
from dnn_core.training.best_epochs import out_of_patience
from dnn_core.wording import counted, plain, plural, quoted

OPTIMIZERS = {
    Optimizer.ADAM: "Adam (Kingma and Ba 2015)",
    Optimizer.ADAMW: "AdamW (Loshchilov and Hutter 2019)",
    Optimizer.NADAM: "Nadam (Dozat 2016)",
    Optimizer.RMSPROP: "RMSprop (Tieleman and Hinton 2012)",
    Optimizer.SGD: "stochastic gradient descent with momentum",
}

SCALES = {
    Scaling.ROBUST: "numbers were centred at the median and divided by the interquartile range, "
    "extremes soft-clipped",
    Scaling.STANDARD: "numbers were scaled to mean 0 and standard deviation 1",
    Scaling.NONE: "numbers were left on their scale",
}

STAND_INS = {
    Imputation.MEDIAN: "their median",
    Imputation.MEAN: "their mean",
    Imputation.MOST_FREQUENT: "the most frequent answer",
    Imputation.NEIGHBOURS: f"the mean of the {NEIGHBOURS} most similar training rows",
}


def listed(words: list[str]) -> str:
    """Words as an enumeration: “a, b and c”."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def describe_design(record: Record) -> str:
    """Weights, clusters and strata, and their use; empty for a simple random sample."""
    task, words = record.task, []
    if task.weight:
        words.append(f"cases were weighted by {quoted(task.weight)} in training and in all figures")
    if record.weight_cost is not None:
        effect, worth = record.weight_cost
        words.append(
            f"the design effect of the weights was {effect:.2f} (Kish 1965), so that the "
            f"evaluated rows were as precise as {worth:,.0f} equally weighted ones"
        )
    if task.cluster:
        words.append(f"cases were clustered in {quoted(task.cluster)}")
    if task.strata:
        words.append(f"the sample was stratified by {quoted(task.strata)}")
    if not words:
        return ""
    text = "; ".join(words)
    return f"{text[0].upper()}{text[1:]}."


def _dealing(split: SplitSpec, task: Task) -> str:
    """The definition of the test part."""
    match split.method_for(task):
        case SplitMethod.STRATIFIED:
            return "drawn at random with the same shares of the outcome as in the rest"
        case SplitMethod.RANDOM:
            return "drawn at random"
        case SplitMethod.GROUPED:
            return f"whole clusters of {quoted(task.cluster or '')} drawn at random"
        case SplitMethod.OFFICIAL:
            return "the test part that was published with the data"
        case SplitMethod.TIME:
            return f"the latest rows by {quoted(split.by or '')}"
        case SplitMethod.COLUMN:
            values = ", ".join(split.test_values)
            return f"all rows in which {quoted(split.by or '')} was {values}"
        case SplitMethod.PANEL:
            return (
                f"the latest rows by {quoted(split.by or '')} of people ({task.cluster}) that no "
                "network was trained on"
            )


def describe_split(record: Record) -> str:
    """The split into test, training and validation rows."""
    experiment, cases = record.experiment, record.facts.cases
    total = cases[Part.TRAINING] + cases[Part.TEST]
    total += 0 if experiment.folds else cases[Part.VALIDATION]
    test = cases[Part.TEST]
    sealed = (
        f"Before anything was trained, {plural(test, 'row')} ({test / total:.0%}) "
        f"{'was' if test == 1 else 'were'} set aside as a test part: "
        f"{_dealing(experiment.split, experiment.task)}."
    )
    if experiment.folds:
        return (
            f"{sealed} The other {cases[Part.TRAINING]:,} rows were assigned to "
            f"{counted(experiment.folds, 'fold')}. Each network left out another one, which chose "
            "its best epoch. Validation figures use, for every row, the prediction of the "
            "network that was not trained on it."
        )
    return (
        f"{sealed} Of the others, {cases[Part.TRAINING]:,} were used to train the network and "
        f"{cases[Part.VALIDATION]:,} (the validation part) to choose its best epoch."
    )


def describe_constant(record: Record) -> str:
    """The prediction of the constant baseline; empty without one."""
    names = [name for name in record.facts.baselines if name in CHANCE_BASELINES]
    if not names:
        return ""
    what = "mean" if record.kind.numeric else "shares of the categories"
    turns = record.experiment.folds and record.part.name == Part.VALIDATION
    seen = (
        ", the evaluated ones included, whereas the other models predicted rows that they were "
        "not fitted to"
    )
    return (
        f"{quoted(record.facts.baselines[names[0]])} gave all cases one and the same prediction, "
        f"the {what} of all training rows{seen if turns else ''}."
    )


def describe_encoding(record: Record) -> str:
    """The encoding of answers as numbers."""
    if record.images:
        return "Grey values were divided by 255; no other preprocessing was applied to the images."
    words = [*_missing(record), *_columns(record)]
    text = "; ".join(words)
    return (
        f"{text[0].upper()}{text[1:]}. All of this was fitted on training rows only and gave "
        f"{plural(record.facts.inputs, 'input column')}."
    )


def _missing(record: Record) -> list[str]:
    """The treatment of missing answers, as far as there are any."""
    gaps = set(record.missing.shares)
    if not gaps:
        where = "" if record.run.test_opened else "outside the test part "
        return [f"{where}no answers to predictors were missing"]
    encoding, words = record.experiment.encoding, []
    if any(column.name in gaps for column in record.columns if column.numeric):
        stand_in = STAND_INS[encoding.imputation]
        words.append(f"missing numbers were replaced by {stand_in}, with a column that marks them")
    if any(column.name in gaps for column in record.columns if not column.numeric):
        words.append("a missing answer among categories was a category of its own")
    if any(column.reasons for column in record.columns if column.name in gaps):
        told = "" if encoding.missing_kinds is MissingKinds.APART else "not "
        words.append(f"reasons for a missing answer were {told}distinguished")
    return words


def _columns(record: Record) -> list[str]:
    """The encoding of each level that occurs."""
    encoding, columns, words = record.experiment.encoding, record.columns, []
    if any(not column.numeric for column in columns):
        words.append(
            "categories became one indicator each, those with fewer than "
            f"{encoding.rare_level_cases} training cases pooled"
        )
    ordinal = {v.name for v in record.dataset.variables if v.level is Level.ORDINAL}
    numbers = {column.name for column in columns if column.numeric}
    stepped = encoding.ordered is Ordered.THRESHOLDS
    if numbers & ordinal:
        words.append(
            f"ordered categories became {'one column for each step' if stepped else 'scores'}"
        )
    if any(column.count for column in columns):
        words.append("counts were transformed to ln(1 + count)")
    if numbers - ordinal if stepped else numbers:
        words.append(
            f"numbers were split into {encoding.bins} bins at quantiles"
            if encoding.bins
            else SCALES[encoding.scaling]
        )
    return words


def describe_network(record: Record) -> str:
    """Layers, size, output and loss."""
    network, members = record.experiment.network, record.experiment.training.members
    loss = outcome_of(record.kind).minimised
    layers = "; ".join(map(describe_layer, network.hidden))
    hidden = f"{counted(len(network.hidden), 'hidden layer')} ({layers})" if layers else ""
    who = f"Each of {counted(members, 'network')}" if members > 1 else "The network"
    text = (
        f"{who} had {hidden or 'no hidden layer'} and "
        f"{plural(record.facts.parameters, 'parameter')}, and minimised {loss}"
    )
    extras = []
    if network.ridge:
        extras.append(f"a ridge penalty of {plain(network.ridge)} divided by the training cases")
    if network.input_dropout:
        extras.append(f"input dropout of {plain(network.input_dropout)}")
    if record.experiment.training.class_weights:
        extras.append("classes weighted equally")
    text += f", with {listed(extras)}." if extras else "."
    if members > 1:
        text += " Their predictions were averaged (Lakshminarayanan et al. 2017)."
    return text


def describe_training(record: Record) -> str:
    """Optimiser, batches, epochs, and which epoch was kept."""
    training = record.experiment.training
    text = (
        f"Training used {OPTIMIZERS[training.optimizer]} with a learning rate of "
        f"{plain(training.learning_rate)}"
    )
    if training.schedule is not Schedule.CONSTANT:
        text += f" ({training.schedule.label.lower()})"
    text += (
        f" and batches of {training.batch_size:,} for at most {plural(training.epochs, 'epoch')}"
    )
    text += _ending(record)
    best = record.run.best_epochs
    if best.epochs:
        kept = (
            "the weights of the epoch with the lowest validation loss were kept"
            if training.members == 1
            else "each network kept the weights of its epoch with the lowest validation loss"
        )
        text += f"; {kept} ({best.words})"
    return f"{text}. The seed was {record.experiment.seed}."


def _ending(record: Record) -> str:
    """What ended training: patience, the limit, or a stop by hand."""
    training, history = record.experiment.training, record.run.history
    by_hand = ""
    if record.run.status.state is State.STOPPED:
        by_hand = f", and was stopped by hand after {plural(int(history['epoch'].max()), 'epoch')}"
    if not training.early_stopping:
        return by_hand
    rule = (
        f"{plural(training.patience, 'epoch')} without a lower validation loss (early stopping; "
        "Prechelt 1998)"
    )
    early = out_of_patience(history, training.patience)
    if early == training.members:
        return f", and ended after {rule}"
    if early == 0:
        return f"{by_hand}; it would have ended after {rule}, which did not occur"
    others = "" if by_hand else ", the others at that limit"
    return f"{by_hand}; {early} of {training.members} networks ended after {rule}{others}"


def describe_intervals(record: Record) -> str:
    """The method of the intervals."""
    task = record.task
    if task.replicates is not None:
        return (
            f"Intervals are 95 % intervals from the replicate weights ({task.replicates}), with "
            "the models as fitted."
        )
    drawn = f"clusters of {quoted(task.cluster)}" if task.cluster else "cases"
    within = f" within strata of {quoted(task.strata)}" if task.strata else ""
    return (
        f"Intervals are 95 % expanded percentile intervals (Hesterberg 2015) from 1,000 bootstrap "
        f"resamples of {drawn}{within} (Efron and Tibshirani 1993), with the models as "
        "fitted; differences between models are paired."
    )
