"""The dashboard without a server: its own workspace, no training process, runs trained once."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from dnn_core.compute import process
from dnn_core.data.readers import read_bytes
from dnn_core.data.samples import list_samples
from dnn_core.runs.records import Phase, State
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import AnalysisSpec
from dnn_core.tuning.study import Study
from pages.session import data_cache
from pages.session.kept_draft import roles_of
from pages.session.state import DataChoice, Draft
from pages.session.task import OUTCOME, PREDICTOR
from pages.shell.navigation import PAGES

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_RENDER = 30


class FakeCompute:
    """What the pages ask of the training process; remembers it, and trains nothing."""

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self.asked: list[pd.DataFrame] = []
        self.opened: list[str] = []
        self.analysed: list[tuple[str, AnalysisSpec]] = []
        self.searched: list[str] = []
        self.answer: Callable[[pd.DataFrame], pd.DataFrame] | None = None

    def submit(self, run: Run) -> None:
        self.submitted.append(run.id)

    def stop(self, run: Run) -> None:
        run.request_stop()

    def reconcile(self, runs: Iterable[Run]) -> None:
        assert all(run.status.active for run in runs)

    def predict(self, run_id: str, frame: pd.DataFrame) -> pd.DataFrame:
        self.asked.append(frame)
        assert self.answer is not None, "this test has not said what is predicted"
        return self.answer(frame)

    def analyse(self, run: Run, asked: AnalysisSpec) -> None:
        run.analyses.ask(asked)
        self.analysed.append((run.id, asked))

    def reconcile_analysis(self, run: Run) -> None:
        assert run.analyses.progress is not None

    def open_test(self, run_id: str) -> None:
        self.opened.append(run_id)

    def search(self, study: Study) -> None:
        assert study.status.active
        self.searched.append(study.id)

    def stop_study(self, study: Study) -> None:
        study.request_stop()

    def reconcile_study(self, study: Study) -> None:
        assert study.directory.exists()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty workspace for each test, and nothing kept from the test before."""
    folder = tmp_path / "home"
    monkeypatch.setenv("DNN_WORKBENCH_HOME", str(folder))
    monkeypatch.delenv(process.EXTERNAL, raising=False)
    _clear_caches()
    yield folder
    _clear_caches()


