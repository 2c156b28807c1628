"""A run of several networks: out-of-fold predictions, one plain model, one curve each."""

import io

import keras
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import xlogy
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from dnn_core.data.prepare import prepare
from dnn_core.evaluation.baselines.linear_models import PENALTY_INVERSE
from dnn_core.package.write_package import predictions_csv, write_package
from dnn_core.runs.execution.execute import open_test, run_experiment
from dnn_core.runs.held_out import Tried
from dnn_core.specs import Holdout, Kind, SplitSpec
from dnn_core.training.best_epochs import BestEpochs
from dnn_core.training.fit import fit

pytestmark = pytest.mark.training

MEMBERS = 3


@pytest.fixture(scope="module")
def several(survey, make, tmp_path_factory):
    """Runs of three networks that take turns, by kind of task."""
    result = {}

    def get(kind):
        if kind not in result:
            directory = tmp_path_factory.mktemp("several") / kind.value
            result[kind] = run_experiment(survey, make.experiment(kind, members=MEMBERS), directory)
        return result[kind]

    return get


def part(run, name):
    predictions = run.predictions
    return predictions[predictions["part"] == name].reset_index(drop=True)


def probabilities(table):
    return table.filter(like="probability_").to_numpy()


@pytest.mark.parametrize("kind", list(Kind))
def test_every_training_row_is_judged_by_a_network_that_left_it_out(several, survey, kind):
    run = several(kind)
    training, validation = part(run, "training"), part(run, "validation")
    assert training["row"].tolist() == validation["row"].tolist()
    # Rows without an outcome are set aside.
    cases = len(training)
    assert cases == 120 or kind in (Kind.ORDINAL, Kind.COUNT, Kind.AMOUNT)
    # The members once more, and for each row the output of the one whose fold it is in.
    prepared = prepare(survey, run.experiment)
    fitted = fit(
        prepared, run.experiment.network, run.experiment.training, seed=run.experiment.seed
    )
    outputs = fitted.outputs[prepared.folds, np.arange(cases)]
    target = prepared.target
    if kind.numeric:
        expected = outputs[:, 0] * target.scale + target.mean
        assert validation["predicted"].to_numpy() == pytest.approx(expected, rel=1e-5)
    elif kind is Kind.BINARY:
        assert probabilities(validation)[:, 1] == pytest.approx(outputs[:, 0], abs=1e-6)
    else:
        assert probabilities(validation) == pytest.approx(outputs, abs=1e-6)
    figure = "predicted" if kind.numeric else validation.columns[-1]
    assert not np.allclose(validation[figure], training[figure])


@pytest.mark.parametrize("kind", list(Kind))
def test_the_saved_network_averages_its_members(several, survey, kind):
    run = several(kind)
    model = keras.saving.load_model(run.directory / "model.keras", compile=False)
    averaging = [layer for layer in model.layers if isinstance(layer, keras.layers.Average)]
    members = [layer for layer in model.layers if isinstance(layer, keras.Sequential)]
    assert len(averaging) == 1 and len(members) == MEMBERS
    x = prepare(survey, run.experiment).parts["training"].x
    output = model.predict(x, verbose=0)
    table = part(run, "training")
    if kind.numeric:
        assert output[:, 0] == pytest.approx(table["predicted"].to_numpy(), rel=1e-5)
    elif kind is Kind.BINARY:
        assert output[:, 0] == pytest.approx(probabilities(table)[:, 1], abs=1e-6)
    else:
        assert output == pytest.approx(probabilities(table), abs=1e-6)
    mean = np.mean([member.predict(x, verbose=0) for member in members], axis=0)
    if not kind.numeric:
        assert output == pytest.approx(mean, abs=1e-6)


def test_the_history_has_a_curve_for_each_network(several):
    run = several(Kind.BINARY)
    history = run.history
    assert sorted(history["member"].unique()) == [1, 2, 3]
    assert history.groupby("member")["val_loss"].nunique().min() > 1
    assert history.groupby("epoch")["val_loss"].nunique().min() > 1
    assert len(run.facts.best_epochs) == MEMBERS
    best = history.loc[history.groupby("member")["val_loss"].idxmin(), "epoch"]
    assert run.facts.best_epochs == best.tolist()
    assert BestEpochs.so_far(history) == run.best_epochs == BestEpochs.of(best)


def test_baselines_take_turns_too(several, survey):
    """Against scikit-learn, fold by fold."""
    run = several(Kind.BINARY)
    prepared = prepare(survey, run.experiment)
    training, predicted = prepared.parts["training"], np.zeros(120)
    for fold in range(MEMBERS):
        out = prepared.folds == fold
        scale = StandardScaler().fit(training.x[~out].astype(float))
        model = LogisticRegression(C=PENALTY_INVERSE, max_iter=1000)
        model.fit(scale.transform(training.x[~out].astype(float)), training.y[~out])
        predicted[out] = model.predict_proba(scale.transform(training.x[out].astype(float)))[:, 1]
    scores = run.scores.query("model == 'logistic' and part == 'validation' and metric == 'auc'")
    assert scores["value"].item() == pytest.approx(roc_auc_score(training.y, predicted), abs=1e-6)


