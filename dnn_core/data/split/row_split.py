"""Split rows into training, validation and the sealed test part."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

from dnn_core.data.dataset import Dataset, texts
from dnn_core.data.sample_design import labels_of
from dnn_core.data.split.split_column import chosen_rows, in_time_order, require_turns, stretches
from dnn_core.data.split.split_draw import divide, folds_within, numbered
from dnn_core.data.split.split_panel import later_people
from dnn_core.data.target import guess_kind
from dnn_core.errors import UserError
from dnn_core.specs import Experiment, Part, SplitMethod, SplitSpec, Task
from dnn_core.wording import plural

PARTS = (Part.TRAINING, Part.VALIDATION, Part.TEST)
MINIMUM_ROWS = 10
"""Minimum number of rows for a split into three parts."""

PROTECTION = {
    SplitMethod.STRATIFIED: "Every part has the same distribution of the outcome; protects "
    "against an unlucky draw.",
    SplitMethod.RANDOM: "Every case has the same chance; right for a simple random sample.",
    SplitMethod.GROUPED: "No cluster is in two parts; protects against evaluating on near-copies "
    "of training cases.",
    SplitMethod.OFFICIAL: "The published test part is kept, so that figures can be compared with "
    "published ones.",
    SplitMethod.TIME: "The latest rows are sealed and earlier rows are for training; protects "
    "against evaluating on times that the network has seen.",
    SplitMethod.COLUMN: "Rows with the values you choose are not used for training; shows "
    "whether the network generalises to them.",
    SplitMethod.PANEL: "The latest rows of people that are not in training are sealed; protects "
    "against evaluating on known people and on known times. Their earlier "
    "rows, and the latest rows of the others, are set aside.",
}
"""One line on what each method protects against."""

BY_CLUSTER = (SplitMethod.GROUPED, SplitMethod.PANEL)
"""Methods that keep the rows of a cluster or person together."""

TEST_GIVEN = (SplitMethod.OFFICIAL, SplitMethod.COLUMN)
"""Methods that define the test part only, and leave open how the other rows are split."""

IN_TIME = (SplitMethod.TIME, SplitMethod.PANEL)
"""Methods by which earlier rows are used to predict later ones."""


def split_rows(
    dataset: Dataset, task: Task, split: SplitSpec, folds: int = 0
) -> dict[Part, np.ndarray]:
    """Split the rows that have an outcome into training, validation and test.

    Parameters
    ----------
    dataset : Dataset
    task : Task
    split : SplitSpec
    folds : int
        Not 0 where networks take turns in leaving out training rows: then there
        is no validation part of its own, and “validation” names the training
        rows, each as seen by a network that left it out.

    Returns
    -------
    dict of str to numpy.ndarray
        Sorted row numbers of each part in `PARTS`; test rows are in no other,
        and the same data, task and spec always give the same rows.

    Raises
    ------
    UserError
        If there are too few rows, or the method does not fit the data.
    """
    split = split.for_task(task)
    rows = np.flatnonzero(dataset.answers(task.target).notna().to_numpy())
    if len(rows) < MINIMUM_ROWS:
        raise UserError(
            f"Only {plural(len(rows), 'row has', 'rows have')} an answer to “{task.target}”.",
            expected=f"at least {MINIMUM_ROWS} rows with an outcome",
            remedy="Choose another outcome, or check its missing codes.",
        )
    if split.method is SplitMethod.TIME:
        return in_time_order(dataset, task, split, rows, folds)
    if split.method in TEST_GIVEN:
        official = split.method is SplitMethod.OFFICIAL
        test = _official_test(dataset) if official else _chosen_test(dataset, task, split, rows)
        rest = np.setdiff1d(rows, test)
        if folds:
            return {Part.TRAINING: rest, Part.VALIDATION: rest, Part.TEST: np.sort(test)}
        ways = {
            "strata": _strata(dataset, task, rest),
            "groups": _kept_together(dataset, task, split),
        }
        training, validation = divide(rest, split.validation, split.seed, **ways)
        return {Part.TRAINING: training, Part.VALIDATION: validation, Part.TEST: np.sort(test)}

    ways = _ways(dataset, task, split, rows)
    if split.method is SplitMethod.PANEL:
        groups = ways["groups"]
        assert groups is not None
        rest, test = later_people(dataset, task, split, rows, groups)
    else:
        rest, test = divide(rows, split.test, split.seed, **ways)
    if folds:
        return {Part.TRAINING: rest, Part.VALIDATION: rest, Part.TEST: test}
    share = split.validation / (1 - split.test)
    training, validation = divide(rest, share, split.seed, **ways)
    return {Part.TRAINING: training, Part.VALIDATION: validation, Part.TEST: test}


def divide_rows(
    dataset: Dataset, task: Task, split: SplitSpec, rows: np.ndarray, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Split some rows in two by the method of the split.

    Returns
    -------
    tuple of numpy.ndarray
        Sorted row numbers: the larger part, and about `share` of the rows; in time order
        these are the latest.
    """
    split = split.for_task(task)
    if split.method is SplitMethod.TIME:
        parts = in_time_order(dataset, task, split.but(test=share, validation=0.05), rows, 1)
        return parts[Part.TRAINING], parts[Part.TEST]
    return divide(rows, share, split.seed, **_ways(dataset, task, split, rows))


