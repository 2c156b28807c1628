"""The wheel in an environment of its own: nothing of the clone is within its reach."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import dnn_core
from tests.browser.server import ROOT, Dashboard, open_sample


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", ROOT, "--no-deps", "--no-build-isolation", "--wheel-dir", folder)
    (made,) = folder.iterdir()
    return made


def pip(*words: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    subprocess.run(command, check=True)


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its commands; it borrows the packages that the tests run with."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    pip("--python", python, "install", "--no-deps", "--no-index", wheel)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


def answer(folder: Path, *words: str | Path) -> str:
    """What a command says that is started in a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        words, cwd=folder, env=kept, check=True, capture_output=True, encoding="utf-8"
    )
    return done.stdout.strip()


def test_the_wheel_brings_two_folders_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    folders = {name.partition("/")[0] for name in names}
    assert folders == {
        "dnn_core",
        "dnn_workbench",
        f"dnn_workbench-{dnn_core.__version__}.dist-info",
    }
    assert "dnn_workbench/.streamlit/config.toml" in names
    assert not [name for name in names if "test_" in name or name.endswith(".pyc")]


def test_the_library_is_there_from_any_folder(environment: Path, tmp_path: Path) -> None:
    told = answer(
        tmp_path,
        environment / "python",
        "-c",
        "import dnn_core as dnn; from dnn_core.data.samples import SAMPLE_FOLDER;"
        "from dnn_core.package.scoring_script import scoring_files;"
        "from dnn_core.commands.dashboard import START;"
        "print(dnn.__version__, len(dnn.read_dataset(SAMPLE_FOLDER / 'anes96.csv')),"
        "'dnn_core/LICENSE' in scoring_files(pixels=False), START, dnn.__file__)",
    )
    start = "dnn-workbench dashboard"
    assert told.startswith(f"{dnn_core.__version__} 944 True {start} {environment.parent}")


def test_the_package_is_a_command_too(environment: Path, tmp_path: Path) -> None:
    told = answer(tmp_path, environment / "python", "-m", "dnn_core", "--version")
    assert told == f"DNN Workbench {dnn_core.__version__}"


@pytest.fixture(scope="module")
def installed(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    command = (str(environment / "dnn-workbench"), "dashboard", "--")
    folder = tmp_path_factory.mktemp("elsewhere")
    dashboard = Dashboard(tmp_path_factory.mktemp("workspace"), command, folder)
    dashboard.start()
    yield dashboard
    dashboard.stop_everything()


def test_the_dashboard_has_its_theme_and_its_samples(page: Page, installed: Dashboard) -> None:
    page.emulate_media(color_scheme="light")
    open_sample(page, installed, "Presidential vote, 1996")
    heading = page.get_by_role("heading", level=1)
    assert "Source Serif" in heading.evaluate("one => getComputedStyle(one).fontFamily")
    # The petrol of .streamlit/config.toml, and not Streamlit's red.
    following = page.get_by_role("button", name="Next: Variables")
    assert following.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(23, 92, 107)"
    expect(page.get_by_text("944").first).to_be_visible()


def test_only_this_computer_reaches_it(installed: Dashboard) -> None:
    log = (installed.home / "dashboard.log").read_text(encoding="utf-8")
    assert f"http://127.0.0.1:{installed.port}" in log
    assert "Network URL" not in log
