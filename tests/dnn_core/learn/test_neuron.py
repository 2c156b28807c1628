"""A neuron with the least loss is the regression that statsmodels fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from dnn_core.data.samples import read_sample
from dnn_core.learn.network import mean_loss, pass_forward
from dnn_core.learn.neuron import fit_neuron, has_one_unit
from dnn_core.learn.teaching_cases import TaughtCases, read_teaching_cases
from dnn_core.learn.wording import neuron_sentence
from dnn_core.specs import Kind, Task

LOG = sm.families.links.Log()
FAMILIES = {
    ("vote", Kind.BINARY): sm.families.Binomial(),
    ("age", Kind.REGRESSION): sm.families.Gaussian(),
    ("TVnews", Kind.COUNT): sm.families.Poisson(),
    ("age", Kind.AMOUNT): sm.families.Gamma(link=LOG),
}


def cases(target: str, kind: Kind) -> TaughtCases:
    features = ("PID", "educ", "income")
    return read_teaching_cases(
        read_sample("anes96"), Task(target=target, features=features, kind=kind), 1
    )


@pytest.mark.parametrize(("target", "kind"), FAMILIES)
def test_it_is_the_regression_of_statsmodels(target: str, kind: Kind) -> None:
    taught = cases(target, kind)
    fitted = fit_neuron(taught)
    assert fitted is not None
    expected = sm.GLM(taught.y, sm.add_constant(taught.x), family=FAMILIES[target, kind]).fit(
        tol=1e-12, maxiter=200
    )
    assert [fitted.bias, *fitted.weights] == pytest.approx(expected.params, rel=1e-6, abs=1e-8)
    network = fitted.as_network(taught)
    assert pass_forward(network, taught.x).predictions[:, 0] == pytest.approx(
        expected.fittedvalues, rel=1e-6
    )
    # Wherever one goes from there, the loss is higher.
    other = replace(fitted, weights=fitted.weights + np.array([0.01, 0, 0])).as_network(taught)
    assert mean_loss(other, taught.x, taught.y) > mean_loss(network, taught.x, taught.y)


def test_an_input_that_separates_the_categories_has_no_best_weight() -> None:
    taught = cases("vote", Kind.BINARY)
    assert fit_neuron(replace(taught, x=taught.y[:, np.newaxis] * 2.0 - 1)) is None


def test_two_inputs_that_are_the_same_share_a_weight() -> None:
    taught = cases("vote", Kind.BINARY)
    twice = fit_neuron(replace(taught, x=taught.x[:, [0, 0]]))
    once = fit_neuron(replace(taught, x=taught.x[:, [0]]))
    assert twice is not None and once is not None
    assert twice.weights == pytest.approx([once.weights[0] / 2] * 2)


@pytest.mark.parametrize(
    ("target", "kind", "single"),
    [
        ("vote", Kind.BINARY, True),
        ("age", Kind.AMOUNT, True),
        ("PID", Kind.ORDINAL, False),
        ("PID", Kind.MULTICLASS, False),
    ],
)
def test_which_outcomes_one_unit_predicts(target: str, kind: Kind, single: bool) -> None:
    task = Task(target=target, features=("educ", "income"), kind=kind)
    assert has_one_unit(read_teaching_cases(read_sample("anes96"), task, 1)) is single


def test_a_number_is_told_in_its_own_units() -> None:
    taught = cases("age", Kind.REGRESSION)
    fitted = fit_neuron(taught)
    assert fitted is not None
    forward = pass_forward(fitted.as_network(taught), taught.x)
    own = forward.predictions[4, 0] * taught.target.scale + taught.target.mean
    sentence = neuron_sentence(fitted, forward, taught, 4)
    assert f"in its own units {own:.2f}; observed was {taught.answer(4)}." in sentence
    assert f"+ {fitted.bias:.2f} =".replace("-", "−") in sentence or "0.00 =" in sentence