def _clear_caches() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(scope="session", autouse=True)
def _look_for_components_once() -> Iterator[None]:
    """Streamlit reads what every installed package says of itself, anew for each test: 0.12 s."""
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(scope="session", autouse=True)
def _leave_keras_alone() -> Iterator[None]:
    """After each look at a page Streamlit clears Keras, where a process has it: most of a second.

    The dashboard's own process never has it; one that runs the tests of training has.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        yield


@pytest.fixture(autouse=True)
def compute(monkeypatch: pytest.MonkeyPatch) -> FakeCompute:
    """Stands where the training process would; none can be started from a test."""
    fake = FakeCompute()
    monkeypatch.setattr(data_cache, "start_compute", lambda: None)
    monkeypatch.setattr(data_cache, "compute", lambda: fake)
    monkeypatch.setattr(process, "_spawn", _refuse)
    return fake


def _refuse(workspace: Workspace, after_seconds: float) -> NoReturn:
    raise AssertionError("a test of the pages started a training process")


@pytest.fixture
def workspace(home: Path) -> Workspace:
    return Workspace(home)


@pytest.fixture
def app() -> Callable[..., AppTest]:
    """Open a page as a person would who has made these choices."""

    def open_page(
        page: str = "data",
        draft: Draft | None = None,
        run: str | None = None,
        data: str | None = None,
        seconds: float = SECONDS_TO_RENDER,
    ) -> AppTest:
        at = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=seconds)
        if draft is not None:
            at.session_state["draft"] = draft
        if run is not None:
            at.query_params["run"] = run
        if data is not None:
            at.query_params["data"] = data
        at.run()
        if page != "data":
            at.switch_page(PAGES[page]).run()
        assert not at.exception, at.exception
        return at

    return open_page


# Drafts ---------------------------------------------------------------------


@pytest.fixture
def sample_draft() -> Callable[..., Draft]:
    """The draft after “Open the sample”."""

    def make(name: str = "anes96", **changes: object) -> Draft:
        sample = {s.name: s for s in list_samples()}[name]
        choice = DataChoice("sample", name)
        dataset = data_cache.dataset(Draft(choice=choice))
        assert dataset is not None
        values = {"choice": choice, "roles": roles_of(dataset, sample), "kind": sample.kind}
        return Draft(**{**values, **changes})

    return make


@pytest.fixture
def digits_draft() -> Draft:
    """The draft after “Small digits”."""
    choice = DataChoice("digits", "digits")
    return Draft(choice=choice, roles={"digit": OUTCOME, "image": PREDICTOR})


@pytest.fixture
def file_draft(workspace: Workspace) -> Callable[..., Draft]:
    """The draft after an upload, with one variable as outcome."""

    def make(content: bytes, name: str, outcome: str | None = None, **changes: object) -> Draft:
        path = workspace.store_upload(content, name)
        stored = f"{path.parent.name}/{path.name}"
        choice = DataChoice("file", stored, data_cache.detected_options(stored))
        roles = roles_of(read_bytes(content, name), None)
        if outcome is not None:
            roles[outcome] = OUTCOME
        return Draft(**{"choice": choice, "roles": roles, **changes})

    return make


# Runs -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def trained(train_once: Callable[..., Path]) -> tuple[Path, dict[str, str]]:
    """A workspace with real runs, and their ids by name; trained once for all tests."""
    folder = train_once("pages", _train)
    return folder, json.loads((folder / "runs.json").read_text(encoding="utf-8"))


def _train(folder: Path) -> None:
    subprocess.run(
        [sys.executable, Path(__file__).with_name("train_runs.py"), folder],
        env={**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=600,
    )


@pytest.fixture
def finished(trained: tuple[Path, dict[str, str]], workspace: Workspace) -> Callable[[str], Run]:
    """Copy a trained run and its data into the test's workspace."""
    folder, ids = trained

    def copy(name: str) -> Run:
        run_id = ids[name]
        shutil.copytree(folder / "runs" / run_id, workspace.runs / run_id)
        run = workspace.run(run_id)
        data = str(run.experiment.data)
        shutil.copytree(folder / "datasets" / data, workspace.datasets / data, dirs_exist_ok=True)
        return run

    return copy


@pytest.fixture
def in_state(finished: Callable[[str], Run]) -> Callable[..., Run]:
    """A run as it looks in some state, made from the trained binary one."""

    def make(state: State, *, epochs: int = 3, message: str = "") -> Run:
        run = finished("binary")
        if state not in (State.FINISHED, State.STOPPED):
            for name in ("facts.json", "metrics.json", "predictions.parquet", "model.keras"):
                (run.directory / name).unlink()
        path = run.directory / "history.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[:epochs]), encoding="utf-8")
        changes = {"state": state, "message": message, "epoch": epochs, "epoch_share": 1.0}
        if state is State.QUEUED:
            changes |= {"phase": Phase.WAITING, "started_at": None, "ended_at": None}
        elif state is State.RUNNING:
            phase = Phase.TRAINING if epochs else Phase.PREPARING
            changes |= {"phase": phase, "ended_at": None}
        run.update_status(**changes)
        return run

    return make


# What is on the page ----------------------------------------------------------


@pytest.fixture
def words() -> Callable[[AppTest], str]:
    """Everything that is written on the page and in the sidebar, as Markdown or HTML."""

    def read(at: AppTest) -> str:
        kinds = (at.title, at.header, at.subheader, at.markdown, at.caption)
        written = [str(element.value) for kind in kinds for element in kind]
        written += [expander.label for expander in at.expander]
        return "\n".join([*written, *(progress.text for progress in at.progress)])

    return read


@pytest.fixture
def button() -> Callable[[AppTest, str], object]:
    """The button with a label."""

    def find(at: AppTest, label: str) -> object:
        result = [b for b in at.button if b.label == label]
        assert len(result) == 1, [b.label for b in at.button]
        return result[0]

    return find


@pytest.fixture
def tiles() -> Callable[[AppTest], dict[str, str]]:
    """Label and value of every tile."""
    return lambda at: {metric.label: metric.value for metric in at.metric}


@pytest.fixture
def charts() -> Callable[[AppTest], list[str]]:
    """The alternative text of every chart."""
    return lambda at: [chart.proto.alt for chart in at.get("vega_lite_chart")]
