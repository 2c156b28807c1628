"""Are there enough cases for the size of the network?"""

from __future__ import annotations

from dnn_core.checks.evidence import facts
from dnn_core.checks.finding import Check, Finding, Severity
from dnn_core.checks.wording import number
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, Optimizer

ENOUGH = 1.0
"""With more parameters than cases a network can fit every training case, random
answers included (Zhang et al. 2017, Understanding deep learning requires
rethinking generalization, theorem 1: about two parameters a case suffice)."""

ENOUGH_RESTRAINED = 0.05
"""Below twenty parameters for each case the size is worth a look even where dropout or a
penalty restrains it. With up to that many, networks restrained as “Safe” is were never
worse than the linear model on eight survey tables (docs/results.md)."""


def judge(run: Run) -> tuple[Finding, ...]:
    """Fire when parameters outnumber cases and nothing, or too little, restrains them."""
    known = facts(run)
    cases = known.cases["training"]
    ratio = cases / known.parameters
    restrained = _restrained(run.experiment)
    if ratio >= (ENOUGH_RESTRAINED if restrained else ENOUGH):
        return ()
    held = "dropout or penalties restrain it" if restrained else "nothing restrains it"
    return (
        Finding(
            code="cases_per_parameter",
            severity=Severity.WATCH,
            title="The network is large for this many cases.",
            reason=f"It learns {known.parameters:,} parameters from {cases:,} training cases, "
            f"and {held}; that need not harm, so see whether it over-fits.",
            figure=number(ratio, 2 if ratio >= 0.01 else 4),
            figure_note=f"{cases:,} cases, {known.parameters:,} parameters",
            measured="cases per parameter, training",
            try_text="use fewer units, or compare with a smaller network"
            if restrained
            else "add dropout, or use fewer units",
            try_page="network",
            numbers={"ratio": ratio, "cases": cases, "parameters": known.parameters},
        ),
    )


def _restrained(experiment: Experiment) -> bool:
    network, training = experiment.network, experiment.training
    decays = training.optimizer is Optimizer.ADAMW and training.weight_decay > 0
    penalised = any(layer.dropout or layer.l1 or layer.l2 for layer in network.hidden)
    return bool(decays or penalised or network.input_dropout or network.ridge)


CHECK = Check("cases_per_parameter", "Are there enough cases for its size?", judge)
