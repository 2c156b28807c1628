import json

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

from dnn_core.audit import audit
from dnn_core.checks import Severity, run_checks
from dnn_core.data.prepare import prepare
from dnn_core.errors import ENDED_EARLY, UserError
from dnn_core.package.readme import write_readme
from dnn_core.runs.create import create_run
from dnn_core.runs.execution.execute import execute, open_test, run_experiment
from dnn_core.runs.held_out import Tried, tried_before
from dnn_core.runs.records import Phase, State
from dnn_core.runs.run import load_run
from dnn_core.specs import (
    Answer,
    EncodingSpec,
    Kind,
    NetworkSpec,
    Optimizer,
    Scaling,
    SplitMethod,
    SplitSpec,
    TrainingSpec,
)

pytestmark = pytest.mark.training

LINEAR = NetworkSpec(hidden=())


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def require_strict_json(run):
    """Every JSON file of a run, and every line of its history, is JSON for any reader."""
    texts = [path.read_text(encoding="utf-8") for path in run.directory.glob("*.json")]
    texts += (run.directory / "history.jsonl").read_text(encoding="utf-8").splitlines()
    for text in texts:
        json.loads(text, parse_constant=refuse)


def metric(run, name, split="validation"):
    table = run.metrics.set_index(["part", "metric"])
    return table.loc[(split, name), "value"]


# What a finished run holds -------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
def test_a_finished_run_holds_everything(trained, survey, kind):
    run = trained(kind)
    status = run.status
    assert (status.state, status.phase, status.message) == (State.FINISHED, Phase.ENDED, "")
    assert status.share == 1.0
    assert status.created_at <= status.started_at < status.ended_at
    names = {path.name for path in run.directory.iterdir()}
    categories = set() if kind.numeric else {"recalibration.json"}
    assert names == categories | {
        "about.json",
        "audit.json",
        "checkpoint.npz",
        "codebook.json",
        "conformal.json",
        "encoder.json",
        "encoder.skops",
        "experiment.json",
        "facts.json",
        "history.jsonl",
        "metrics.json",
        "model.keras",
        "notes.json",
        "predictions.parquet",
        "test_set.json",
        "status.json",
    }
    require_strict_json(run)
    assert run.facts.best_epoch == run.best_epochs.middle
    assert len(run.history) == 4
    assert load_run(run.directory).metrics.equals(run.metrics)


def test_a_run_keeps_what_the_audit_found_and_what_was_said_to_it(survey, make, tmp_path):
    # Whether the region is east is written in the postcode: 01067 there, 50667 here.
    answer = Answer(code="recodes_outcome", variable="postcode", reason="Only to try it out")
    asked = make.experiment(Kind.BINARY, answers=(answer,))
    asked = asked.but(task=asked.task.but(features=("age", "postcode")))
    run = run_experiment(survey, asked, tmp_path / "leak")
    (findings,) = run.audit.findings
    assert findings.key == ("recodes_outcome", "postcode")
    assert run.audit == audit(survey, run.experiment.task, run.experiment.split)
    assert run.experiment.answers == (answer,)
    told = [f for f in run_checks(run)[0] if f.code == "recodes_outcome"]
    assert [f.severity for f in told] == [Severity.MEANT]
    assert "“Only to try it out”" in told[0].reason
    words = write_readme(run, "sealed", pixels=False, rows_included=False)
    assert "“postcode” is a recoding of “region”." in words
    assert "meant: Only to try it out" in words


def test_nothing_found_is_written_as_well(trained):
    run = trained(Kind.REGRESSION)
    assert run.audit.findings == ()
    words = write_readme(run, "sealed", pixels=False, rows_included=False)
    assert "checks apply to these data; none found a problem." in words


