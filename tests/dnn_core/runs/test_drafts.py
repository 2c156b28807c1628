"""Drafts in the workspace: the way out and back, what is written when, damage."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dnn_core.data.dataset import Level, Variable
from dnn_core.data.readers import Delimiter, Encoding, ReadOptions, WorkbookOptions
from dnn_core.errors import UserError
from dnn_core.runs import drafts
from dnn_core.runs.drafts import DRAFT_ID, DataChoice, Draft, Keeper, read_draft
from dnn_core.specs import (
    HOML_PRESETS,
    Answer,
    EncodingSpec,
    Experiment,
    Kind,
    Replicates,
    Replication,
    Scaling,
    SplitMethod,
    SplitSpec,
    StudySpec,
    Task,
    TrainingSpec,
    suggest_vary,
)

CHOICE = DataChoice("file", f"{'a' * 64}/survey.csv")
OPENED = Draft(choice=CHOICE, roles={"age": "Predictor", "vote": "Predictor", "id": "Leave out"})


def trust(**changes) -> Variable:
    said = {"label": "“Trust” \\ 'in' Köln", "missing_codes": ("-99", "900 to 999"), **changes}
    return Variable(name="trust", level=Level.ORDINAL, value_labels={"0": "none"}, **said)


FULL = Draft(
    choice=DataChoice(
        "file",
        CHOICE.name,
        ReadOptions(delimiter=Delimiter.TAB, encoding=Encoding.LATIN_1, missing_tokens=("NA",)),
        test_file=f"{'b' * 64}/test.csv",
    ),
    edits={"trust": trust(), "größe": Variable(name="größe", level=Level.COUNT)},
    roles={"vote": "Outcome", "age": "Predictor", "id": "Leave out"},
    kind=Kind.ORDINAL,
    replicates=Replicates(columns="r1 to r80", method=Replication.JK1),
    reduced=("age",),
    measured_after=("age",),
    measured_on="wave",
    answers={"vote": (Answer(code="predicts_alone", variable="age", reason="Known before."),)},
    split=SplitSpec(method=SplitMethod.RANDOM, validation=0.25, seed=3),
    encoding=EncodingSpec(scaling=Scaling.NONE),
    network=HOML_PRESETS["128-64"],
    training=TrainingSpec(epochs=7, learning_rate=0.1),
    seed=9,
    study=StudySpec(
        experiment=Experiment(task=Task(target="vote", features=("age",))),
        vary=(suggest_vary("learning_rate"),),
    ),
)


def written(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("options", [FULL.choice.options, WorkbookOptions(sheet="Wave 2"), None])
def test_a_draft_comes_back_as_it_was(tmp_path, options):
    draft = replace(FULL, choice=replace(FULL.choice, options=options))
    Keeper(tmp_path, OPENED).keep(replace(draft, run_id="20260131-120000-a1b2c3"))
    kept = read_draft(tmp_path, CHOICE.draft_id)
    assert kept.draft == draft
    # What one starts afresh from, and no run: that is a matter of the session.
    assert kept.opened == OPENED
    assert kept.saved_at.tzinfo is not None
    assert list(written(tmp_path)) == [f"{CHOICE.draft_id}.json"]


def test_an_upload_is_known_by_its_content_and_its_ending():
    again = DataChoice("file", f"{'a' * 64}/survey (1).CSV", options=FULL.choice.options)
    assert again.draft_id == CHOICE.draft_id
    others = {
        DataChoice("file", f"{'c' * 64}/survey.csv").draft_id,
        DataChoice("file", f"{'a' * 64}/survey.txt").draft_id,
        DataChoice("sample", "anes96").draft_id,
        DataChoice("digits", "digits").draft_id,
        DataChoice("mnist", "mnist").draft_id,
        DataChoice("kept", "anes96").draft_id,
        CHOICE.draft_id,
    }
    assert len(others) == 7
    assert all(map(DRAFT_ID.fullmatch, others))


def test_nothing_is_written_until_something_changes(tmp_path, monkeypatch):
    writes = []
    monkeypatch.setattr(
        drafts, "write_whole", lambda path, text: writes.append(path.write_text(text))
    )
    keeper = Keeper(tmp_path, OPENED)
    keeper.keep(OPENED)
    keeper.keep(replace(OPENED, run_id="20260131-120000-a1b2c3"))
    assert not writes
    changed = replace(OPENED, seed=2)
    for draft in (changed, changed, replace(changed), replace(changed, run_id="another")):
        keeper.keep(draft)
    assert len(writes) == 1


def test_what_came_back_is_not_written_again(tmp_path):
    Keeper(tmp_path, OPENED).keep(replace(OPENED, seed=2))
    before = written(tmp_path)
    kept = read_draft(tmp_path, CHOICE.draft_id)
    keeper = Keeper(tmp_path, kept.opened, kept.draft)
    keeper.keep(replace(kept.draft, run_id="20260131-120000-a1b2c3"))
    assert written(tmp_path) == before
    keeper.keep(replace(kept.draft, seed=3))
    assert read_draft(tmp_path, CHOICE.draft_id).draft.seed == 3


def test_a_draft_that_is_as_it_was_opened_is_forgotten(tmp_path):
    keeper = Keeper(tmp_path, OPENED)
    keeper.keep(replace(OPENED, seed=2))
    keeper.keep(replace(OPENED, seed=1))
    assert read_draft(tmp_path, CHOICE.draft_id) is None
    # A session that has changed nothing takes nothing away from another one.
    keeper.keep(replace(OPENED, seed=2))
    Keeper(tmp_path, OPENED).keep(OPENED)
    assert read_draft(tmp_path, CHOICE.draft_id).draft.seed == 2


def test_what_nothing_else_leads_back_to_is_kept_at_once(tmp_path):
    adopted = Draft(choice=DataChoice("kept", "0123456789abcdef"), roles={"y": "Outcome"})
    Keeper(tmp_path, adopted, always=True).keep(adopted)
    kept = read_draft(tmp_path, adopted.choice.draft_id)
    assert kept.draft == adopted
    assert not list(kept.differences("Outcome"))


def test_edits_one_after_the_other_are_all_written(tmp_path):
    # What was written of a variable before is used again: only if it is the same still.
    keeper, draft = Keeper(tmp_path, OPENED), OPENED
    for label in ("a", "b", "a"):
        for name in ("trust", "age"):
            edited = trust(label=label).model_copy(update={"name": name})
            draft = replace(draft, edits={**draft.edits, name: edited})
            keeper.keep(draft)
            assert read_draft(tmp_path, CHOICE.draft_id).draft == draft
    draft = replace(draft, edits={"age": draft.edits["age"]})
    keeper.keep(draft)
    assert read_draft(tmp_path, CHOICE.draft_id).draft == draft


def test_the_last_of_two_sessions_wins_as_a_whole(tmp_path):
    first = replace(OPENED, seed=2, network=HOML_PRESETS["128-64"])
    second = replace(OPENED, split=FULL.split)
    one, two = Keeper(tmp_path, OPENED), Keeper(tmp_path, OPENED)
    one.keep(first)
    two.keep(second)
    assert read_draft(tmp_path, CHOICE.draft_id).draft == second
    one.keep(replace(first, seed=3))
    assert read_draft(tmp_path, CHOICE.draft_id).draft == replace(first, seed=3)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"version":1', '"version":2'),
        lambda text: text.replace('"seed":2', '"seed":2,"of_old":1'),
        lambda text: text.replace('"epochs"', '"passes"'),
        lambda text: json.dumps([]),
        lambda text: "[" * 100_000,
    ],
)
def test_a_damaged_draft_or_one_of_another_version_is_told(tmp_path, spoil):
    Keeper(tmp_path, OPENED).keep(replace(OPENED, seed=2))
    path = tmp_path / f"{CHOICE.draft_id}.json"
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(UserError, match="cannot be read and are ignored"):
        read_draft(tmp_path, CHOICE.draft_id)


def test_bytes_that_are_no_text_are_told(tmp_path):
    (tmp_path / f"{CHOICE.draft_id}.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read and are ignored"):
        read_draft(tmp_path, CHOICE.draft_id)


def test_a_draft_that_cannot_be_opened_is_told(tmp_path):
    (tmp_path / f"{CHOICE.draft_id}.json").mkdir()
    with pytest.raises(UserError, match="cannot be read and are ignored"):
        read_draft(tmp_path, CHOICE.draft_id)


@pytest.mark.parametrize("asked", ["", "../secret", "..", "/etc/passwd", "A" * 16, "0" * 17])
def test_no_id_leads_out_of_the_folder(tmp_path, asked):
    folder = tmp_path / "drafts"
    folder.mkdir()
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    assert read_draft(folder, asked) is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    keeper = Keeper(tmp_path / "gone", OPENED)
    changed = replace(OPENED, seed=2)
    # As long as it is so.
    for _ in range(2):
        with pytest.raises(UserError, match="cannot be saved"):
            keeper.keep(changed)
    (tmp_path / "gone").mkdir()
    keeper.keep(changed)
    assert read_draft(tmp_path / "gone", CHOICE.draft_id).draft == changed


def test_what_was_changed_is_told_in_a_few_words(tmp_path):
    def told(draft: Draft) -> list[str]:
        Keeper(tmp_path, OPENED).keep(draft)
        return list(read_draft(tmp_path, CHOICE.draft_id).differences("Outcome"))

    assert told(replace(OPENED, edits={"trust": trust()})) == ["1 variable changed"]
    assert told(replace(OPENED, roles={**OPENED.roles, "id": "Cluster"})) == ["1 other role"]
    assert told(FULL) == [
        "how the file is read",
        "2 variables changed",
        "outcome vote",
        "network 128-64",
        "1 answer to findings",
        "training settings",
        "split",
        "encoding",
        "a study",
    ]


def test_ten_thousand_edited_variables_are_kept_in_no_time(tmp_path):
    edits = {
        f"v{i}": Variable(
            name=f"v{i}",
            label=f"How much do you trust institution {i}?",
            level=Level.ORDINAL,
            value_labels={str(code): f"label {code}" for code in range(8)},
            missing_codes=("-99", "-98"),
        )
        for i in range(10_000)
    }
    choice = DataChoice("file", f"{'a' * 64}/wide.csv")
    opened = Draft(choice=choice, roles=dict.fromkeys(edits, "Predictor"))
    keeper, draft = Keeper(tmp_path, opened), replace(opened, edits=edits)
    keeper.keep(draft)
    seconds = []
    for epochs in range(1, 8):
        changed = replace(draft, training=TrainingSpec(epochs=epochs))
        began = time.process_time()
        keeper.keep(changed)
        seconds.append(time.process_time() - began)
    # 15 ms on an idle core, most of it for writing 3.6 MB.
    assert min(seconds) < 0.06
