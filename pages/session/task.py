"""The task as the roles in the draft make it."""

from __future__ import annotations

from collections.abc import Iterable

from dnn_core.data.dataset import USABLE_LEVELS, Dataset, Level, Variable
from dnn_core.data.target import guess_kind
from dnn_core.specs import Answer, Experiment, Kind, Task
from pages.session.state import Draft

OUTCOME, PREDICTOR, WEIGHT, CLUSTER, STRATA, LEFT_OUT = (
    "Outcome",
    "Predictor",
    "Weight",
    "Cluster",
    "Strata",
    "Leave out",
)
ROLES = (OUTCOME, PREDICTOR, WEIGHT, CLUSTER, STRATA, LEFT_OUT)
SINGLE_ROLES = (OUTCOME, WEIGHT, CLUSTER, STRATA)
"""Roles that only one variable can hold."""


def names_in_role(draft: Draft, dataset: Dataset, role: str) -> tuple[str, ...]:
    """Variables in a role, in the order of the file; images can only be predictors."""
    names = tuple(name for name in dataset.names if draft.roles.get(name) == role)
    if role not in SINGLE_ROLES:
        return names
    return tuple(name for name in names if dataset.variable(name).level is not Level.IMAGE)


def unusable_predictors(draft: Draft, dataset: Dataset) -> tuple[Variable, ...]:
    """Variables with the role of a predictor whose level cannot be one."""
    held = map(dataset.variable, names_in_role(draft, dataset, PREDICTOR))
    return tuple(variable for variable in held if variable.level not in USABLE_LEVELS)


def with_role(roles: dict[str, str], name: str, role: str) -> dict[str, str]:
    """Roles after giving one to a variable; a variable that held a single role before loses it."""
    freed = PREDICTOR if role == OUTCOME else LEFT_OUT
    displaced = {
        holder: freed for holder, held in roles.items() if role in SINGLE_ROLES and held == role
    }
    return {**roles, **displaced, name: role}


def roles_in(task: Task, names: Iterable[str]) -> dict[str, str]:
    """The roles that variables have in a task."""
    roles = dict.fromkeys(names, LEFT_OUT)
    roles |= dict.fromkeys(task.features, PREDICTOR)
    roles |= {task.weight: WEIGHT} if task.weight else {}
    roles |= {task.cluster: CLUSTER} if task.cluster else {}
    roles |= {task.strata: STRATA} if task.strata else {}
    return {**roles, task.target: OUTCOME}


def task_of(draft: Draft, dataset: Dataset) -> Task | None:
    """The task, or None while there is no outcome or no predictor."""
    targets = names_in_role(draft, dataset, OUTCOME)
    usable = {v.name for v in dataset.variables if v.level in USABLE_LEVELS}
    features = tuple(n for n in names_in_role(draft, dataset, PREDICTOR) if n in usable)
    if not targets or not features:
        return None
    weights = names_in_role(draft, dataset, WEIGHT)
    clusters = names_in_role(draft, dataset, CLUSTER)
    strata = names_in_role(draft, dataset, STRATA)
    others = set(dataset.names) - {targets[0]}
    reduced = tuple(name for name in draft.reduced if name in features)
    return Task.of(
        target=targets[0],
        features=features,
        kind=draft.kind,
        weight=weights[0] if weights else None,
        cluster=clusters[0] if clusters else None,
        strata=strata[0] if strata else None,
        replicates=draft.replicates if weights else None,
        # Where others were left out since, the few may be all that remain.
        reduced=reduced if len(reduced) < len(features) else (),
        measured_after=tuple(n for n in draft.measured_after if n in others),
        measured_on=draft.measured_on if draft.measured_on in others else None,
    )


def kind_of(task: Task, dataset: Dataset) -> Kind:
    """The chosen kind of task, or the guessed one."""
    return task.kind or guess_kind(dataset, task.target).kind


def target_words(dataset: Dataset, task: Task) -> tuple[str, str]:
    """`vote (yes / no)` and `14 predictors`."""
    variable = dataset.variable(task.target)
    kind = kind_of(task, dataset)
    answers = list(variable.value_labels.values())[:2]
    if kind is Kind.BINARY and len(answers) == 2:
        words = f"{task.target} ({answers[0]} / {answers[1]})"
    elif kind in (Kind.MULTICLASS, Kind.ORDINAL):
        words = f"{task.target}, {dataset.answers(task.target).nunique()} categories"
    else:
        words = task.target
    if dataset.images is not None:
        height, width = dataset.images.shape[1:]
        return words, f"{height * width} pixels"
    count = len(task.features)
    return words, f"{count} predictor{'s' if count > 1 else ''}"


def experiment_of(draft: Draft, task: Task, answers: tuple[Answer, ...] = ()) -> Experiment:
    """The experiment that a click on Train would run; answers are those in force."""
    return Experiment.of(
        task=task,
        split=draft.split,
        encoding=draft.encoding,
        network=draft.network,
        training=draft.training,
        seed=draft.seed,
        answers=answers,
    )
