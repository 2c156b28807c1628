from __future__ import annotations

import pytest

from dnn_core.audit.finding import Finding, Severity
from dnn_core.checks import lead_sentence, run_checks
from dnn_core.runs.records import State
from dnn_core.specs import Kind
from tests.dnn_core.checks.conftest import scores_by_fold

NAN = float("nan")


def _sentence(run) -> str:
    findings, _ = run_checks(run)
    return lead_sentence(run, findings)


def _binary(make_run, score=(0.78, 0.73, 0.82), gain=(0.012, -0.008, 0.031), **arguments):
    chance = (score[0] - 0.5, score[1] - 0.5, score[2] - 0.5)
    return make_run(
        scores={("network", "validation"): score},
        gains={("logistic", "validation"): gain, ("majority", "validation"): chance},
        **arguments,
    )


def test_sums_up_performance_gain_and_drawback(make_run):
    run = _binary(
        make_run,
        labels={"vote": "Turnout"},
        training_counts={"No": 200, "Yes": 800},
        observed=["No"] * 78 + ["Yes"] * 300,
        predicted=[0.2] * 25 + [0.8] * 53 + [0.9] * 300,
    )
    assert _sentence(run) == (
        "In the validation part the network predicts “Turnout” well, but is not distinguishable "
        "from logistic regression (difference in AUC 0.012, 95 % interval −0.008 to 0.031), and "
        "it recognises fewer than half of the cases of “No”."
    )


def test_names_counts_where_the_interval_reaches_one_half(make_run):
    run = _binary(
        make_run,
        training_counts={"No": 200, "Yes": 800},
        observed=["No"] * 78 + ["Yes"] * 300,
        predicted=[0.2] * 32 + [0.8] * 46 + [0.9] * 300,
    )
    # Wilson: 0.31 to 0.52.
    assert _sentence(run).endswith("and it recognises 32 of 78 cases of “No”.")


@pytest.mark.parametrize(
    ("score", "words"),
    [
        ((0.9, 0.85, 0.95), "predicts “vote” very well"),
        ((0.9, 0.75, 0.95), "predicts “vote” well"),
        ((0.9, 0.65, 0.95), "predicts “vote” moderately well"),
        ((0.9, 0.55, 0.95), "predicts “vote” a little better than chance"),
        ((0.6, 0.45, 0.75), "does not predict “vote” demonstrably better than chance"),
    ],
)
def test_claims_no_more_than_the_lower_end_of_the_interval(make_run, score, words):
    assert words in _sentence(_binary(make_run, score=score))


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (
            (0.03, 0.01, 0.05),
            "well and better than every simpler model (logistic regression comes closest: "
            "difference in AUC 0.030, 95 % interval 0.010 to 0.050).",
        ),
        (
            (-0.03, -0.05, -0.01),
            "well, but worse than logistic regression "
            "(difference in AUC −0.030, 95 % interval −0.050 to −0.010).",
        ),
        (
            (0.01, -0.02, 0.04),
            "well, but is not distinguishable from logistic regression "
            "(difference in AUC 0.010, 95 % interval −0.020 to 0.040).",
        ),
    ],
)
def test_compares_by_where_the_interval_lies(make_run, gain, words):
    assert _sentence(_binary(make_run, gain=gain)).endswith(words)


@pytest.mark.parametrize(
    ("low", "words"),
    [
        (0.01, "predicts “vote” a little better than the mean alone"),
        (-0.01, "does not predict “vote” demonstrably better than the mean alone"),
    ],
)
def test_a_quantity_is_compared_with_its_mean(make_run, low, words):
    figure = (0.05, low, 0.09)
    run = make_run(
        kind=Kind.REGRESSION,
        scores={("network", "validation"): figure},
        gains={("mean", "validation"): figure},
    )
    assert words in _sentence(run)


def test_several_categories_are_judged_by_the_errors_avoided(make_run):
    # Naming the most frequent category is wrong in 60 of 100; 30 of them are surely
    # avoided, one half.
    run = make_run(
        kind=Kind.MULTICLASS,
        scores={
            ("network", "validation"): (0.75, 0.7, 0.8),
            ("majority", "validation"): (0.4, 0.35, 0.45),
        },
        gains={("majority", "validation"): (0.35, 0.30, 0.40)},
    )
    assert _sentence(run) == "In the validation part the network predicts “vote” well."


def test_labels_stand_as_they_are_in_the_file(make_run):
    # Escaping is left to the page, which knows what its medium interprets.
    run = _binary(make_run, labels={"vote": "[a](b) $x$ :red[…]"})
    assert "predicts “[a](b) $x$ :red[…]” well" in _sentence(run)


def test_a_linear_network_is_not_compared_with_itself(make_run):
    run = _binary(make_run, network={"hidden": []})
    assert _sentence(run) == "In the validation part the network predicts “vote” well."


def test_speaks_of_the_test_part_once_it_is_open(make_run):
    run = make_run(
        test_opened=True,
        scores={("network", "test"): (0.78, 0.73, 0.82)},
        gains={("majority", "test"): (0.28, 0.23, 0.32)},
    )
    assert _sentence(run).startswith("In the test part the network predicts “vote” well")


