"""Train the networks of a run, from arrays and specs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from dnn_core.data.prepare import PartData, Prepared
from dnn_core.network.model import build_model
from dnn_core.network.plan import member_seeds
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import predictions_of
from dnn_core.outcome.output import output_for
from dnn_core.specs import Kind, NetworkSpec, Part, TrainingSpec
from dnn_core.training.batched_training import BatchedTraining
from dnn_core.training.best_epochs import BestEpochs
from dnn_core.training.fit_request import Request
from dnn_core.training.joint_fit import FitTask, stack
from dnn_core.training.member import Cases, Fitted, Member, Snapshot, Unwatched, Watch
from dnn_core.training.watch_split import WatchSplit, of_members, spans


@dataclass(frozen=True, eq=False)
class Fit:
    """The result of `fit`: networks, and their outputs for the training and validation cases.

    Parameters
    ----------
    members : tuple of Fitted
        The fitted networks, in order.
    outputs : numpy.ndarray
        Outputs of every member for training, then validation cases: a number in the
        coding of training or probabilities, float32, shape (members, cases, units). With
        folds there are training cases only.
    snapshot : dict of str to numpy.ndarray or None
        The state to resume from. None for a fit that was stopped together with others
        within an epoch.
    beyond : numpy.ndarray
        As `outputs`, for the cases of `Request.beyond`.
    """

    members: tuple[Fitted, ...]
    outputs: np.ndarray
    snapshot: Snapshot | None
    beyond: np.ndarray

    @property
    def usable(self) -> bool:
        """Whether every member has a best epoch."""
        return all(member.best_epoch is not None for member in self.members)

    @property
    def stopped(self) -> bool:
        return any(member.stopped for member in self.members)

    @property
    def diverged_epoch(self) -> int | None:
        """The first epoch in which a member's loss was not finite."""
        epochs = [m.diverged_epoch for m in self.members if m.diverged_epoch is not None]
        return min(epochs, default=None)

    @property
    def best_epoch(self) -> int | None:
        """The median of the members' best epochs."""
        return BestEpochs.of(member.best_epoch for member in self.members).middle


def fit(
    prepared: Prepared,
    network: NetworkSpec,
    training: TrainingSpec,
    *,
    seed: int,
    watch: Watch | None = None,
    snapshot: Snapshot | None = None,
) -> Fit:
    """Train the networks of a run.

    Parameters
    ----------
    prepared : Prepared
        Its training and validation parts are used, never the test part.
    network : NetworkSpec
    training : TrainingSpec
        `members` networks are trained; with folds, each leaves out another fold.
    seed : int
        Determines starting weights, the order of cases and dropout.
    watch : Watch, optional
        Receives progress, and may stop the training.
    snapshot : dict of str to numpy.ndarray, optional
        The state to resume from, of an earlier fit of the same.

    Returns
    -------
    Fit
    """
    request = Request(prepared, network, training, seed, watch or Unwatched())
    (fitted,) = fit_many([request], snapshot=snapshot)
    return fitted


def fit_many(requests: Sequence[Request], *, snapshot: Snapshot | None = None) -> list[Fit]:
    """Train the networks of several fits together, each as if by its own `fit`.

    Parameters
    ----------
    requests : sequence of Request
        A group of `dnn_core.training.fit_request.groups`.
    snapshot : dict of str to numpy.ndarray, optional
        The state from which a single fit resumes.
    """
    tables: dict[tuple[int, int], Cases] = {}
    fit_tasks = []
    for request in requests:
        key = id(request.prepared), id(request.beyond)
        if key not in tables:
            tables[key] = _cases(request.prepared, request.beyond)
        fit_tasks.append(FitTask(tables[key], _members(request)))
    cases, members, starts = stack(fit_tasks)
    batched = BatchedTraining(cases, members, snapshot=snapshot)
    counts = [len(fit_task.members) for fit_task in fit_tasks]
    fitted = batched.run(WatchSplit([request.watch for request in requests], counts))
    last = batched.snapshot()
    raw: dict[int, np.ndarray] = {}
    fits = []
    for i, span in enumerate(spans(counts)):
        request, start = requests[i], starts[i]
        if start not in raw:
            raw[start] = batched.predict(start + np.arange(len(fit_tasks[i].cases.x)))
        outputs = predictions_of(outcome_of(cases.kind), raw[start][span])
        own = outputs.shape[1] - (0 if request.beyond is None else len(request.beyond))
        snapshot = of_members(last, span)
        fits.append(Fit(tuple(fitted[span]), outputs[:, :own], snapshot, outputs[:, own:]))
    return fits