@pytest.mark.parametrize("kind", list(Kind))
def test_the_saved_network_is_that_of_the_best_epoch(trained, survey, kind):
    run = trained(kind)
    prepared = prepare(survey, run.experiment)
    part, target = prepared.parts["validation"], prepared.target
    model = keras.saving.load_model(run.directory / "model.keras", compile=False)
    output = model.predict(part.x, verbose=0).astype("float64")
    if kind is Kind.REGRESSION:
        # The saved network answers in the outcome's own units; the loss is of standardised ones.
        loss = np.mean(((part.y - output[:, 0]) / target.scale) ** 2)
    elif kind is Kind.COUNT:
        # The loss of a count is that of the coded outcome: the count divided by its mean.
        said = output[:, 0] / target.scale
        loss = np.mean(said - part.y / target.scale * np.log(said))
    elif kind is Kind.AMOUNT:
        loss = np.mean(part.y / output[:, 0] + np.log(output[:, 0] / target.scale))
    elif kind is Kind.BINARY:
        loss = -np.mean(np.log(np.where(part.y == 1, output[:, 0], 1 - output[:, 0])))
    else:
        loss = -np.mean(np.log(output[np.arange(len(part)), part.y]))
    assert loss == pytest.approx(run.history["val_loss"].min(), abs=1e-5)


def test_metrics_are_those_of_scikit_learn(trained):
    run = trained(Kind.MULTICLASS)
    table = run.predictions.query("part == 'validation'")
    assert metric(run, "accuracy") == pytest.approx(
        accuracy_score(table["observed"], table["predicted"])
    )
    run = trained(Kind.BINARY)
    table = run.predictions.query("part == 'validation'")
    positive = run.facts.coding.positive
    assert metric(run, "auc") == pytest.approx(
        roc_auc_score(table["observed"] == positive, table[f"probability_{positive}"])
    )


def test_a_quantity_is_predicted_in_its_own_units(trained, survey):
    run = trained(Kind.REGRESSION)
    table = run.predictions.query("part == 'training'")
    raw = survey.frame["satisfied"].iloc[table["row"]]
    assert np.allclose(table["observed"], raw, atol=1e-3)
    assert table["predicted"].between(raw.min(), raw.max()).mean() > 0.9
    # On the training part R² against the training mean is scikit-learn's.
    assert metric(run, "r2", "training") == pytest.approx(
        r2_score(table["observed"], table["predicted"]), abs=1e-5
    )
    assert metric(run, "r2", "training") > 0.2


def test_the_predictor_repeats_the_recorded_predictions(trained, survey):
    for kind in Kind:
        run = trained(kind)
        recorded = run.predictions
        again = run.predictor().predictions(survey.frame.iloc[recorded["row"]])
        numbers = again.select_dtypes("number").columns.drop("row")
        for name in numbers.drop("observed", errors="ignore"):
            assert np.allclose(recorded[name], again[name], atol=1e-4)


def test_images_are_run_like_tables(trained_on_digits):
    run = trained_on_digits
    assert run.status.state is State.FINISHED
    assert run.facts.inputs == 64
    assert not (run.directory / "encoder.skops").exists()
    assert metric(run, "accuracy") > 0.5
    require_strict_json(run)


# The sealed test part --------------------------------------------------------------


def test_nothing_of_the_test_part_shows_before_it_is_opened(trained, survey):
    run = trained(Kind.MULTICLASS)
    sealed = set(prepare(survey, run.experiment).parts["test"].rows.tolist())
    assert len(sealed) == run.facts.cases["test"] == 30
    assert not run.test_opened
    assert sealed.isdisjoint(run.predictions["row"])
    assert set(run.scores["part"]) == set(run.gains["part"]) == {"training", "validation"}
    assert set(run.facts.class_counts) == {"training", "validation"}
    assert "test" not in (run.directory / "metrics.json").read_text()