def test_predictions_that_do_not_differ_are_all_there_is_to_say(make_run):
    run = _binary(make_run, observed=["Yes", "No"] * 50, predicted=[0.6] * 100)
    assert _sentence(run) == (
        "In the validation part the network predicts the same for every case, whatever the "
        "predictors say."
    )


def test_says_that_one_category_is_named_throughout(make_run):
    run = _binary(
        make_run, observed=["Yes", "No"] * 5, predicted=[0.55 + 0.04 * n for n in range(10)]
    )
    assert _sentence(run).endswith(", and it puts every case into the same category.")


@pytest.mark.parametrize(
    ("state", "val_loss", "sentence"),
    [
        (State.RUNNING, [0.5], "Training has not ended yet, so there is nothing to evaluate."),
        (
            State.FAILED,
            [0.5, NAN],
            "Training diverged in epoch 2, and there is no network to evaluate.",
        ),
        (
            State.INTERRUPTED,
            [0.5],
            "This run has no trained network, so there is nothing to evaluate.",
        ),
        (
            State.FINISHED,
            [0.5],
            "The network is trained, but the validation part is too small to evaluate it.",
        ),
    ],
)
def test_says_why_there_is_nothing_to_judge(make_run, state, val_loss, sentence):
    run = make_run(state=state, loss=[0.5] * len(val_loss), val_loss=val_loss)
    assert _sentence(run) == sentence


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (lambda fold: [0.72 + 0.05 * (-1) ** fold], ", which other rows do not confirm."),
        (lambda fold: [0.8 + 0.01 * fold], "0.055)."),
    ],
)
def test_a_gain_that_other_rows_do_not_confirm_is_said_to_be_so(make_run, network, words):
    result = scores_by_fold(network, lambda fold: 0.7)
    run = _binary(make_run, gain=(0.035, 0.015, 0.055), resampling=result)
    assert "better than" in _sentence(run) and _sentence(run).endswith(words)


@pytest.mark.parametrize(
    ("log_loss", "words"),
    [
        ((-0.01, -0.02, 0.001), "does not predict “vote” demonstrably better than chance"),
        ((-0.01, -0.02, -0.001), "predicts “vote” a little better than chance"),
    ],
)
def test_a_ranking_that_the_log_loss_does_not_confirm_is_no_better_than_chance(
    make_run, log_loss, words
):
    run = make_run(
        scores={("network", "validation"): (0.56, 0.51, 0.61)},
        gains={
            ("majority", "validation"): (0.06, 0.01, 0.11),
            ("majority", "validation", "log_loss"): log_loss,
        },
    )
    assert words in _sentence(run)


@pytest.mark.parametrize(
    ("low", "words"),
    [
        (0.8, "very well"),
        (0.799, "well"),
        (0.7, "well"),
        (0.699, "moderately well"),
        (0.6, "moderately well"),
    ],
)
def test_a_level_is_reached_at_its_limit(make_run, low, words):
    # With the level comes how it compares, where it is any good.
    comparison = ", but is not distinguishable from logistic regression"
    assert f"“vote” {words}{comparison}" in _sentence(_binary(make_run, score=(0.9, low, 0.95)))


def test_a_little_better_is_compared_and_no_better_is_not(make_run, write_run, tmp_path):
    little = _sentence(_binary(make_run, score=(0.9, 0.55, 0.95)))
    assert "a little better than chance, but is not distinguishable from" in little
    no_better = _binary(lambda **more: write_run(tmp_path / "no", **more), score=(0.6, 0.45, 0.75))
    assert _sentence(no_better).endswith("demonstrably better than chance.")


def test_where_chance_makes_no_errors_none_can_be_avoided(make_run):
    run = make_run(
        kind=Kind.MULTICLASS,
        scores={("majority", "validation"): (1.0, 1.0, 1.0)},
        gains={("majority", "validation"): (0.0, 0.0, 0.0)},
    )
    assert "does not predict “vote” demonstrably better" in _sentence(run)


def test_better_than_the_only_other_model(make_run):
    run = make_run(
        scores={("network", "validation"): (0.78, 0.73, 0.82)},
        gains={("logistic", "validation"): (0.03, 0.01, 0.05)},
    )
    assert _sentence(run).endswith(
        "well and better than logistic regression "
        "(difference in AUC 0.030, 95 % interval 0.010 to 0.050)."
    )


def test_probabilities_that_are_off_are_a_drawback(make_run):
    drawback = Finding("uncalibrated", Severity.WATCH, "T.", "R.", "1", "of 1", "error, validation")
    assert lead_sentence(_binary(make_run), [drawback]).endswith(
        ", and its probabilities do not agree with what was observed."
    )


@pytest.mark.parametrize(
    ("high", "words"),
    [(0.499, "fewer than half of the cases of “No”."), (0.5, "32 of 78 cases of “No”.")],
)
def test_a_half_is_not_fewer_than_half(make_run, high, words):
    numbers = {"high": high, "found": 32, "cases": 78}
    drawback = Finding(
        "rare_category", Severity.WATCH, "T.", "R.", "1", "of 1", "m", numbers=numbers
    )
    assert lead_sentence(_binary(make_run), [drawback]).endswith(f", and it recognises {words}")
