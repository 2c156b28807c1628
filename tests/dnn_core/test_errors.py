"""The one exception that a researcher can act on."""

from __future__ import annotations

import pickle

from dnn_core.errors import UserError


def test_the_message_says_everything_it_knows() -> None:
    error = UserError("It broke.", expected="two", received="one", remedy="Add one.")
    assert str(error) == "It broke. Expected: two. Received: one. Add one."


def test_what_is_not_known_is_not_said() -> None:
    assert str(UserError("It broke.")) == "It broke."


def test_it_travels_from_a_worker_to_the_dashboard() -> None:
    error = UserError("It broke.", expected="two", received="one", remedy="Add one.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