def outer_folds(
    dataset: Dataset, task: Task, split: SplitSpec, rows: np.ndarray, folds: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and evaluation rows for each fold of a cross-validation.

    In time order each stretch is predicted by models trained on all before it (evaluation on a
    rolling forecasting origin: Tashman 2000, International Journal of Forecasting 16:437-450);
    otherwise by models trained on all others.

    Parameters
    ----------
    rows : numpy.ndarray
        Those outside the test part.
    folds : int
        Number of pairs. `split.seed` fixes the assignment of rows.

    Raises
    ------
    UserError
        If there are fewer rows, clusters or times than folds.
    """
    split = split.for_task(task)
    if split.method is SplitMethod.TIME:
        place = stretches(dataset, task, split, rows, folds + 1)
        return [(rows[place < n], rows[place == n]) for n in range(1, folds + 1)]
    fold = deal_folds(dataset, task, split, rows, folds)
    return [(rows[fold != n], rows[fold == n]) for n in range(folds)]


def fold_parts(
    dataset: Dataset, experiment: Experiment, learnt: np.ndarray, evaluated: np.ndarray
) -> dict[Part, np.ndarray]:
    """A fold in the form of `split_rows`: the evaluated rows take the place of the test part.

    Early stopping uses a part of the training rows, never the rows for evaluation.
    """
    if experiment.folds:
        return {Part.TRAINING: learnt, Part.VALIDATION: learnt, Part.TEST: evaluated}
    split = experiment.split
    share = split.validation / (1 - split.test)
    training, validation = divide_rows(dataset, experiment.task, split, learnt, share)
    return {Part.TRAINING: training, Part.VALIDATION: validation, Part.TEST: evaluated}


def _ways(
    dataset: Dataset, task: Task, split: SplitSpec, rows: np.ndarray
) -> dict[str, np.ndarray | None]:
    """Strata, groups and design of the split, each with one entry for each data row."""
    groups = _kept_together(dataset, task, split)
    stratified = split.method in (SplitMethod.STRATIFIED, *TEST_GIVEN)
    strata = _strata(dataset, task, rows) if stratified else None
    design = None if split.method is SplitMethod.RANDOM else labels_of(dataset, task.strata)
    return {"strata": strata, "groups": groups, "design": design}


def deal_folds(
    dataset: Dataset, task: Task, split: SplitSpec, rows: np.ndarray, folds: int
) -> np.ndarray:
    """Assign training rows to folds, by the method of the split.

    In time order, folds are stretches of time; otherwise rows are assigned at random, within strata
    of the outcome and of the sample where there are any.

    Returns
    -------
    numpy.ndarray
        Number of each row's fold, from 0, shape (rows,).

    Raises
    ------
    UserError
        If there are fewer rows, clusters or times than folds.
    """
    split = split.for_task(task)
    if split.method is SplitMethod.TIME:
        return stretches(dataset, task, split, rows, folds)
    together = _kept_together(dataset, task, split)
    groups = None if together is None else together[rows]
    units = len(rows) if groups is None else len(np.unique(groups))
    require_turns(units, folds, "training rows" if groups is None else "clusters")
    strata = None if groups is not None else _strata(dataset, task, rows)
    design = None if split.method is SplitMethod.RANDOM else labels_of(dataset, task.strata)
    if design is not None:
        return folds_within(rows, folds, split.seed, strata, groups, design)
    settings = {"n_splits": folds, "shuffle": True, "random_state": split.seed}
    if groups is not None:
        splitter = GroupKFold(**settings).split(rows, groups=groups)
    elif strata is not None and pd.Series(strata[rows]).value_counts().min() >= folds:
        splitter = StratifiedKFold(**settings).split(rows, numbered(strata[rows]))
    else:
        splitter = KFold(**settings).split(rows)
    fold = np.empty(len(rows), dtype="int64")
    for number, (_, taken) in enumerate(splitter):
        fold[taken] = number
    return fold


def _strata(dataset: Dataset, task: Task, rows: np.ndarray) -> np.ndarray | None:
    """Classes, or fifths of a quantity; None where strata would be too thin."""
    answers = dataset.answers(task.target)
    kind = task.kind or guess_kind(dataset, task.target).kind
    if kind.numeric and not pd.api.types.is_numeric_dtype(answers):
        # Text is refused as a quantity where the outcome is coded.
        return None
    if kind.numeric:
        strata = pd.cut(answers.rank(method="first"), 5, labels=False)
    else:
        strata = texts(answers)
    counts = strata.iloc[rows].value_counts()
    # Three parts need three cases of everything, or a class cannot be in each.
    return None if counts.min() < 3 or len(rows) < 30 else strata.to_numpy()


def _kept_together(dataset: Dataset, task: Task, split: SplitSpec) -> np.ndarray | None:
    """Clusters that are kept whole, one label for each data row; None where rows are split."""
    given = split.method in TEST_GIVEN and task.cluster is not None
    return _clusters(dataset, task) if given or split.method in BY_CLUSTER else None


def _clusters(dataset: Dataset, task: Task) -> np.ndarray:
    if task.cluster is None:
        raise UserError(
            "A split by whole clusters needs a cluster variable.",
            remedy="Give one variable the role Cluster, or choose another method.",
        )
    groups = texts(dataset.answers(task.cluster)).fillna("").to_numpy(dtype=str)
    number = len(np.unique(groups))
    if number < 5:
        raise UserError(
            f"“{task.cluster}” has only {plural(number, 'cluster')}.",
            expected="at least 5 clusters to assign to three parts",
            remedy="Give it another role than Cluster, or choose another method of splitting.",
        )
    return groups


def _chosen_test(dataset: Dataset, task: Task, split: SplitSpec, rows: np.ndarray) -> np.ndarray:
    test = chosen_rows(dataset, task, split, rows)
    left = len(rows) - len(test)
    if left < MINIMUM_ROWS:
        raise UserError(
            f"The chosen values of “{split.by}” take {'all' if left == 0 else 'nearly all'} rows.",
            expected=f"at least {MINIMUM_ROWS} rows outside the test part",
            received=f"{left} rows",
            remedy="Choose fewer values for the test part.",
        )
    return test


def _official_test(dataset: Dataset) -> np.ndarray:
    if dataset.official_test is None:
        raise UserError(
            f"“{dataset.name}” has no published test part.",
            remedy="Choose another method of splitting.",
        )
    return dataset.official_test
