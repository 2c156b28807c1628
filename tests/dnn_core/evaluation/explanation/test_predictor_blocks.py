from __future__ import annotations

import numpy as np
import pytest

from dnn_core.evaluation.explanation.predictor_blocks import (
    blocks_by_association,
    blocks_by_name,
    question_blocks,
    strongest_between,
)
from dnn_core.specs import Blocks


def test_names_with_a_number_a_letter_after_it_or_a_separator() -> None:
    names = ["A1", "A2", "A3", "C1", "C2", "q12a", "q12b", "trust_police", "trust_press", "age"]
    assert blocks_by_name(names) == [
        ("A1", "A2", "A3"),
        ("C1", "C2"),
        ("q12a", "q12b"),
        ("trust_police", "trust_press"),
    ]


def test_the_longest_beginning_that_is_shared_decides() -> None:
    names = ["media_tv_news", "media_tv_talk", "media_paper", "media_radio", "x", "y", "z", "w"]
    assert blocks_by_name(names) == [
        ("media_tv_news", "media_tv_talk"),
        ("media_paper", "media_radio"),
    ]


def test_a_beginning_that_most_share_is_no_block() -> None:
    assert blocks_by_name(["V160101", "V160102", "V160201", "age", "V17"]) == []
    assert blocks_by_name(["age", "income", "educ"]) == []
    assert blocks_by_name([]) == []


@pytest.mark.parametrize(
    ("names", "blocks"),
    [
        # Exactly half share the beginning, and more than half.
        (["q1", "q2", "age", "sex"], [("q1", "q2")]),
        (["q1", "q2", "q3", "sex"], []),
        (["q1", "q2"], []),
        # Each sign that parts a name, and a letter behind a number.
        (
            ["a.x", "a.y", "b-x", "b-y", "c x", "c y"],
            [("a.x", "a.y"), ("b-x", "b-y"), ("c x", "c y")],
        ),
        (["v7a", "v7b", "v8", "w9", "x", "y"], [("v7a", "v7b")]),
        (["v7a", "v8b", "x", "y"], [("v7a", "v8b")]),
        # What is shared with nobody, or is no beginning at all.
        (["_1", "_2", "x", "y"], []),
        (["1", "2", "x", "y"], []),
        (["v12", "v3", "x1y", "x"], [("v12", "v3")]),
    ],
)
def test_beginnings_of_names(names: list[str], blocks: list[tuple[str, ...]]) -> None:
    assert blocks_by_name(names) == blocks


def test_an_association_at_the_limit_joins_and_one_below_does_not() -> None:
    for value, blocks in ((0.5, [("a", "b")]), (0.4999, []), (1.0 + 1e-9, [("a", "b")])):
        association = np.array([[1.0, value], [value, 1.0]])
        assert blocks_by_association(["a", "b"], association) == blocks
    pair = np.array([[1.0, 0.3], [0.3, 1.0]])
    assert blocks_by_association(["a", "b"], pair, least=0.3) == [("a", "b")]
    # What differs between the two sides by arithmetic counts as its mean.
    assert blocks_by_association(["a", "b"], np.array([[1.0, 0.6], [0.4, 0.9]])) == [("a", "b")]


def test_blocks_stand_in_the_order_of_their_first_names() -> None:
    names = ["z", "p_1", "age", "p_2", "year", "a", "b"]
    association = np.eye(7)
    association[2, 4] = association[4, 2] = 0.9
    association[0, 6] = association[6, 0] = 0.8
    blocks = question_blocks(names, association)
    assert blocks == [("z", "b"), ("p_1", "p_2"), ("age", "year"), ("a",)]
    pairs = [("z", "b", 0.8), ("z", "a", 0.6), ("age", "year", 0.9)]
    assert strongest_between(blocks, pairs) == [("z", "a", 0.6)]


def test_predictors_that_are_correlated_on_average() -> None:
    association = np.eye(5)
    for i, j, r in [(0, 1, 0.9), (0, 2, 0.7), (1, 2, 0.6), (3, 4, 0.4), (2, 3, 0.55)]:
        association[i, j] = association[j, i] = r
    # d goes with c at 0.55 but hardly with a and b: 0.18 on average.
    assert blocks_by_association(list("abcde"), association) == [("a", "b", "c")]
    assert blocks_by_association(["a"], np.eye(1)) == []


def test_names_come_first_then_association_and_everybody_is_in_one_block() -> None:
    names = ["t_a", "t_b", "age", "pension", "sex", "e", "f"]
    association = np.eye(7)
    association[2, 3] = association[3, 2] = 0.8
    association[1, 2] = association[2, 1] = 0.9
    blocks = question_blocks(names, association)
    assert blocks == [("t_a", "t_b"), ("age", "pension"), ("sex",), ("e",), ("f",)]
    pairs = [("t_b", "age", 0.9), ("age", "pension", 0.8)]
    assert strongest_between(blocks, pairs) == [("t_b", "age", 0.9)]


def test_only_names_or_only_association() -> None:
    names = ["t_a", "t_b", "age", "pension", "sex", "e"]
    association = np.eye(6)
    association[1, 2] = association[2, 1] = 0.9
    by_names = question_blocks(names, association, Blocks.NAMES)
    assert by_names == [("t_a", "t_b"), ("age",), ("pension",), ("sex",), ("e",)]
    by_association = question_blocks(names, association, Blocks.CORRELATION)
    assert by_association == [("t_a",), ("t_b", "age"), ("pension",), ("sex",), ("e",)]
