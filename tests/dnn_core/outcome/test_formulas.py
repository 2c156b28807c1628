"""Each formula by hand; that metrics made of them are scikit-learn's is tested with these."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from dnn_core.outcome.formulas import (
    cohen_kappa,
    pairs_won,
    quadratic_kappa,
    ratio,
    share_explained,
    squared_steps,
)


@pytest.mark.filterwarnings("error")
def test_a_quotient_without_a_positive_denominator_is_none() -> None:
    quotient = ratio(np.array([1.0, 0.1, 1.0, 0.0, 2.0]), np.array([4.0, 0.2, 0.0, 0.0, -1.0]))
    assert quotient[:2].tolist() == [0.25, 0.5]
    assert np.isnan(quotient[2:]).all()
    assert ratio(np.ones((2, 3)), np.full(3, 2.0)).tolist() == [[0.5] * 3] * 2


def test_share_explained() -> None:
    found = share_explained(np.array([1.0, 6.0, 1.0]), np.array([4.0, 4.0, 0.0]))
    assert found[:2].tolist() == [0.75, -0.5]
    assert np.isnan(found[2])


def test_pairs_won_by_hand() -> None:
    # Positive cases of weights 2 and 1 at two steps; below them 1 and 1 + 2 + 1 of the negative
    # weight, which is 9 in all, and 2 and 4 tie: 2 (1 + 2/2) + 1 (4 + 4/2) of 3 * 9.
    positives, tied = np.array([[2.0], [1.0]]), np.array([[2.0], [4.0]])
    below = np.array([[1.0], [4.0], [9.0]])
    assert pairs_won(positives, below, tied) == pytest.approx([10 / 27])
    assert np.isnan(pairs_won(0 * positives, below, tied)).all()


CONFUSION = np.array([[10.0, 3.0, 1.0], [2.0, 8.0, 4.0], [0.0, 5.0, 6.0]])


@pytest.mark.parametrize("confusion", [CONFUSION, CONFUSION.T, np.diag([3.0, 1.0, 2.0])])
def test_kappas_are_scikit_learns(confusion: np.ndarray) -> None:
    observed, said = (place.ravel() for place in np.indices((3, 3)))
    weight = confusion.ravel()
    actual, named = confusion.sum(axis=1)[:, None], confusion.sum(axis=0)[:, None]
    plain = cohen_kappa(actual, named, np.diag(confusion)[:, None])
    expected = cohen_kappa_score(observed, said, sample_weight=weight)
    assert plain == pytest.approx([expected])
    squared = np.array([(squared_steps(3) * confusion).sum()])
    expected = cohen_kappa_score(observed, said, sample_weight=weight, weights="quadratic")
    assert quadratic_kappa(actual, named, squared) == pytest.approx([expected])


def test_an_error_counts_by_its_squared_steps() -> None:
    assert squared_steps(3).tolist() == [[0, 1, 4], [1, 0, 1], [4, 1, 0]]


def test_one_category_throughout_has_no_kappa() -> None:
    all_first = np.array([[5.0], [0.0]])
    assert np.isnan(cohen_kappa(all_first, all_first, all_first)).all()
    assert np.isnan(quadratic_kappa(all_first, all_first, np.zeros(1))).all()
