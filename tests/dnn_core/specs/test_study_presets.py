"""Searches to start from."""

from __future__ import annotations

import math

import pytest

from dnn_core.specs import (
    HOML,
    HOML_GRID,
    Experiment,
    Optimizer,
    StudySpec,
    Task,
    Vary,
    configure,
    homl_study,
    study_presets,
)

ASKED = StudySpec(
    experiment=Experiment(task=Task(target="digit", features=("image",)), seed=7),
    vary=(Vary(hyperparameter="units", values=(8, 16)),),
    folds=3,
    trials=11,
)


def test_a_search_changes_what_varies_and_nothing_else():
    presets = study_presets(ASKED, images=False)
    assert list(presets) == ["Usual", "Capacity", "Regularisation", "Learning rate"]
    for preset in presets.values():
        assert preset.but(vary=ASKED.vary) == ASKED
        assert preset.vary != ASKED.vary


def test_the_books_grid_is_for_pictures():
    assert HOML in study_presets(ASKED, images=True)
    assert HOML not in study_presets(ASKED, images=False)


def test_the_books_grid_has_its_2916_combinations_of_which_145_are_tried():
    asked = homl_study(ASKED.experiment)
    assert math.prod(len(vary.values) for vary in HOML_GRID) == 2_916
    assert asked.combinations == 2_916
    assert asked.planned == 145


def test_the_books_grid_keeps_task_and_seed_and_is_of_three_layers():
    experiment = homl_study(ASKED.experiment).experiment
    assert experiment.task == ASKED.experiment.task
    assert experiment.seed == 7
    assert [layer.units for layer in experiment.network.hidden] == [256, 128, 64]
    assert [layer.dropout for layer in experiment.network.hidden] == [0.4, 0.3, 0.2]
    assert all(layer.batch_norm for layer in experiment.network.hidden)
    training = experiment.training
    assert (training.epochs, training.batch_size, training.patience) == (35, 128, 5)
    assert experiment.split.validation == pytest.approx(0.2)


def test_a_combination_of_the_books_grid_sets_single_layers():
    asked = homl_study(ASKED.experiment)
    values = {"units 2": 64, "dropout 3": 0.4, "optimizer": Optimizer.RMSPROP}
    network = configure(asked.experiment, values).network
    assert [layer.units for layer in network.hidden] == [256, 64, 64]
    assert [layer.dropout for layer in network.hidden] == [0.4, 0.3, 0.4]


@pytest.mark.parametrize("images", [True, False])
def test_presets_survive_a_file(images):
    for preset in study_presets(ASKED, images=images).values():
        assert StudySpec.model_validate_json(preset.model_dump_json()) == preset
