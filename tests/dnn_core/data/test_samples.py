"""The sample tables: that they are what their codebooks and README say."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.samples import SAMPLE_FOLDER, Sample, list_samples, read_sample
from dnn_core.errors import UserError
from dnn_core.specs import Kind

SAMPLES = {sample.name: sample for sample in list_samples()}


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SAMPLE_FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    return load_script("simulate_survey")


@pytest.fixture(scope="module")
def drawn(simulation: ModuleType) -> tuple[pd.DataFrame, np.ndarray]:
    survey, probability = simulation.simulate_survey()
    return survey, probability


@pytest.fixture(scope="module")
def turnout() -> Dataset:
    return read_sample("simulated_survey")


def logit_scores(table: pd.DataFrame, voted: np.ndarray, psu: np.ndarray) -> np.ndarray:
    """Cross-validated probabilities of a main-effects logit, whole clusters left out."""
    numbers = pd.get_dummies(table, dtype=float)
    logit = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), LogisticRegression()
    )
    folds = GroupKFold(5)
    return cross_val_predict(logit, numbers, voted, groups=psu, cv=folds, method="predict_proba")[
        :, 1
    ]


def predictors(dataset: Dataset, names: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame({name: dataset.answers(name) for name in names})
    nominal = [name for name in names if dataset.variable(name).level is Level.NOMINAL]
    return table.astype(dict.fromkeys(nominal, str))


@pytest.mark.parametrize("name", SAMPLES)
def test_codebook_fits_the_table(name: str) -> None:
    sample, dataset = SAMPLES[name], read_sample(name)
    assert len(dataset) == sample.rows
    assert dataset.name == sample.title
    assert dataset.names == sample.columns
    assert all(variable.label for variable in dataset.variables)
    for variable in dataset.variables:
        seen = {str(value) for value in dataset.frame[variable.name].unique()}
        assert set(variable.missing_codes) <= seen
        assert set(variable.missing_codes) <= set(variable.value_labels)
        # Either every category has a label, or only the ends of a scale do.
        if len(variable.value_labels) - len(variable.missing_codes) > 2:
            assert seen <= set(variable.value_labels)


@pytest.mark.parametrize("name", SAMPLES)
def test_suggested_roles_are_columns_and_do_not_overlap(name: str) -> None:
    sample = SAMPLES[name]
    given = [r for r in (sample.target, sample.weight, sample.cluster) if r is not None]
    roles = [*given, *sample.leave_out, *sample.features]
    assert sorted(roles) == sorted(sample.columns)
    assert set(sample.measured_after_outcome) <= set(sample.leave_out)


def test_cards() -> None:
    cards = [(sample.title, sample.description) for sample in list_samples()]
    assert cards == [
        ("Turnout", "2,936 rows, outcome with two categories"),
        ("Presidential vote, 1996", "944 rows, outcome with two categories"),
        ("Doctor visits", "20,190 rows, outcome is a quantity"),
    ]


@pytest.mark.parametrize("name", ["nothing", "../README", "anes96.csv"])
def test_an_unknown_sample_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="There is no sample"):
        read_sample(name)


def test_anes96_is_the_published_extract() -> None:
    dataset = read_sample("anes96")
    vote = dataset.variable("vote")
    labels = dataset.frame["vote"].astype(str).map(vote.value_labels)
    # Counted in statsmodels' own copy, as the next two figures.
    assert labels.value_counts().to_dict() == {"Clinton": 551, "Dole": 393}
    assert dataset.frame["popul"].max() == 7300
    assert len(dataset.variable("income").value_labels) == 24
    assert len(SAMPLES["anes96"].features) == 9


def test_a_logit_on_anes96_reaches_its_known_auc() -> None:
    dataset = read_sample("anes96")
    logit = make_pipeline(StandardScaler(), LogisticRegression())
    x = dataset.frame[list(SAMPLES["anes96"].features)]
    vote = dataset.frame["vote"].to_numpy()
    # statsmodels' Logit on its own copy: 0.9678 on the rows that it was fitted to.
    fitted = logit.fit(x, vote).predict_proba(x)[:, 1]
    assert roc_auc_score(vote, fitted) == pytest.approx(0.9678, abs=0.001)
    # Folds in the file's order happen to be kind (0.967); shuffled ones give 0.964.
    in_order = cross_val_score(logit, x, vote, cv=StratifiedKFold(5), scoring="roc_auc")
    assert in_order.mean() == pytest.approx(0.967, abs=0.002)
    folds = StratifiedKFold(10, shuffle=True, random_state=1)
    shuffled = cross_val_predict(logit, x, vote, cv=folds, method="predict_proba")[:, 1]
    assert roc_auc_score(vote, shuffled) == pytest.approx(0.964, abs=0.002)


def test_randhie_is_the_published_extract() -> None:
    dataset = read_sample("randhie")
    # Mean and standard deviation of the visits in statsmodels' own copy.
    assert dataset.frame["mdvis"].mean() == pytest.approx(2.860426, abs=1e-6)
    assert dataset.frame["mdvis"].std() == pytest.approx(4.504365, abs=1e-6)
    assert SAMPLES["randhie"].kind is Kind.REGRESSION


def test_the_simulated_survey_is_reproducible(drawn: tuple[pd.DataFrame, np.ndarray]) -> None:
    columns = list(SAMPLES["simulated_survey"].columns)
    text = drawn[0][columns].to_csv(index=False, lineterminator="\n")
    assert text.encode() == (SAMPLE_FOLDER / "simulated_survey.csv").read_bytes()


@pytest.mark.parametrize("name", SAMPLES)
def test_codebooks_are_those_that_the_script_writes(name: str) -> None:
    written = json.loads((SAMPLE_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    declared = getattr(load_script("codebooks"), name.upper())
    assert {key: written[key] for key in declared} == declared


def stated_ceiling() -> tuple[float, float]:
    sample: Sample = SAMPLES["simulated_survey"]
    assert sample.best_accuracy is not None and sample.best_auc is not None
    return sample.best_accuracy, sample.best_auc


def test_stated_ceiling_is_that_of_the_true_probabilities(simulation: ModuleType) -> None:
    # A tenth of the draws, and a second way: outcomes drawn, unweighted AUC.
    accuracy, auc = stated_ceiling()
    assert simulation.best_scores(100_000) == pytest.approx((accuracy, auc), abs=0.003)
    rng = np.random.default_rng(1)
    points = np.array(list(simulation.CLUSTERS.values()))
    region = rng.choice(list(simulation.CLUSTERS), size=150_000, p=points / points.sum())
    people = simulation._respondents(rng, region)
    effect = rng.normal(0, simulation.CLUSTER_SD, len(people))
    log_odds = simulation.log_odds(people) + effect
    voted = rng.random(len(people)) < 1 / (1 + np.exp(-log_odds))
    probability = simulation.true_probability(people)
    assert roc_auc_score(voted, probability) == pytest.approx(auc, abs=0.006)
    assert accuracy_score(voted, probability > 0.5) == pytest.approx(accuracy, abs=0.006)


def test_true_probabilities_reach_the_ceiling_and_a_logit_does_not(
    turnout: Dataset, drawn: tuple[pd.DataFrame, np.ndarray]
) -> None:
    accuracy, auc = stated_ceiling()
    voted = (turnout.frame["turnout"] == "voted").to_numpy()
    true = drawn[1]
    # One standard error of these scores in 2,936 rows is about 0.008.
    assert roc_auc_score(voted, true) == pytest.approx(auc, abs=0.01)
    assert accuracy_score(voted, true > 0.5) == pytest.approx(accuracy, abs=0.01)
    table = predictors(turnout, SAMPLES["simulated_survey"].features)
    logit = logit_scores(table, voted, turnout.frame["psu"].to_numpy())
    assert 0.75 < roc_auc_score(voted, logit) < auc - 0.04
    assert accuracy_score(voted, logit > 0.5) < accuracy - 0.02


def test_terms_that_a_logit_of_main_effects_cannot_have_lift_it(
    turnout: Dataset, drawn: tuple[pd.DataFrame, np.ndarray]
) -> None:
    # So there is something for a network to find: the three true terms, added
    # by hand to the complete answers, win back most of the distance.
    voted = (turnout.frame["turnout"] == "voted").to_numpy()
    table = predictors(turnout, SAMPLES["simulated_survey"].features)
    filled = table.fillna(table.median(numeric_only=True))
    lifted = table.assign(
        age_squared=filled["age"] ** 2,
        wing=(filled["lrscale"] - 5).abs(),
        product=filled["polintr"] * filled["trust"],
    )
    psu = turnout.frame["psu"].to_numpy()
    gain = roc_auc_score(voted, logit_scores(lifted, voted, psu)) - roc_auc_score(
        voted, logit_scores(table, voted, psu)
    )
    assert gain > 0.03


def test_the_leak_gives_the_outcome_away(turnout: Dataset) -> None:
    asked = turnout.frame["polling_place_wait"] != -97
    voted = turnout.frame["turnout"] == "voted"
    assert asked[voted].all()
    assert 0 < asked[~voted].mean() < 0.05


def test_weight_restores_the_population(turnout: Dataset, simulation: ModuleType) -> None:
    frame = turnout.frame
    weight = frame["pspwght"]
    assert weight.mean() == pytest.approx(1, abs=1e-3)
    assert (frame["region"] == "East").mean() > 0.25
    for region, share in simulation.POPULATION_SHARES.items():
        weighted = weight[frame["region"] == region].sum() / weight.sum()
        assert weighted == pytest.approx(share, abs=0.003)


def test_clusters_identifier_and_constant(turnout: Dataset) -> None:
    assert turnout.frame["psu"].nunique() == 150
    assert turnout.frame.groupby("psu")["region"].nunique().max() == 1
    assert turnout.frame["idno"].is_unique
    assert turnout.frame["wave"].nunique() == 1
    assert turnout.variable("idno").level is Level.IDENTIFIER


def test_high_incomes_are_refused_more_often(
    simulation: ModuleType, drawn: tuple[pd.DataFrame, np.ndarray]
) -> None:
    # The incomes behind the codes, from the same stream of random numbers.
    people, _ = simulation._draw_sample(np.random.default_rng(simulation.SEED))
    refused = drawn[0]["income"] == simulation.REFUSED
    rich = people["income"] > people["income"].median()
    assert refused[rich].mean() > 2 * refused[~rich].mean() > 0


def test_samples_lie_beside_the_package() -> None:
    root = Path(__file__).resolve().parents[3]
    assert root / "sample_data" == SAMPLE_FOLDER
