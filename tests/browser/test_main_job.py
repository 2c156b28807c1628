"""The main job in a real browser: from an uploaded CSV to a model in one's own hands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Page, expect

from tests.browser.server import (
    SHARED_DATA,
    Dashboard,
    choose,
    follow,
    go_to,
    open_page,
    open_sample,
    set_number,
    settle,
    start_training,
    wait_for_epoch,
    wait_until_trained,
)

BARE = """
import sys
import keras
import numpy as np
model = keras.models.load_model(sys.argv[1])
print(model.predict(np.zeros((1, model.input_shape[1]), "float32"), verbose=0).shape)
"""


def survey(path: Path) -> Path:
    """A small survey as a German office would export it."""
    generator = np.random.default_rng(0)
    rows = 400
    age = generator.integers(18, 90, rows)
    income = generator.lognormal(7.5, 0.5, rows).round(2)
    vote = (generator.random(rows) < 1 / (1 + np.exp(-(age - 50) / 12))).astype(int)
    frame = pd.DataFrame(
        {
            "vote": np.where(vote == 1, "voted", "did not vote"),
            "age": age,
            "income": income,
            "town": generator.choice(["Köln", "München", "Görlitz"], rows),
        }
    )
    frame.to_csv(path, sep=";", decimal=",", index=False, encoding="cp1252")
    return path


def is_for_nobody_else(home: Path) -> None:
    """What server, workers and libraries wrote can be read by the account that runs them only."""
    paths = [home, *home.rglob("*")]
    # The one that the tests write themselves.
    paths.remove(home / "dashboard.log")
    names = {path.name for path in paths}
    assert {"umfrage.csv", "frame.parquet", "model.keras", "encoder.skops", "compute.log"} <= names
    assert [path for path in paths if path.stat().st_mode & 0o077] == []


def test_from_an_uploaded_csv_to_predictions_and_a_model(
    page: Page, dashboard: Dashboard, tmp_path: Path
) -> None:
    open_page(page, dashboard)
    page.locator("input[type=file]").set_input_files(survey(tmp_path / "umfrage.csv"))
    expect(page.get_by_text("Everything guessed, nothing changed")).to_be_visible()
    expect(page.get_by_role("combobox", name="Delimiter")).to_have_value("Semicolon ;")
    expect(page.get_by_role("combobox", name="Decimal mark")).to_have_value("Comma 1,5")
    page.get_by_role("button", name="Next: Variables").click()
    expect(page.get_by_role("heading", level=1, name="Variables")).to_be_visible()
    settle(page)
    choose(page, "Outcome", "vote")
    expect(page.get_by_role("combobox", name="Kind of task")).to_have_value(
        "Two categories (binary)"
    )

    start_training(page, epochs=5000, early_stopping=False)
    wait_for_epoch(page, 3)
    wait_for_epoch(page, 8)
    page.get_by_role("button", name="Stop, keep best epoch").click()
    wait_until_trained(page, 30)
    expect(page.get_by_text(re.compile("stopped after"))).to_be_visible()

    page.get_by_role("button", name="Next: Diagnose").click()
    expect(page.get_by_text("Is the network worth it?")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Next: Predict").click()
    expect(page.get_by_role("heading", name="What would it predict for one case?")).to_be_visible()

    page.get_by_test_id("stPopover").get_by_role("button").first.click()
    with page.expect_download() as caught:
        page.get_by_role("button", name=re.compile("Predictions")).click()
    caught.value.save_as(tmp_path / "predictions.csv")
    with page.expect_download() as caught:
        page.get_by_role("button", name=re.compile("The model")).click()
    caught.value.save_as(tmp_path / "mine.keras")

    predictions = pd.read_csv(tmp_path / "predictions.csv")
    original = pd.read_csv(tmp_path / "umfrage.csv", sep=";", decimal=",", encoding="cp1252")
    # The test fifth is sealed, so four fifths have predictions, beside their own columns.
    assert len(predictions) == 320
    assert set(original.columns) <= set(predictions.columns)
    rows = predictions["row"].to_numpy() - 1
    assert (original["income"].to_numpy()[rows] == predictions["income"]).all()
    bare = subprocess.run(
        [sys.executable, "-I", "-c", BARE, str(tmp_path / "mine.keras")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert bare.stdout.strip().endswith("(1, 1)")
    is_for_nobody_else(dashboard.home)


def test_mnist_learns_to_read_digits(page: Page, dashboard: Dashboard) -> None:
    if not (SHARED_DATA / "mnist").exists():
        import pytest

        pytest.skip("The MNIST files are not in ../shared/data/mnist.")
    open_page(page, dashboard)
    page.get_by_role("button", name="Open MNIST").click()
    expect(page.get_by_text("What do the digits look like?")).to_be_visible(timeout=60_000)
    settle(page)
    go_to(page, "Network")
    page.get_by_role("button", name="Remove last").click()
    follow(page)
    set_number(page, "Batch size", "32")
    start_training(page, epochs=3)
    wait_until_trained(page, 180)
    tile = page.locator("[data-testid=stMetric]", has_text="Validation Accuracy")
    value = float(tile.locator("[data-testid=stMetricValue]").inner_text())
    assert value > 0.96
    page.get_by_role("button", name="Next: Diagnose").click()
    page.get_by_role("radio", name="Where does it err?").click()
    expect(page.get_by_text("Which images does it get wrong?")).to_be_visible(timeout=60_000)


def test_the_reading_can_be_changed_and_the_preview_follows(
    page: Page, dashboard: Dashboard, tmp_path: Path
) -> None:
    open_page(page, dashboard)
    page.locator("input[type=file]").set_input_files(survey(tmp_path / "umfrage2.csv"))
    expect(page.get_by_text("Everything guessed, nothing changed")).to_be_visible()
    tile = page.locator("[data-testid=stMetric]", has_text="Variables")
    expect(tile).to_contain_text("4")
    choose(page, "Delimiter", "Tab")
    expect(page.get_by_text("Changed by you")).to_be_visible()
    choose(page, "Delimiter", "Semicolon ;")
    expect(tile).to_contain_text("4")


def test_bad_files_get_a_sentence_and_lose_nothing(
    page: Page, dashboard: Dashboard, tmp_path: Path
) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "zip.csv").write_bytes(b"PK\x03\x04" + bytes(200))
    for name in ("empty.csv", "zip.csv"):
        open_page(page, dashboard)
        page.locator("input[type=file]").set_input_files(tmp_path / name)
        expect(
            page.locator("[data-testid=stMain] [role=img][aria-label*=error]").first
        ).to_be_visible()
        expect(page.get_by_role("button", name="Open the sample")).to_be_visible()
        expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_setting_survives_a_visit_to_another_page(page: Page, dashboard: Dashboard) -> None:
    open_sample(page, dashboard, "Presidential vote, 1996")
    go_to(page, "Network")
    set_number(page, "Epochs", "17")
    settle(page)
    go_to(page, "Train")
    expect(page.get_by_text("at most 17")).to_be_visible()
    go_to(page, "Network")
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("17")