def test_opening_scores_the_test_part_once(trained, survey, copy_of):
    run = copy_of(trained(Kind.MULTICLASS))
    before = {p.name: p.read_bytes() for p in run.directory.iterdir()}
    open_test(run, survey, tried=Tried(2))
    assert run.test_opened
    (opening,) = run.openings
    assert tried_before(opening) == Tried(2)
    table = run.predictions.query("part == 'test'")
    sealed = prepare(survey, run.experiment).parts["test"].rows
    assert table["row"].tolist() == sealed.tolist()
    assert table["observed"].tolist() == [
        {"left": "The left", "right": "=right"}.get(word, word)
        for word in survey.frame["vote"].iloc[sealed]
    ]
    assert metric(run, "accuracy", "test") == accuracy_score(table["observed"], table["predicted"])
    require_strict_json(run)
    # What was recorded before is as it was.
    assert {name: (run.directory / name).read_bytes() for name in before} == before


def test_opening_again_changes_nothing(trained, survey, copy_of):
    run = copy_of(trained(Kind.MULTICLASS))
    open_test(run, survey, tried=Tried(2))
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in run.directory.iterdir()}
    open_test(run, survey, tried=Tried(9))
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in run.directory.iterdir()} == (
        before
    )


def test_the_test_part_is_not_opened_with_other_data(trained, make, copy_of):
    run = copy_of(trained(Kind.MULTICLASS))
    other = make.read_survey(make.survey_bytes(seed=8))
    with pytest.raises(UserError, match="not the data that the run was trained on"):
        open_test(run, other, tried=Tried())
    assert not run.test_opened


def test_a_run_without_a_network_has_no_test_part_to_open(workspace, survey, make):
    run = workspace.new_run(survey, make.experiment())
    with pytest.raises(UserError, match="no trained network"):
        open_test(run, survey, tried=Tried())


# The same again ----------------------------------------------------------------------


def weights(run):
    model = keras.saving.load_model(run.directory / "model.keras", compile=False)
    return np.concatenate([w.ravel() for w in model.get_weights()])


def test_the_same_experiment_gives_the_same_run(trained, survey, make, tmp_path):
    first = trained(Kind.MULTICLASS)
    again = run_experiment(survey, make.experiment(), tmp_path / "again")
    assert np.array_equal(weights(first), weights(again))
    assert first.predictions.equals(again.predictions)
    assert first.scores.equals(again.scores)
    other = run_experiment(survey, make.experiment(seed=2), tmp_path / "other")
    assert not np.allclose(weights(first), weights(other))
    # Another seed trains anew, but is evaluated on the same rows.
    assert first.predictions["row"].equals(other.predictions["row"])


# Weights, clusters, settings -----------------------------------------------------------


def test_weights_and_clusters_are_used_throughout(trained, survey, make, tmp_path):
    experiment = make.experiment(
        Kind.BINARY,
        roles={"weight": "weight", "cluster": "village"},
        split=SplitSpec(method=SplitMethod.GROUPED),
        training=TrainingSpec(epochs=3, class_weights=True, batch_size=16),
    )
    run = run_experiment(survey, experiment, tmp_path / "run")
    assert run.status.state is State.FINISHED
    villages = {
        split: set(survey.frame["village"].iloc[part["row"]])
        for split, part in run.predictions.groupby("part")
    }
    assert villages["training"].isdisjoint(villages["validation"])
    table = run.predictions.query("part == 'validation'")
    assert metric(run, "accuracy") == pytest.approx(
        accuracy_score(
            table["observed"],
            table["predicted"],
            sample_weight=survey.frame["weight"].iloc[table["row"]],
        )
    )
    require_strict_json(run)


def test_the_training_mean_of_a_quantity_is_weighted(survey, make, tmp_path):
    experiment = make.experiment(
        Kind.REGRESSION,
        roles={"weight": "weight"},
        network=LINEAR,
        training=TrainingSpec(epochs=2, optimizer=Optimizer.SGD),
    )
    run = run_experiment(survey, experiment, tmp_path / "run")
    rows = run.predictions.query("part == 'training'")["row"]
    frame = survey.frame.iloc[rows]
    expected = np.average(frame["satisfied"], weights=frame["weight"])
    assert run.facts.training_mean == pytest.approx(expected, rel=1e-5)
    baseline = run.scores.query("model == 'mean' and part == 'training' and metric == 'r2'")
    assert baseline["value"].tolist() == pytest.approx([0.0], abs=1e-9)


