import pandas as pd
import pytest

from dnn_core.runs.compare import (
    Figure,
    compare_metrics,
    compare_settings,
    describe_layer,
)
from dnn_core.runs.held_out import NEVER_OPENED, Tried, describe_opening, opening_record
from dnn_core.specs import (
    Activation,
    EncodingSpec,
    Experiment,
    HiddenLayer,
    Kind,
    NetworkSpec,
    Optimizer,
    SplitSpec,
    TrainingSpec,
    describe_field,
    describe_fields,
)


@pytest.fixture
def new_run(workspace, survey, make):
    def new(kind=Kind.MULTICLASS, *, name=None, data=survey, **changes):
        run = workspace.new_run(data, make.experiment(kind, **changes))
        if name is not None:
            run.annotate(name=name)
        return run

    return new


def settings_of(runs):
    """The comparison as a plain dictionary from titles to texts."""
    return {row[0]: list(row[1:]) for row in compare_settings(runs).itertuples(index=False)}


# Settings ----------------------------------------------------------------------


def test_runs_that_asked_for_the_same_differ_in_nothing(new_run):
    table = compare_settings([new_run(name="a"), new_run(name="b")])
    assert table.empty
    assert list(table.columns) == ["Setting", "a", "b"]


def test_one_run_and_none_differ_in_nothing(new_run):
    assert compare_settings([new_run()]).empty
    assert compare_settings([]).empty


def test_only_what_differs_is_named_in_the_words_of_its_field(new_run):
    first = new_run(training=TrainingSpec(learning_rate=1e-3, optimizer=Optimizer.SGD))
    second = new_run(training=TrainingSpec(learning_rate=1e-4, early_stopping=False), seed=2)
    assert settings_of([first, second]) == {
        "Optimiser": ["SGD with momentum", "Adam"],
        "Learning rate": ["0.001", "0.0001"],
        "Early stopping": ["yes", "no"],
        "Seed": ["1", "2"],
    }


def test_layers_are_described_in_one_line(new_run):
    first = new_run(network=NetworkSpec(hidden=()))
    second = new_run(
        network=NetworkSpec(
            hidden=(
                HiddenLayer(units=64, dropout=0.2, batch_norm=True, l2=1e-4),
                HiddenLayer(units=8, activation=Activation.TANH, l1=0.01),
            ),
            input_dropout=0.1,
        )
    )
    assert settings_of([first, second]) == {
        "Hidden layers": [
            "none",
            "64 ReLU, Batch norm., Dropout 0.2, L2 0.0001 | 8 tanh, L1 0.01",
        ],
        "Input dropout": ["0", "0.1"],
    }


def test_a_plain_layer_is_units_and_activation():
    assert describe_layer(HiddenLayer(units=32)) == "32 ReLU"


@pytest.mark.parametrize("name", HiddenLayer.model_fields)
def test_layers_that_differ_in_one_setting_do_not_look_alike(name):
    layer, setting = HiddenLayer(units=32), describe_field(HiddenLayer, name)
    if setting.choices:
        others = [choice for choice in setting.choices if choice is not setting.default]
    elif setting.kind is bool:
        others = [not setting.default]
    else:
        others = [setting.low, setting.high]
    described = [describe_layer(one) for one in (layer, *(layer.but(**{name: x}) for x in others))]
    assert len(set(described)) == len({getattr(layer, name), *others})


def test_outcome_and_predictors_that_not_all_runs_have(new_run, survey, make):
    first = new_run()
    second = new_run(Kind.REGRESSION)
    third_experiment = make.experiment()
    task = third_experiment.task.but(features=("age", "income", "region"), weight="weight")
    third = new_run()
    third.write("experiment.json", third_experiment.but(task=task).model_dump_json())
    result = settings_of([first, second, third])
    assert result["Outcome"] == ["vote", "satisfied", "vote"]
    assert result["Predictors"] == ["5, with postcode, wave", "5, with postcode, wave", "3"]
    assert result["Weight"] == ["none", "none", "weight"]
    assert result["Kind of task"] == [
        kind.label for kind in (Kind.MULTICLASS, Kind.REGRESSION, Kind.MULTICLASS)
    ]


def test_other_data_show_even_under_the_same_name(new_run, survey, make):
    other = make.read_survey(make.survey_bytes(seed=8))
    result = settings_of([new_run(), new_run(data=other)])
    assert list(result) == ["Data"]
    assert result["Data"] == [
        f"survey.csv ({survey.fingerprint[:6]})",
        f"survey.csv ({other.fingerprint[:6]})",
    ]


def test_every_setting_has_a_title_of_its_own():
    specs = (Experiment, Experiment.model_fields["task"].annotation, SplitSpec, EncodingSpec)
    titles = [
        s.title for spec in (*specs, NetworkSpec, TrainingSpec) for s in describe_fields(spec)
    ]
    assert len(set(titles)) == len(titles)


def test_runs_of_one_name_are_told_apart(new_run):
    names = ["x", "x", "x (2)", "Setting", "x"]
    runs = [new_run(name=name, seed=i) for i, name in enumerate(names)]
    columns = list(compare_settings(runs).columns)
    assert columns == ["Setting", "x", "x (3)", "x (2)", "Setting (2)", "x (4)"]


# Metrics -----------------------------------------------------------------------


def test_metrics_stand_side_by_side_with_their_intervals(new_run, make):
    score = make.score
    first = make.finish(
        new_run(name="a"),
        scores=[
            score("network", "validation", "accuracy", 0.8123, 0.75, 0.9),
            score("network", "validation", "auc", 0.7),
            score("majority", "validation", "accuracy", 0.1, 0.1, 0.1),
            score("network", "training", "accuracy", 0.99, 0.98, 1.0),
        ],
    )
    second = make.finish(
        new_run(Kind.REGRESSION, name="b"),
        scores=[
            score("network", "validation", "r2", -0.5, -1.0, 0.25),
            score("network", "validation", "rmse", 12345.678, 999.5, 20000.0),
        ],
    )
    waiting = new_run(name="c")
    table = compare_metrics([first, second, waiting], "validation")
    assert table.to_dict("list") == {
        "Metric": ["R²", "RMSE", "AUC", "Accuracy", "Test part"],
        "a": ["", "", "0.700", "0.812 (0.750 to 0.900)", NEVER_OPENED],
        "b": ["−0.500 (−1.000 to 0.250)", "12,346 (1,000 to 20,000)", "", "", NEVER_OPENED],
        "c": ["", "", "", "", NEVER_OPENED],
    }


def test_metrics_of_the_test_part_are_there_once_it_was_opened(new_run, make):
    run = make.finish(
        new_run(name="a"), scores=[make.score("network", "validation", "accuracy", 0.8)]
    )
    assert compare_metrics([run], "test").empty
    run.write(
        "test.json",
        pd.Series(
            {
                "scores": [make.score("network", "test", "accuracy", 0.6)],
                "gains": [],
                "openings": [opening_record(Tried(4))],
            }
        ).to_json(),
    )
    assert compare_metrics([run], "test").to_dict("list") == {
        "Metric": ["Accuracy", "Test part"],
        "a": ["0.600", describe_opening(run)],
    }
    assert "after 4 configurations" in describe_opening(run)
    assert compare_metrics([run], "validation")["a"].tolist() == ["0.800", describe_opening(run)]


def test_a_figure_without_a_value_is_empty():
    assert str(Figure()) == Figure().interval == ""
    assert str(Figure(0.5)) == "0.500"
