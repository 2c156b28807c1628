"""The README of a replication package."""

from __future__ import annotations

from dnn_core.audit.answers import answered
from dnn_core.evaluation.inference.design_effect import design_effect, effective_cases
from dnn_core.evaluation.inference.intervals import REDUCED
from dnn_core.runs.records import describe_edits
from dnn_core.runs.run import Run
from dnn_core.runs.versions import release
from dnn_core.specs import Imputation
from dnn_core.specs.encoding import NEIGHBOUR_ROWS
from dnn_core.wording import plural

_README = """{title}
{underline}

A dense neural network, trained on {made} (UTC) with {release}.

Data       {data} ({rows}; file {file_name}, sha256 {sha256})
Edits      {edits}
Outcome    {outcome}: {kind}
Predictors {features}
Network    {network}; {parameters}
Epochs     {epochs}
Baselines  {baselines}
Split      {split}
{design}Cases      {cases}
Test part  {test_part}

The validation part chose the epoch whose weights were kept, so its figures are
somewhat too good. Only figures of the test part, opened once and at the end,
are an honest estimate of how well the network predicts new cases.
{audit}
Files
-----
{report}\
model.keras        the trained network (Keras); probabilities, or the outcome in its own units
encoder.json       predictors, outcome and categories, to be read by people and by score.py
{skops}predictions.csv    predictions for each row, counted from 1, of the evaluated parts
conformal.json     thresholds of prediction intervals or sets, by level
{recalibration}calibration.csv    slopes and errors of calibration, before and after recalibrating
metrics.csv        metrics of the network and of the baselines with 95 % intervals
gains.csv          the network's metrics less those of each baseline, paired, with intervals
history.csv        loss of the data, penalty and main metric after each epoch
experiment.json    what was asked for: variables, split, encoding, network, training, seeds
audit.json         checks of the data before training: what could make the result too good
codebook.json      labels, levels, value labels and missing codes of all variables, as trained on
about.json         where the data came from, how they were read, versions of the software
requirements.txt   the packages that score.py needs, in the versions of the training
score.py           scores new cases
dnn_core           the part of DNN Workbench that score.py needs, with its licence (MIT)

{privacy}
Scoring new cases
-----------------
1. Install Python {python}, then:  pip install -r requirements.txt
2. python score.py {example} scored.csv

Each prediction gets a 90 % interval, or a set of categories; for another level say
--level 80 (or 50, 60, 70, 85, 95, 99), and for recalibrated probabilities
--probabilities temperature (or isotonic). Thresholds and maps were fitted on
validation rows and hold for new cases like these.

score.py needs no connection to the internet, and of DNN Workbench only the folder
dnn_core beside it. {reads}
Run score.py and open model.keras only if you trust the source of this package:
such files can be made to run code. dnn_core fixes which types encoder.skops may
contain; with others it is refused.
"""

_ROWS_INCLUDED = """predictions.csv also holds the original columns of these rows: pass this
package on only if you may pass on the data.
"""

_ROWS_LEFT_OUT = """The raw data are not in this package; row numbers refer to the file named above.
"""

_NEIGHBOURS_INCLUDED = """encoder.skops holds the numbers of up to {rows:,} training rows,
from which missing numbers are taken: pass this package on only if you may pass
on the data.
"""

_TABLE_READS = """The file
(text, SPSS, Stata, SAS, Excel, OpenDocument or Parquet) needs a column for each
predictor, with the same names and codes as the training data; the predictions
are added as further columns. It is read as the training file was. What does not fit is said before
anything is predicted, on standard error, in the words of the page Predict: absent
columns, unknown categories, words among numbers, missing answers. A word among
numbers counts as no answer.
"""

_IMAGE_READS = """The file
holds grey values from 0 to 255, as .npy or as a CSV file with one image a line.
"""


_REPORT = """report.html        everything that is known of the run, to be read and printed
"""


