"""What could make the result too good: told on Variables, answered, and not forgotten on Train."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dnn_core.specs import Answer, SplitMethod, SplitSpec, Task
from pages.session import data_cache, draft_cache
from pages.session.task import LEFT_OUT, PREDICTOR

LEAK = "polling_place_wait"
TITLE = r"Whether “polling\_place\_wait” is answered gives “turnout” away\."
GROUPED = SplitSpec(method=SplitMethod.GROUPED)
ANSWER = Answer(code="missing_tells", variable=LEAK, reason="We study *skip* patterns")


@pytest.fixture
def leaky(sample_draft):
    """The simulated survey with its planted leak as a predictor."""

    def make(**changes):
        draft = sample_draft("simulated_survey", split=GROUPED)
        values = {"roles": {**draft.roles, LEAK: PREDICTOR}, **changes}
        return sample_draft("simulated_survey", split=GROUPED, **values)

    return make


def labels(at) -> list[str]:
    return [button.label for button in at.button]


def test_a_sample_as_it_is_has_nothing_to_tell(app, words, sample_draft):
    at = app("variables", sample_draft("simulated_survey", split=GROUPED))
    assert "What could make the result too good?" in words(at)
    assert "**No problem was found.**" in words(at)
    assert "Leave the variable out" not in labels(at)
    assert "too good" not in words(app("train", sample_draft("anes96")))


def test_the_planted_leak_is_told_and_can_be_left_out(app, words, button, leaky):
    at = app("variables", leaky())
    assert TITLE in words(at)
    assert words(at).count(":material/error: Problem") == 1
    button(at, "Leave the variable out").click().run()
    assert not at.exception
    assert at.session_state["draft"].roles[LEAK] == LEFT_OUT
    assert TITLE not in words(at)
    assert "**No problem was found.**" in words(at)


def test_a_finding_is_answered_with_a_reason(app, words, button, leaky):
    at = app("variables", leaky())
    button(at, "Keep this answer").click().run()
    assert "A reason is missing." in words(at)
    (reason,) = [t for t in at.text_input if t.label == "Why is it intended?"]
    reason.set_value("  We study *skip* patterns ").run()
    button(at, "Keep this answer").click().run()
    assert not at.exception
    assert at.session_state["draft"].answers == {"turnout": (ANSWER,)}
    assert r"We study \*skip\* patterns" in words(at)
    assert ":material/chat_bubble: Meant" in words(at)
    assert "Leave the variable out" not in labels(at)
    button(at, "Withdraw the answer").click().run()
    assert at.session_state["draft"].answers == {"turnout": ()}
    assert "Leave the variable out" in labels(at)


def test_train_names_what_is_not_answered(app, words, leaky):
    at = app("train", leaky())
    assert f"**The result could be too good.** {TITLE}" in words(at)
    assert "See on Variables" in [link.label for link in at.get("page_link")]
    assert "too good" not in words(app("train", leaky(answers={"turnout": (ANSWER,)})))


def test_answers_that_are_in_force_are_part_of_what_is_trained(app, button, workspace, leaky):
    stale = Answer(code="predicts_alone", variable="age", reason="It is so")
    at = app("train", leaky(answers={"turnout": (stale, ANSWER), "age": (stale,)}))
    button(at, "Train").click().run()
    assert not at.exception
    (run,) = workspace.list_runs()
    assert run.experiment.answers == (ANSWER,)


def test_a_predictor_can_be_marked_as_later(app, words, sample_draft):
    at = app("variables", sample_draft("anes96"))
    (marks,) = [m for m in at.multiselect if m.label == "Measured after the outcome"]
    marks.set_value(["ClinLR"]).run()
    assert not at.exception
    assert "“ClinLR” was measured after “vote”\\." in words(at)
    dataset = data_cache.dataset(at.session_state["draft"])
    assert at.session_state["draft"].measured_after == ("ClinLR",)
    # The mark stays when the variable is left out, and there is nothing to tell then.
    next(b for b in at.button if b.label == "Leave the variable out").click().run()
    assert at.session_state["draft"].measured_after == ("ClinLR",)
    assert "was measured after" not in words(at)
    assert dataset is not None


def test_the_date_of_the_outcome_is_asked_for_where_there_are_dates(app, words, file_draft):
    rows = [
        f"{i % 2};{i};{2020 + (i % 300) / 365.25:.3f};{2021 + (i % 300) / 365.25:.3f}"
        for i in range(200)
    ]
    table = "voted;age;interview;paid\n" + "\n".join(rows)
    at = app("variables", file_draft(table.encode(), "dates.csv", "voted"))
    (date,) = [s for s in at.selectbox if s.label == "Date of the outcome"]
    assert date.options == ["interview", "paid"]
    assert date.value is None
    date.set_value("interview").run()
    assert not at.exception
    assert r"“paid” is later than “interview”\." in words(at)
    assert at.session_state["draft"].measured_on == "interview"


def test_other_data_begin_without_answers_and_marks(app, leaky):
    said = {
        "answers": {"turnout": (ANSWER,)},
        "measured_after": ("age",),
        "measured_on": "wave",
    }
    at = app("data", leaky(**said, reduced=("age",)))
    next(b for b in at.button if b.label == "Change data").click().run()
    draft = at.session_state["draft"]
    assert (draft.answers, draft.measured_after, draft.measured_on) == ({}, (), None)
    assert draft.reduced == ()


def test_pictures_have_no_such_section(app, words, digits_draft):
    assert "too good" not in words(app("variables", digits_draft))


def test_a_new_label_is_no_reason_to_look_again(leaky, monkeypatch):
    asked = []
    monkeypatch.setattr(draft_cache, "audit", lambda *given: asked.append(given))
    draft = leaky()
    task = Task(target="turnout", features=(LEAK,))
    dataset = data_cache.dataset(draft)
    for changes, times in (({"label": "Wait"}, 1), ({"missing_codes": ("0",)}, 2)):
        draft_cache.audit_of(dataset, task, draft)
        edited = dataset.variable(LEAK).model_copy(update=changes)
        draft = replace(draft, edits={LEAK: edited})
        draft_cache.audit_of(data_cache.dataset(draft), task, draft)
        assert len(asked) == times