def _cases(prepared: Prepared, beyond: PartData | None) -> Cases:
    """The cases of the training part, then of the validation part unless there are folds.

    Cases that are only predicted come last.
    """
    target = prepared.target
    parts = [prepared.parts[Part.TRAINING]]
    if prepared.folds is None:
        parts.append(prepared.parts[Part.VALIDATION])
    if beyond is not None:
        parts.append(beyond)
    return Cases(
        x=np.concatenate([part.x for part in parts]),
        y=np.concatenate([_coded(prepared, part) for part in parts]),
        kind=target.kind,
        output=output_for(target),
        input_scale=prepared.input_scale,
    )


def _members(request: Request) -> list[Member]:
    """One member per network; row numbers are those of `_cases`."""
    prepared, training = request.prepared, request.training
    part, evaluated = prepared.parts[Part.TRAINING], prepared.parts[Part.VALIDATION]
    weight = case_weights(prepared, training, part)
    everybody = np.arange(len(part))
    members = []
    for number, seed in enumerate(member_seeds(request.seed, training.members)):
        if prepared.folds is None:
            rows, left_out = everybody, len(part) + np.arange(len(evaluated))
            validation_weight = evaluated.weight
        else:
            rows = np.flatnonzero(prepared.folds != number)
            left_out = np.flatnonzero(prepared.folds == number)
            validation_weight = None if part.weight is None else part.weight[left_out]
        members.append(
            Member(
                network=request.network,
                training=training,
                seed=seed,
                rows=rows,
                validation=left_out,
                weight=None if weight is None else weight[rows],
                validation_weight=validation_weight,
            )
        )
    return members


def build_members(
    prepared: Prepared, network: NetworkSpec, fitted: Sequence[Fitted], *, seed: int
) -> list[keras.Model]:
    """Plain Keras networks with the fitted weights."""
    target = prepared.target
    models = []
    for number, (member, its_seed) in enumerate(
        zip(fitted, member_seeds(seed, len(fitted)), strict=True), start=1
    ):
        model = build_model(
            network,
            prepared.inputs,
            output_for(target),
            input_scale=prepared.input_scale,
            seed=its_seed,
            cases=len(prepared.parts[Part.TRAINING]),
            name="network" if len(fitted) == 1 else f"member_{number}",
        )
        model.set_weights(member.weights)
        models.append(model)
    return models


def _coded(prepared: Prepared, part: PartData) -> np.ndarray:
    """The outcome as coded for training: standardised, divided by its mean, or positions."""
    target = prepared.target
    if target.kind.numeric:
        return ((part.y - target.mean) / target.scale).astype("float32")
    return part.y.astype("float32" if target.kind is Kind.BINARY else "int32")


def case_weights(prepared: Prepared, training: TrainingSpec, part: PartData) -> np.ndarray | None:
    """Weights of the cases in the loss: survey weights times class weights.

    Class weights give every category the same sum of weights and leave the sum
    over all cases as it is; "balanced" in scikit-learn.

    Returns
    -------
    numpy.ndarray or None
        float32, shape (cases,); None where all cases have the same weight.
    """
    weight = part.weight
    if not training.class_weights or prepared.target.kind.numeric:
        return weight
    counts = np.bincount(part.y, weights=weight, minlength=len(prepared.target.classes))
    # A category whose cases all have weight 0 does not count, and needs no class weight.
    shares = np.where(counts > 0, counts, 1)
    balance = (counts.sum() / (len(counts) * shares))[part.y].astype("float32")
    return balance if weight is None else balance * weight
