"""Is the network too large for this many cases?"""

from __future__ import annotations

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import facts
from dnn_core.checks.generalisation import LARGE_GAP, gap_of
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, Optimizer, Part
from dnn_core.wording import number

ENOUGH = 1.0
"""With more parameters than cases a network can fit every training case, random
answers included (Zhang et al. 2017, Understanding deep learning requires
rethinking generalization, theorem 1: about two parameters a case suffice)."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report a network without regularisation that does demonstrably worse on other cases.

    Many parameters alone are no fault: with regularisation, large networks do as well as small ones
    (docs/results.md). The page Network shows their number before training.
    """
    known = facts(run)
    if _restrained(run.experiment):
        raise NotApplicable("Dropout or penalties regularise the network, whatever its size.")
    cases = known.cases[Part.TRAINING]
    ratio = cases / known.parameters
    if ratio >= ENOUGH:
        return ()
    gap = gap_of(run)
    if gap.low <= LARGE_GAP:
        return ()
    return (
        Finding(
            code="cases_per_parameter",
            severity=Severity.WATCH,
            title="The network is too large for this many cases.",
            reason=f"It fits {known.parameters:,} parameters to {cases:,} training cases without "
            "regularisation, and performs clearly better on them than on other cases.",
            figure=number(ratio, 2 if ratio >= 0.01 else 4),
            figure_note=f"{cases:,} cases, {known.parameters:,} parameters",
            measured="cases per parameter, training",
            try_text="add dropout, or use fewer units",
            try_page="network",
            numbers={"ratio": ratio, "cases": cases, "parameters": known.parameters},
        ),
    )


def _restrained(experiment: Experiment) -> bool:
    network, training = experiment.network, experiment.training
    decays = training.optimizer is Optimizer.ADAMW and training.weight_decay > 0
    dropped = network.input_dropout or any(layer.dropout for layer in network.hidden)
    return bool(decays or dropped or network.penalised)


CHECK = Check("cases_per_parameter", "Is the network too large for this many cases?", findings_of)
