"""Weighted figures are right where the simulation knows unweighted ones to be wrong.

The survey over-samples a region, and the educated and the old answer more often;
its weights undo both. So the population's figures are known beside those of the
people who answer, which is what an unweighted figure estimates.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.samples import read_sample
from dnn_core.evaluation.inference.design_effect import design_effect
from dnn_core.evaluation.inference.intervals import resample
from dnn_core.runs.execution.execute import run_experiment
from dnn_core.specs import Experiment, Kind, SplitMethod, SplitSpec, Task, TrainingSpec

pytestmark = [pytest.mark.simulation, pytest.mark.training]

SURVEYS = 30
PEOPLE = 200_000


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    path = Path(__file__).parents[3] / "sample_data" / "simulate_survey.py"
    spec = importlib.util.spec_from_file_location("simulate_survey", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def models(simulation, tmp_path_factory):
    """The network and the logistic regression, from raw rows to P(voted)."""
    from dnn_core.data.prepare import prepare
    from dnn_core.evaluation.baselines.fit_all import fit_baselines

    survey = read_sample("simulated_survey")
    experiment = Experiment(
        task=Task(
            target="turnout", features=simulation.PREDICTORS, weight="pspwght", cluster="psu"
        ),
        split=SplitSpec(method=SplitMethod.GROUPED),
        training=TrainingSpec(epochs=30, members=1),
    )
    run = run_experiment(survey, experiment, tmp_path_factory.mktemp("runs") / "run")
    predictor = run.predictor()
    prepared = prepare(survey, experiment)
    _, logistic, *_ = fit_baselines(prepared)
    return {
        "network": lambda rows: predictor.predict_proba(rows)["probability_voted"].to_numpy(),
        "logistic": lambda rows: logistic.predict(prepared.encoder.transform(rows))[:, 1],
    }


def known(simulation, models, people: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Expected figures of fixed models among people whose true probabilities are known.

    The models see what a survey shows of these people: some answers are refused.
    """
    truth = simulation.true_probability(people)
    asked = people.reset_index(drop=True)
    answers = asked.copy()
    simulation._hide_answers(np.random.default_rng(2), answers, asked)
    result = {("", "turnout"): float(truth.mean())}
    for name, predict in models.items():
        said = predict(answers)
        brier = truth * (1 - said) ** 2 + (1 - truth) * said**2
        result |= {(name, "mean"): float(said.mean()), (name, "brier"): float(brier.mean())}
    return result


def inverse_inclusion(simulation, survey: pd.DataFrame) -> np.ndarray:
    """Exact weights: of each region its share, in it the inverse of the chance to answer."""
    # Half a percent refuse their education; they count as the middle.
    educ = survey["educ"].where(survey["educ"] > 0, 3)
    propensity = simulation._logistic(-0.2 + 0.30 * (educ - 3) + 0.012 * (survey["age"] - 50))
    inverse = pd.Series(1 / propensity, index=survey.index)
    share = survey["region"].map(simulation.POPULATION_SHARES)
    return (inverse / inverse.groupby(survey["region"]).transform("sum") * share).to_numpy()


def estimated(simulation, models, seed: int) -> tuple[dict, dict, dict]:
    """The same figures from another survey: unweighted, by its weights, and by exact ones."""
    before, simulation.SEED = simulation.SEED, seed
    try:
        survey, _ = simulation.simulate_survey()
    finally:
        simulation.SEED = before
    voted = (survey["turnout"] == "voted").to_numpy(dtype=float)
    columns = {("", "turnout"): voted}
    scores = {}
    for name, predict in models.items():
        said = predict(survey)
        columns[name, "mean"] = said
        scores[name] = np.column_stack([1 - said, said])
    result = []
    for weight in (survey["pspwght"].to_numpy(), inverse_inclusion(simulation, survey)):
        evaluated = resample(
            Kind.BINARY,
            voted.astype("int32"),
            scores,
            weight,
            training_mean=None,
            resamples=1,
            seed=1,
        )
        equal = {key: float(values.mean()) for key, values in columns.items()}
        weighted = {key: float(np.average(v, weights=weight)) for key, v in columns.items()}
        for name in models:
            equal[name, "brier"] = evaluated.unweighted[name]["brier"]
            weighted[name, "brier"] = evaluated.values[name]["brier"]
        result.append(weighted)
    return equal, *result


def test_over_many_surveys_only_weighted_figures_are_right(simulation, models) -> None:
    rng = np.random.default_rng(1)
    shares = simulation.POPULATION_SHARES
    region = rng.choice(list(shares), size=PEOPLE, p=list(shares.values()))
    population = known(simulation, models, simulation.draw_population(rng, region))
    # As many of those who answer in each point, whatever the share that answers.
    region = np.repeat(list(simulation.CLUSTERS), 4 * PEOPLE // len(simulation.CLUSTERS))
    answering = simulation._respondents(rng, region).groupby("region", group_keys=False)
    sizes = {name: PEOPLE // 150 * points for name, points in simulation.CLUSTERS.items()}
    people = pd.concat([group.head(sizes[name]) for name, group in answering])
    assert people["region"].value_counts().to_dict() == sizes
    respondents = known(simulation, models, people)

    drawn = [estimated(simulation, models, 1000 + number) for number in range(SURVEYS)]
    equal, grouped, exact = (pd.DataFrame([each[i] for each in drawn]) for i in range(3))
    for figure, truth in population.items():
        bias = respondents[figure] - truth
        # What unweighted figures are known to be wrong by is seen beside the weighted ones.
        difference = equal[figure] - exact[figure]
        error = difference.std() / np.sqrt(SURVEYS)
        assert abs(bias) > 4 * error, figure
        assert difference.mean() == pytest.approx(bias, abs=4 * error), figure
        error = exact[figure].std() / np.sqrt(SURVEYS)
        assert exact[figure].mean() == pytest.approx(truth, abs=3.5 * error), figure
        # The weights that are shipped know three groups each of age and education, and so
        # leave what differs within these groups, as those of real surveys do.
        left = (grouped[figure] - exact[figure]).mean() / bias
        assert -0.1 < left < 0.4, figure
    # Turnout: 68.8 % of the population, 70.3 % of those who answer.
    assert population["", "turnout"] == pytest.approx(0.688, abs=0.002)
    assert respondents["", "turnout"] == pytest.approx(0.703, abs=0.002)
    assert equal["", "turnout"].mean() - population["", "turnout"] > 0.01


def test_the_interval_of_the_shipped_survey_covers_the_population(simulation) -> None:
    """Turnout as the accuracy of predicting “voted” for everybody, whole points drawn."""
    frame = read_sample("simulated_survey").frame
    voted = (frame["turnout"] == "voted").to_numpy(dtype="int32")
    everybody = np.tile([0.0, 1.0], (len(frame), 1))
    table = resample(
        Kind.BINARY,
        voted,
        {"network": everybody},
        frame["pspwght"].to_numpy(),
        frame["psu"].to_numpy(),
        frame["region"].to_numpy(),
        training_mean=None,
        resamples=1000,
        seed=1,
    ).metrics(0.95)
    row = table.set_index("metric").loc["accuracy"]
    assert row["low"] < 0.688 < row["high"]
    assert row["unweighted"] == pytest.approx(voted.mean())
    assert abs(row["value"] - 0.688) < abs(row["unweighted"] - 0.688)
    # The interval respects weights and clusters: wider than that of as many equal cases.
    plain = 2 * 1.96 * np.sqrt(0.7 * 0.3 / len(frame))
    assert row["high"] - row["low"] > plain * np.sqrt(design_effect(frame["pspwght"].to_numpy()))