# How a run can end otherwise --------------------------------------------------------------


def test_a_stop_keeps_the_best_epoch_so_far(workspace, survey, make, monkeypatch):
    run = workspace.new_run(survey, make.experiment(training=TrainingSpec(epochs=5000)))
    monkeypatch.setattr("dnn_core.runs.execution.execute.SECONDS_BETWEEN_STATUS", 0.0)
    monkeypatch.setattr("dnn_core.training.batched_training.SECONDS_BETWEEN_LOOKS", 0.0)
    append = type(run).append

    def stop_after_three(self, name, line):
        append(self, name, line)
        if name == "history.jsonl" and json.loads(line)["epoch"] == 3:
            self.request_stop()

    monkeypatch.setattr(type(run), "append", stop_after_three)
    execute(run, survey)
    assert run.status.state is State.STOPPED
    assert run.history["epoch"].tolist() == [1, 2, 3]
    assert run.facts.best_epoch in (1, 2, 3)
    assert len(run.predictions) == 120
    assert run.predictor().predict(survey.frame.iloc[:2]).shape == (2,)


def test_a_run_that_was_cancelled_before_it_began_is_interrupted(workspace, survey, make):
    run = workspace.new_run(survey, make.experiment())
    run.request_stop()
    execute(run, survey)
    assert run.status.state is State.INTERRUPTED
    assert "before it began" in run.status.message
    assert not (run.directory / "model.keras").exists()


@pytest.mark.parametrize("state", [state for state in State if state is not State.QUEUED])
def test_a_run_is_carried_out_only_once(workspace, survey, make, state):
    run = workspace.new_run(survey, make.experiment())
    run.update_status(state=state)
    before = (run.directory / "status.json").read_bytes()
    execute(run, survey)
    assert (run.directory / "status.json").read_bytes() == before
    assert not (run.directory / "history.jsonl").exists()


def test_data_that_cannot_carry_the_task_fail_with_the_reason(workspace, survey, make):
    experiment = make.experiment()
    task = experiment.task.but(target="predicted", kind=Kind.BINARY)
    run = workspace.new_run(survey, experiment.but(task=task))
    with pytest.raises(UserError, match="only one category"):
        execute(run, survey)
    assert run.status.state is State.FAILED
    assert run.status.phase is Phase.ENDED
    assert "“predicted” has only one category" in run.status.message
    assert run.log == ""


def test_divergence_fails_with_what_to_do(workspace, survey, make):
    # Unscaled incomes, SGD and a high rate: the loss overflows within the first epochs.
    experiment = make.experiment(
        Kind.REGRESSION,
        encoding=EncodingSpec(scaling=Scaling.NONE),
        training=TrainingSpec(epochs=50, optimizer=Optimizer.SGD, learning_rate=10, batch_size=8),
    )
    run = workspace.new_run(survey, experiment)
    with pytest.raises(UserError, match="diverged"):
        execute(run, survey)
    assert run.status.state is State.FAILED
    assert "epoch 1" in run.status.message
    assert "Lower the learning rate" in run.status.message
    assert run.history["val_loss"].isna().all()
    assert run.best_epochs.epochs == ()
    require_strict_json(run)