def write_readme(
    run: Run, test_part: str, *, pixels: bool, rows_included: bool, report_included: bool = False
) -> str:
    """Describe each file of the package and its use.

    Parameters
    ----------
    test_part : str
        Whether the test part was opened, when, and after how many runs.
    pixels : bool
        Whether the network takes images.
    rows_included : bool
        Whether predictions.csv holds the original columns.
    report_included : bool
        Whether report.html is there.
    """
    about, facts, task = run.about, run.facts, run.experiment.task
    privacy = _ROWS_INCLUDED if rows_included else _ROWS_LEFT_OUT
    if not pixels and run.experiment.encoding.imputation is Imputation.NEIGHBOURS:
        privacy += _NEIGHBOURS_INCLUDED.format(rows=NEIGHBOUR_ROWS)
    title = run.notes.name
    return _README.format(
        title=title,
        underline="=" * len(title),
        made=f"{run.status.created_at:%Y-%m-%d %H:%M}",
        data=about["dataset"],
        rows=plural(about["rows"], "row"),
        file_name=about["file_name"],
        sha256=about["sha256"],
        edits=describe_edits(about["edits"]),
        outcome=task.target,
        kind=run.kind.label,
        features=", ".join(task.features),
        network=run.experiment.network.summary(),
        parameters=plural(facts.parameters, "parameter"),
        epochs=f"{run.history['epoch'].max()} of {run.status.epochs}; {run.best_epochs.words}",
        baselines=_describe_baselines(run),
        split=run.experiment.split.summary(),
        design=_design(run),
        cases=", ".join(f"{count:,} {part}" for part, count in facts.cases.items()),
        test_part=test_part,
        audit=_describe_audit(run),
        privacy=privacy,
        report=_REPORT if report_included else "",
        recalibration=""
        if run.kind.numeric
        else "recalibration.json maps of probabilities to observed shares\n",
        skops="" if pixels else "encoder.skops      the fitted encoding (scikit-learn, by skops)\n",
        python=about["versions"]["python"],
        release=release(about["versions"]),
        example="digits.npy" if pixels else "survey.csv",
        reads=_IMAGE_READS if pixels else _TABLE_READS,
    )


def _describe_baselines(run: Run) -> str:
    """The models that the network is compared with, and the predictors of the smallest."""
    reduced = ", ".join(run.experiment.task.reduced)
    return "; ".join(
        f"{title} ({reduced})" if name == REDUCED else title
        for name, title in run.facts.baselines.items()
    )


def _describe_audit(run: Run) -> str:
    """The findings before training, with the researcher's answers."""
    if run.audit is None:
        return ""
    heading = "\nWhat could make the result too good\n-----------------------------------\n"
    if not run.audit.findings:
        return f"{heading}{run.audit.silence}\n"
    reasons = answered(run.experiment.answers, run.audit.findings)
    lines = []
    for finding in run.audit.findings:
        said = f"meant: {reasons[finding.key]}" if finding.key in reasons else "not answered"
        lines.append(
            f"- {finding.title} {finding.reason}\n"
            f"  {finding.measured}: {finding.figure} ({finding.figure_note}); {said}\n"
        )
    return heading + "".join(lines)


def _design(run: Run) -> str:
    """Lines on weight, cluster, strata and replicate weights; none for a simple random sample."""
    task, lines = run.experiment.task, []
    if task.weight:
        predictions = run.predictions
        costs = []
        for part, table in predictions.groupby("part", sort=False):
            weight = table["weight"].to_numpy()
            if weight.sum() > 0:
                effect, worth = design_effect(weight), effective_cases(weight)
                costs.append(f"{part} {effect:.2f} (worth {worth:,.0f} cases)")
        lines.append(f"Weight     {task.weight}; design effect (Kish): {', '.join(costs)}")
    if task.cluster:
        lines.append(f"Cluster    {task.cluster}")
    if task.strata:
        lines.append(f"Strata     {task.strata}")
    if task.replicates:
        lines.append(
            f"Replicates {task.replicates}; intervals are from them, and the models are "
            "not fitted again"
        )
    return "".join(f"{line}\n" for line in lines)
