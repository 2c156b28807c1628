"""Could another seed reverse the comparison?"""

from __future__ import annotations

import numpy as np

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import baseline_title, metric_words
from dnn_core.checks.other_rows import resampled_of, strongest_baseline
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.runs.run import Run
from dnn_core.wording import decimals_to_tell, number

TOO_OFTEN = 0.2
"""Share of seeds, on the same rows, that may say the opposite of most: one in five."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report a comparison in which, on many folds, only some seeds beat the strongest baseline."""
    resampled = resampled_of(run)
    seeds = resampled.seeds
    own = seeds[seeds["model"] == NETWORK]
    if own["seed"].nunique() < 2:
        raise NotApplicable("Only one seed was tried.")
    strongest = strongest_baseline(resampled, run)
    wide = own.pivot_table(index=["repeat", "fold"], columns="seed", values="value").dropna()
    better = wide.gt(resampled.folds[strongest].reindex(wide.index), axis=0)
    # Of each fold, the seeds that are outvoted.
    share = better.mean(axis=1)
    outvoted = float(np.minimum(share, 1 - share).mean())
    if outvoted <= TOO_OFTEN:
        return ()
    components = resampled.components()
    assert components is not None
    deviation = float(components.seed**0.5)
    return (
        Finding(
            code="seed_luck",
            severity=Severity.WATCH,
            title=f"Whether it beats {baseline_title(run, strongest)} depends on the seed.",
            reason=f"On the same rows, {outvoted:.0%} of the seeds say the opposite of the others.",
            figure=f"±{number(deviation, decimals_to_tell(deviation, 0.0, least=3))}",
            figure_note=f"{own['seed'].nunique()} seeds on {len(wide)} folds",
            measured=f"deviation of {metric_words(run)} over seeds, cross-validation",
            try_text="average more networks, or report the spread",
            try_page="network",
            numbers={"outvoted": outvoted, "deviation": deviation},
        ),
    )


CHECK = Check("seed_luck", "Would another seed say the same?", findings_of)