def test_divergence_after_good_epochs_keeps_the_best_of_them(workspace, survey, make):
    # A linear model beyond its stable rate: finite at first, then more in every epoch.
    experiment = make.experiment(
        Kind.REGRESSION,
        network=LINEAR,
        training=TrainingSpec(
            epochs=400,
            optimizer=Optimizer.SGD,
            momentum=0,
            learning_rate=2,
            batch_size=90,
            early_stopping=False,
        ),
    )
    run = workspace.new_run(survey, experiment)
    execute(run, survey)
    facts = run.facts
    assert run.status.state is State.FINISHED
    assert facts.diverged_epoch == len(run.history) < 400
    assert facts.best_epoch == run.best_epochs.middle
    assert np.isfinite(run.predictions["predicted"]).all()
    require_strict_json(run)


def test_infinite_answers_and_those_near_infinity_count_as_missing(survey, make, tmp_path):
    frame = survey.frame.copy()
    # SPSS and Stata write missing answers as the largest numbers there are.
    frame.loc[:3, "income"] = [np.inf, -np.inf, -1.797693e308, 8.98846567431158e307]
    infinite = type(survey)(survey.name, frame, survey.variables, survey.source)
    run = run_experiment(
        infinite, make.experiment(training=TrainingSpec(epochs=1)), tmp_path / "run"
    )
    assert run.status.state is State.FINISHED
    assert np.isfinite(run.history["val_loss"]).all()


def test_a_bug_surfaces_and_leaves_its_traceback(workspace, survey, make, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("half a network")

    monkeypatch.setattr("dnn_core.runs.execution.execute.prepare", broken)
    run = workspace.new_run(survey, make.experiment())
    with pytest.raises(ZeroDivisionError):
        execute(run, survey)
    assert run.status.state is State.FAILED
    assert "ZeroDivisionError: half a network" in run.status.message
    assert "not of your data" in run.status.message
    assert "Traceback" in run.log


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_who_ends_the_process_is_told_of_no_fault(workspace, survey, make, monkeypatch, ending):
    def told_to_end(*_):
        raise ending

    monkeypatch.setattr("dnn_core.runs.execution.execute.prepare", told_to_end)
    run = workspace.new_run(survey, make.experiment())
    with pytest.raises(ending):
        execute(run, survey)
    assert run.status.state is State.INTERRUPTED
    assert (run.status.message, run.log) == (ENDED_EARLY, "")


def test_a_taken_directory_is_refused(trained, survey, make):
    run = trained(Kind.BINARY)
    with pytest.raises(UserError, match="already holds a run"):
        run_experiment(survey, make.experiment(), run.directory)


def test_progress_shows_while_training(tmp_path, survey, make, monkeypatch):
    monkeypatch.setattr("dnn_core.runs.execution.execute.SECONDS_BETWEEN_STATUS", 0.0)
    monkeypatch.setattr("dnn_core.training.batched_training.SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr("dnn_core.training.batched_training.FIRST_STEPS", 1)
    run = create_run(survey, make.experiment(), tmp_path / "run", name="run")
    seen = []
    update = type(run).update_status

    def watch(self, **changes):
        status = update(self, **changes)
        seen.append((status.state, status.phase, status.epoch, round(status.epoch_share, 2)))
        return status

    monkeypatch.setattr(type(run), "update_status", watch)
    execute(run, survey)
    phases = list(dict.fromkeys(phase for _, phase, _, _ in seen))
    assert phases == [Phase.PREPARING, Phase.TRAINING, Phase.EVALUATING, Phase.ENDED]
    # 90 training rows in batches of 16 are 6 steps; the end of the epoch is told twice.
    first = [share for _, phase, epoch, share in seen if phase is Phase.TRAINING and epoch == 1]
    assert first == [0.17, 0.33, 0.5, 0.67, 0.83, 1.0, 1.0]


def test_predictions_are_a_plain_table(trained):
    table = pd.read_parquet(trained(Kind.MULTICLASS).directory / "predictions.parquet")
    assert list(table.columns[:4]) == ["row", "part", "observed", "predicted"]
    probabilities = table.filter(like="probability_")
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    labels = probabilities.columns.str.removeprefix("probability_")
    assert (labels[probabilities.to_numpy().argmax(axis=1)] == table["predicted"]).all()
