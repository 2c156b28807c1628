"""What a run looks like before, while and after it trains."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dnn_core.checks import lead_sentence, run_checks
from dnn_core.diagnostics.registry import diagnostic
from dnn_core.network.size import count_parameters
from dnn_core.outcome.metrics import main_metric
from dnn_core.outcome.output import output_of
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.records import State
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec, SplitMethod, SplitSpec, TrainingSpec
from pages.components.text import escape, number


def headings(at):
    return [h.value for h in (*at.header, *at.subheader)]


def test_the_plan_is_the_draft(app, tiles, words, sample_draft):
    network = NetworkSpec(hidden=(HiddenLayer(units=64), HiddenLayer(units=32)))
    training = TrainingSpec(epochs=7, early_stopping=False, members=1)
    draft = sample_draft(network=network, training=training)
    at = app("train", draft)
    # 944 rows: 566 train, 189 each validate and test.
    assert tiles(at) == {
        "Outcome": "vote",
        "Network": "64-32",
        "Epochs": "at most 7",
        "Training cases": "566",
    }
    assert f"{count_parameters(draft.network, 9, output_of(Kind.BINARY, 2)):,} parameters" in words(
        at
    )
    assert "no early stopping" in words(at)
    assert "validation 189 · test 189, sealed" in words(at)


def test_a_click_makes_a_run_and_hands_it_over(
    app, button, compute, workspace, words, sample_draft
):
    draft = sample_draft(seed=5)
    at = app("train", draft)
    button(at, "Train").click().run()
    assert not at.exception
    (run,) = workspace.list_runs()
    assert compute.submitted == [run.id]
    assert (run.experiment.seed, run.experiment.network) == (5, draft.network)
    assert run.experiment.task.target == "vote"
    assert at.session_state["draft"].run_id == run.id
    assert at.query_params["run"] == run.id
    assert "**Waiting**, number 1 in the queue" in words(at)


def test_what_cannot_be_trained_gives_a_sentence_and_no_run(app, workspace, words, sample_draft):
    at = app("train", sample_draft(split=SplitSpec(method=SplitMethod.GROUPED)))
    assert "A split by whole clusters needs a cluster variable" in words(at)
    assert at.title[0].value == "Train"
    assert workspace.list_runs() == []


def test_a_waiting_run_says_how_many_are_before_it(app, in_state, words):
    run = in_state(State.QUEUED, epochs=0)
    at = app("train", run=run.id)
    assert "**Waiting**, number 1 in the queue" in words(at)
    assert not at.metric
    assert at.sidebar.progress[0].text == "Waiting for a free worker"


def test_a_run_before_its_first_epoch(app, in_state, words, button):
    run = in_state(State.RUNNING, epochs=0)
    at = app("train", run=run.id)
    assert at.progress[0].text == "**Preparing the data** …"
    assert not at.metric
    assert not button(at, "Stop, keep best epoch").disabled


def test_a_run_that_trains(app, in_state, finished, tiles, words, charts):
    run = in_state(State.RUNNING, epochs=2)
    at = app("train", run=run.id)
    history = run.history.set_index("epoch")
    assert "**Epoch 2 of 3**" in words(at)
    assert "elapsed" in words(at)
    best = int(history["val_loss"].idxmin())
    assert tiles(at) == {
        "Best epoch so far": str(best),
        "Validation loss": number(history.loc[best, "val_loss"]),
        "Validation AUC": number(history.loc[best, "val_metric"]),
        "Patience": f"{2 - best} of 10 epochs",
    }
    part = RunPart(run)
    curves = [diagnostic(code).draw(part) for code in ("learning_curve", "metric_curve")]
    assert headings(at) == [escape(curve.question) for curve in curves]
    assert len(charts(at)) == 2


def test_a_finished_run_has_the_figure_of_its_networks_together(app, finished, tiles, words):
    run = finished("several")
    at = app("train", run=run.id)
    (rows,) = run.metrics.query("part == 'validation' and metric == 'auc'").itertuples()
    assert tiles(at)["Validation AUC"] == number(rows.value)
    assert f"95% interval {number(rows.low, 2)} to {number(rows.high, 2)}" in words(at)


def test_the_live_page_follows_the_run(app, in_state, finished, words):
    run = in_state(State.RUNNING, epochs=1)
    at = app("train", run=run.id)
    assert "**Epoch 1 of 3**" in words(at)
    run.update_status(epoch=3)
    at.run()
    assert "**Epoch 3 of 3**" in words(at)
    run.update_status(state=State.INTERRUPTED, message="The power failed.")
    at.run()
    assert not at.exception
    assert "interrupted" in words(at)


def test_stopping_asks_once(app, in_state, button, words):
    run = in_state(State.RUNNING, epochs=2)
    at = app("train", run=run.id)
    button(at, "Stop, keep best epoch").click().run()
    assert not at.exception
    assert run.stop_requested
    assert button(at, "Stopping …").disabled
    assert "stopping" in words(at)


@pytest.mark.parametrize("name", ["binary", "multiclass", "regression", "digits", "several"])
def test_a_finished_run(app, finished, tiles, words, charts, button, name):
    run = finished(name)
    at = app("train", run=run.id)
    assert "finished after 3 of 3 epochs" in words(at)
    label = "Best epochs" if name == "several" else "Best epoch"
    assert tiles(at)[label] == run.best_epochs.figure
    if name == "several":
        # None has been patient for ten of three epochs.
        assert tiles(at)["Out of patience"] == f"0 of {run.experiment.training.members} networks"
    kept = run.history.loc[run.history.groupby("member")["val_loss"].idxmin()]
    assert tiles(at)["Validation loss"] == number(kept["val_loss"].mean())
    # Of all networks together, as evaluated; that of a single network is the epoch's.
    metrics = run.metrics.set_index(["part", "metric"])["value"]
    assert number(metrics["validation", main_metric(run.kind).name]) in tiles(at).values()
    assert len(charts(at)) == 2
    sentence = lead_sentence(run, run_checks(run)[0])
    assert any(sentence.split("“")[0] in h.value for h in at.html)
    button(at, "Next: Diagnose").click().run()
    assert at.title[0].value == "Diagnose"


def test_a_finished_run_can_be_trained_again(app, finished, button, compute, sample_draft):
    run = finished("binary")
    at = app("train", sample_draft(), run=run.id)
    button(at, "Train again").click().run()
    assert not at.exception
    assert len(compute.submitted) == 1 and compute.submitted[0] != run.id
    assert at.session_state["draft"].run_id == compute.submitted[0]


def test_a_stopped_run_has_a_network(app, in_state, button, words):
    run = in_state(State.STOPPED, epochs=2)
    at = app("train", run=run.id)
    assert "stopped after 2 of 3 epochs" in words(at)
    assert button(at, "Next: Diagnose")


@pytest.mark.parametrize("epochs", [0, 2])
def test_a_failed_run_says_why_and_shows_its_log(app, in_state, words, epochs):
    run = in_state(State.FAILED, epochs=epochs, message="Memory *ran* out.")
    run.append("log.txt", "Traceback: `boom` $x$")
    at = app("train", run=run.id)
    assert r"This run failed.** Memory \*ran\* out\." in words(at)
    assert [c.value.strip() for c in at.code] == ["Traceback: `boom` $x$"]
    assert bool(at.metric) == (epochs > 0)
    assert "Next: Diagnose" not in [b.label for b in at.button]


def test_an_interrupted_run_shows_what_it_had(app, in_state, words, charts):
    run = in_state(State.INTERRUPTED, epochs=2, message="The computing process was shut down.")
    at = app("train", run=run.id)
    assert "interrupted after 2 of 3 epochs" in words(at)
    assert "The computing process was shut down" in words(at)
    assert len(charts(at)) == 2


def test_a_run_that_broke_off_can_be_resumed(app, finished, button, compute, words):
    run = finished("several")
    run.update_status(state=State.FAILED, message="The worker died.")
    at = app("train", run=run.id)
    assert "It can continue from its last checkpoint" in words(at)
    button(at, "Resume").click().run()
    assert not at.exception
    assert compute.submitted == [run.id]
    assert run.status.state is State.QUEUED


def test_a_run_without_a_checkpoint_is_not_offered_to_be_resumed(app, in_state, words):
    run = in_state(State.FAILED, epochs=1)
    (run.directory / "checkpoint.npz").unlink(missing_ok=True)
    at = app("train", run=run.id)
    assert "Resume" not in [b.label for b in at.button]


def test_a_finished_run_goes_on_as_a_new_one(app, finished, button, compute, workspace):
    run = finished("several")
    at = app("train", run=run.id)
    (more,) = [n for n in at.number_input if n.label == "More epochs"]
    more.set_value(4)
    button(at, "Continue").click().run()
    assert not at.exception
    (started,) = compute.submitted
    assert started != run.id
    assert workspace.run(started).experiment.training.epochs == 7
    assert at.session_state["draft"].run_id == started


def test_a_run_that_stopped_early_says_why_it_does_not_go_on(app, finished, button, words):
    run = finished("binary")
    with np.load(run.directory / "checkpoint.npz") as arrays:
        changed = {name: arrays[name] for name in arrays.files}
    changed["book.since_best"][:] = 10
    np.savez(run.directory / "checkpoint.npz", **changed)
    at = app("train", run=run.id)
    button(at, "Continue").click().run()
    assert not at.exception
    assert "had stopped early" in words(at)


def test_the_name_of_a_run_stays_text(app, finished, words):
    run = finished("binary")
    run.annotate(name="$x$ [a](b) :red[x] <b>")
    at = app("train", run=run.id)
    assert f"**{escape('$x$ [a](b) :red[x] <b>')}**" in words(at)


def test_a_diverged_run(app, in_state, tiles):
    """Every validation loss is infinite: there is no best epoch."""
    run = in_state(State.FAILED, epochs=2, message="Training diverged.")
    path = run.directory / "history.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    broken = [json.dumps({**json.loads(line), "val_loss": None, "loss": None}) for line in lines]
    path.write_text("\n".join(broken) + "\n", encoding="utf-8")
    at = app("train", run=run.id)
    assert tiles(at)["Best epoch"] == "none"