def test_r2_of_baselines_that_take_turns(several, survey):
    run = several(Kind.REGRESSION)
    prepared = prepare(survey, run.experiment)
    training, predicted = prepared.parts["training"], np.zeros(120)
    for fold in range(MEMBERS):
        out = prepared.folds == fold
        model = LinearRegression().fit(training.x[~out].astype(float), training.y[~out])
        predicted[out] = model.predict(training.x[out].astype(float))
    y = training.y.astype(float)
    expected = 1 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    scores = run.scores.query("model == 'linear' and part == 'validation' and metric == 'r2'")
    assert scores["value"].item() == pytest.approx(expected, abs=1e-5)


def test_few_predictors_take_turns_and_d2_is_against_the_training_mean(survey, make, tmp_path):
    """Worked out from the formula; the few are a Poisson regression of their columns alone."""
    asked = make.experiment(Kind.COUNT, members=MEMBERS)
    task = asked.task.but(reduced=asked.task.features[:1])
    run = run_experiment(survey, asked.but(task=task), tmp_path / "run")
    prepared = prepare(survey, run.experiment)
    training, predicted = prepared.parts["training"], np.zeros(run.facts.cases["training"])
    columns = [i for i, s in enumerate(prepared.encoder.sources) if s in task.reduced]
    assert 0 < len(columns) < prepared.inputs
    y = training.y.astype(float)
    for fold in range(MEMBERS):
        out = prepared.folds == fold
        x = sm.add_constant(training.x[:, columns].astype(float), has_constant="add")
        model = sm.GLM(y[~out], x[~out], family=sm.families.Poisson()).fit()
        predicted[out] = model.predict(x[out])
    lost = 2 * (xlogy(y, y / predicted) - y + predicted).sum()
    expected = 1 - lost / (2 * xlogy(y, y / y.mean()).sum())
    scores = run.scores.query("model == 'reduced' and part == 'validation' and metric == 'd2'")
    assert scores["value"].item() == pytest.approx(expected, abs=1e-4)
    assert list(run.facts.baselines) == ["mean", "reduced", "poisson", "penalised", "boosting"]
    assert run.facts.baselines["reduced"] == "Poisson regression with 1 predictor"


def test_r2_of_the_test_part_is_against_the_training_mean(several, survey, copy_of):
    run = copy_of(several(Kind.REGRESSION))
    open_test(run, survey, tried=Tried())
    table = part(run, "test")
    y, mean = table["observed"], part(run, "training")["observed"].mean()
    expected = 1 - ((y - table["predicted"]) ** 2).sum() / ((y - mean) ** 2).sum()
    scores = run.metrics.query("part == 'test' and metric == 'r2'")
    assert scores["value"].item() == pytest.approx(expected, abs=1e-6)
    of_mean = run.scores.query("model == 'mean' and part == 'test' and metric == 'r2'")
    assert of_mean["value"].item() == pytest.approx(0.0, abs=1e-6)


def test_the_test_part_is_judged_by_all_networks_together(several, survey, copy_of):
    run = copy_of(several(Kind.MULTICLASS))
    open_test(run, survey, tried=Tried())
    frame = survey.frame.iloc[part(run, "test")["row"]]
    expected = run.predictor().predict_proba(frame).to_numpy()
    assert probabilities(part(run, "test")) == pytest.approx(expected, abs=1e-6)
    assert set(run.scores["part"]) == {"training", "validation", "test"}
    # A constant prediction ranks nobody, in any part.
    constant = run.scores.query("model == 'majority' and metric == 'auc'")
    assert constant[["value", "low", "high"]].to_numpy() == pytest.approx(0.5, abs=1e-12)
    assert len(constant) == 3


def test_several_networks_may_share_one_validation_part(survey, make, tmp_path):
    experiment = make.experiment(
        Kind.BINARY, members=MEMBERS, split=SplitSpec(holdout=Holdout.PART)
    )
    run = run_experiment(survey, experiment, tmp_path / "run")
    assert part(run, "training")["row"].isin(part(run, "validation")["row"]).sum() == 0
    frame = survey.frame.iloc[part(run, "validation")["row"]]
    expected = run.predictor().predict_proba(frame).to_numpy()
    assert probabilities(part(run, "validation")) == pytest.approx(expected, abs=1e-6)


def test_the_table_to_take_away_has_each_row_once(several, survey):
    run = several(Kind.BINARY)
    table = pd.read_csv(io.BytesIO(predictions_csv(run, survey)), encoding="utf-8-sig")
    left_out = part(run, "validation")
    assert table["row"].tolist() == sorted(left_out["row"] + 1)
    assert set(table["part"]) == {"validation"}
    column = left_out.columns[-1]
    expected = left_out.sort_values("row")[column].to_numpy()
    assert table[column].to_numpy() == pytest.approx(expected)


def test_the_package_scores_with_all_networks(several, survey, tmp_path):
    run = several(Kind.BINARY)
    package = write_package(run, tmp_path / "run.zip")
    assert package.exists()
    again = run.predictor().predict_proba(survey.frame.head())
    assert isinstance(again, pd.DataFrame) and len(again) == 5
