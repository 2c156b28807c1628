"""The page Tune: the experiment to run of the training process, and what is shown of a study."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.samples import read_sample
from dnn_core.diagnostics.study.summary import summarise
from dnn_core.runs.records import State
from dnn_core.specs import HOML, HOML_PRESETS, Experiment, Sampler, StudySpec, Task, Vary
from dnn_core.tuning.study_result import write_reading
from dnn_core.tuning.study_store import list_studies, new_study
from dnn_core.tuning.trial import Round, Trial, TrialState
from pages.session import data_cache, study_cache
from pages.shell.navigation import PAGES
from tests.pages.explore.test_runs import field

TRIALS = 24


@pytest.fixture
def ended(make_ended):
    return make_ended()


@pytest.fixture
def make_ended(workspace):
    return lambda **changes: _end_a_study(workspace, **changes)


def _end_a_study(workspace, kept=TRIALS, **changes):
    """A study of a simulated search: more units are better, up to chance; nothing is trained.

    Trials after the first `kept` are given up early.
    """
    data = read_sample("anes96")
    features = tuple(name for name in data.names if name != "vote")
    asked = StudySpec(
        experiment=Experiment(task=Task(target="vote", features=features)),
        vary=(
            Vary(hyperparameter="units", values=(8, 16, 32)),
            Vary(hyperparameter="learning_rate", low=1e-4, high=1e-2),
            Vary(hyperparameter="plateau_factor", values=(0.1, 0.5)),
        ),
        sampler=Sampler.RANDOM,
        trials=TRIALS + 6,
        folds=2,
    ).but(**changes)
    study = new_study(workspace, data, asked)
    generator = np.random.default_rng(1)
    y = generator.integers(2, size=300).astype("int32")
    cases = {"rows": np.arange(300), "y": y, "fold": np.arange(300) % 2}
    study.keep_cases(cases)
    trials = []
    for number in range(TRIALS + 1):
        units = (8, 16, 32)[number % 3]
        score = 0.03 * units * (y - 0.5) + generator.normal(size=300)
        positive = 1 / (1 + np.exp(-score))
        study.keep_predictions(number, np.column_stack([1 - positive, positive])[np.newaxis])
        values = {"units": units, "learning_rate": 0.001 * (1 + number), "plateau_factor": 0.5}
        loss = float(-np.mean(np.log(np.where(y == 1, positive, 1 - positive))))
        whole = number <= kept
        trials.append(
            Trial(
                number=number,
                values={} if number == 0 else {**values, "learning_rate": 0.0001 * (1 + number)},
                state=TrialState.COMPLETE if whole else TrialState.PRUNED,
                value=loss if whole else None,
                main=0.6 if whole else None,
                rounds=(Round(fold=0, seed=0, value=loss, epochs=5),),
                parameters=100 * units,
                seconds=1.0,
            )
        )
    study.record(trials)
    if asked.nested:
        for fold in range(2):
            study.record_without(fold, trials[1:])
        study.keep_nested_predictions(study.predictions(2))
    study.update(trials=TRIALS)
    write_reading(study)
    study.end(State.STOPPED, "Stopped at your request; the results so far are kept.")
    return study


def test_without_data_it_leads_to_data(app):
    at = app("tune")
    assert not at.exception
    assert any("nothing to tune yet" in h.value for h in at.header)


def test_a_study_is_made_and_handed_over(app, sample_draft, compute, workspace):
    at = app("tune", sample_draft("anes96"))
    assert not at.exception
    field(at, "number_input", "Configurations").set_value(12).run()
    field(at, "number_input", "Folds").set_value(3).run()
    assert any("12 configurations, 36 networks." in c.value for c in at.caption)
    field(at, "button", "Start the study").click().run()
    assert not at.exception
    (study,) = list_studies(workspace)
    assert compute.searched == [study.id]
    asked = study.asked
    assert (asked.trials, asked.folds, asked.experiment.task.target) == (12, 3, "vote")
    assert {vary.hyperparameter for vary in asked.vary} == {
        "layers",
        "units",
        "dropout",
        "l2",
        "learning_rate",
    }


def test_a_preset_chooses_what_varies_and_is_marked(app, sample_draft):
    at = app("tune", sample_draft("anes96"))
    assert field(at, "segmented_control", "Preset").value == "Usual"
    field(at, "segmented_control", "Preset").set_value("Learning rate").run()
    assert not at.exception
    assert field(at, "segmented_control", "Preset").value == "Learning rate"
    varied = [vary.hyperparameter for vary in at.session_state["draft"].study.vary]
    assert varied == ["optimizer", "learning_rate", "schedule", "batch_size"]
    field(at, "multiselect", "Optimiser").set_value(["adam"]).run()
    assert not at.exception
    assert field(at, "segmented_control", "Preset").value == "Own"


def test_single_layers_can_vary(app, sample_draft):
    at = app("tune", sample_draft("anes96", network=HOML_PRESETS["256-128-64, regularised"]))
    chosen = field(at, "multiselect", "Settings that vary")
    chosen.set_value(["units 2", "dropout 3"]).run()
    assert not at.exception
    assert [vary.hyperparameter for vary in at.session_state["draft"].study.vary] == [
        "units 2",
        "dropout 3",
    ]
    field(at, "number_input", "Dropout, layer 3, from")


def test_the_books_grid_is_one_click_for_pictures(app, digits_draft):
    at = app("tune", digits_draft)
    field(at, "segmented_control", "Preset").set_value(HOML).run()
    assert not at.exception
    # Rendering its fields changes nothing about it.
    assert field(at, "segmented_control", "Preset").value == HOML
    draft = at.session_state["draft"]
    assert draft.network == HOML_PRESETS["256-128-64, regularised"]
    assert draft.study.combinations == 2_916
    assert any("145 configurations, 145 networks." in c.value for c in at.caption)


def test_values_that_cannot_be_are_refused_in_words(app, sample_draft):
    at = app("tune", sample_draft("anes96"))
    box = field(at, "multiselect", "Units")
    box.set_value([]).run()
    assert not at.exception
    assert any("“Units” has no values" in m.value for m in at.markdown)


def test_a_study_that_ended_says_what_it_found(app, sample_draft, ended):
    at = app("tune", sample_draft("anes96"))
    assert not at.exception
    shown = " ".join(m.value for m in at.markdown)
    assert f"stopped after {TRIALS} of {TRIALS + 6} configurations" in shown
    assert "had no effect" in shown and "Plateau factor" in shown
    labels = [metric.label for metric in at.metric]
    assert labels == [
        "Best AUC, uncorrected",
        "After correcting for the choice",
        "Current experiment",
        "Gain after correcting",
    ]
    assert len(at.dataframe[0].value) == TRIALS
    # The best is first.
    assert at.dataframe[0].value["Log loss"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("kept", "tiles", "caption"),
    [
        (2, ("After correcting in part", "Gain after correcting"), "95% interval"),
        (1, ("Correction for the choice", "Gain"), "23 others were given up early"),
    ],
)
def test_tiles_claim_no_correction_that_was_not_made(
    app, sample_draft, make_ended, kept, tiles, caption
):
    make_ended(kept=kept, halving=True)
    at = app("tune", sample_draft("anes96"))
    assert not at.exception
    labels = [metric.label for metric in at.metric]
    assert (labels[1], labels[3]) == tiles
    assert any(c.value.startswith(caption) for c in at.caption)
    assert (at.metric[1].value == "none") == (kept == 1)


def test_the_current_experiment_is_said_to_have_one_network(app, sample_draft, ended):
    at = app("tune", sample_draft("anes96"))
    assert any(c.value.endswith(", one network instead of 5") for c in at.caption)
    words = summarise(study_cache.reading(ended), ended.measure)
    assert "Both are evaluated with one network each. A run averages 5" in words


def test_a_nested_study_says_what_the_search_is_worth(app, sample_draft, make_ended):
    make_ended(nested=True)
    at = app("tune", sample_draft("anes96"))
    assert not at.exception
    assert any(
        h.value == "How good is the choice on rows that the search did not use?" for h in at.header
    )
    winners = next(t.value for t in at.dataframe if "Without fold" in t.value)
    assert winners["Without fold"].tolist() == [1, 2]
    assert (winners["On the fold"] > 0).all()
    assert any(
        "Its gain over the current experiment, with one network each, is" in c.value
        for c in at.caption
    )


def test_nesting_is_asked_for_and_counted(app, sample_draft):
    at = app("tune", sample_draft("anes96"))
    field(at, "number_input", "Configurations").set_value(10).run()
    field(at, "toggle", "Nested").set_value(True).run()
    assert not at.exception
    # The search, and once more without each of five folds; each on five folds.
    assert any("60 configurations, 300 networks." in c.value for c in at.caption)
    field(at, "number_input", "Folds").set_value(1).run()
    assert not at.exception
    assert any("needs at least two folds" in m.value for m in at.markdown)


def test_figures_that_come_a_moment_before_the_end_are_not_missed(ended):
    # A page that looked between the two must not keep what it saw.
    during = study_cache.leaderboard(ended, None)
    after = study_cache.leaderboard(ended, study_cache.reading(ended))
    assert "95% interval" not in during
    assert "95% interval" in after


def test_one_click_takes_a_configuration_over(app, sample_draft, ended):
    at = app("tune", sample_draft("anes96"))
    best = min(ended.trials, key=lambda t: t.value)
    field(at, "button", "Take the best").click().run()
    assert not at.exception
    draft = at.session_state["draft"]
    assert draft.network.hidden[0].units == best.values["units"]
    assert draft.training.learning_rate == best.values["learning_rate"]
    assert draft.training.members == 5


def test_a_study_on_other_data_brings_its_data_along(app, ended):
    at = app("tune")
    field(at, "button", "Take the best").click().run()
    assert not at.exception
    draft = at.session_state["draft"]
    assert (draft.choice.origin, draft.choice.name) == ("kept", ended.asked.experiment.data)
    assert draft.roles["vote"] == "Outcome"


def test_a_study_is_renamed(app, sample_draft, ended):
    at = app("tune", sample_draft("anes96"))
    field(at, "text_input", "Name").set_value(" Width ").run()
    assert not at.exception
    assert ended.status.name == "Width"
    assert any("**Width**" in m.value for m in at.markdown)
    field(at, "text_input", "Name").set_value("  ").run()
    assert ended.status.name == "Width"


def test_a_study_is_asked_again_and_can_be_changed(app, sample_draft, ended):
    at = app("tune", sample_draft("anes96"))
    field(at, "button", "Search again").click().run()
    assert not at.exception
    assert field(at, "number_input", "Configurations").value == TRIALS + 6
    assert at.session_state["draft"].study.vary == ended.asked.vary
    field(at, "button", "Start the study")


def test_a_deleted_study_is_gone_and_its_data_stay_open(app, workspace, ended):
    at = app("tune")
    field(at, "button", "Take the best").click().run()
    at.switch_page(PAGES["tune"]).run()
    field(at, "button", "Delete for good").click().run()
    assert len(list_studies(workspace)) == 1
    # A dialog reruns alone; here page and dialog run again together.
    next(b for b in at.button if b.key != "confirm-delete" and b.label == "Delete for good").click()
    at.button(key="confirm-delete").click().run()
    assert not at.exception
    assert list_studies(workspace) == []
    # Nothing of the session's data lay in it.
    data_cache._read.clear()
    at.run()
    assert not at.exception
    field(at, "button", "Start the study")


def test_it_goes_on(app, sample_draft, ended, compute):
    at = app("tune", sample_draft("anes96"))
    field(at, "button", "Go on").click().run()
    assert compute.searched == [ended.id]
    assert ended.status.state is State.QUEUED


def test_a_study_on_other_data_is_not_in_the_way(app, sample_draft, ended):
    at = app("tune", sample_draft("randhie"))
    assert not at.exception
    assert any(h.value == "What is to vary?" for h in at.header)
    field(at, "selectbox", "Study").set_value(ended.id).run()
    assert any("stopped after" in m.value for m in at.markdown)
