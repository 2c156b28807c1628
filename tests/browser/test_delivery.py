"""What the server does so that the first page comes soon. No browser is needed."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit

from tests.browser.server import Dashboard

STATIC = Path(streamlit.__file__).parent / "static" / "static"
SMALL = sorted((STATIC / "js").glob("*.js"), key=lambda path: path.stat().st_size)[0]


@pytest.fixture
def connection(dashboard: Dashboard) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection("127.0.0.1", dashboard.port, timeout=20)
    yield opened
    opened.close()


def ask(
    connection: http.client.HTTPConnection, path: str, method: str = "GET"
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request(method, path)
    answer = connection.getresponse()
    return answer, answer.read()


def test_streamlits_own_files_arrive_as_they_are(connection: http.client.HTTPConnection) -> None:
    for path in [SMALL, *sorted((STATIC / "css").iterdir()), *sorted((STATIC / "media").iterdir())]:
        where = path.relative_to(STATIC).as_posix()
        answer, body = ask(connection, f"/static/{where}")
        assert (answer.status, body == path.read_bytes()) == (200, True), where
        assert "immutable" in answer.headers["Cache-Control"]
        # Streamlit's own answer to the same question, which HEAD still gets.
        own, _ = ask(connection, f"/static/{where}", "HEAD")
        assert answer.headers["Cache-Control"] == own.headers["Cache-Control"]
        if path.suffix in {".js", ".css"}:
            assert answer.headers["Content-Type"] == own.headers["Content-Type"]


@pytest.mark.parametrize("up", ["..", "%2e%2e"])
def test_no_name_leads_out_of_the_folder(connection: http.client.HTTPConnection, up: str) -> None:
    _, body = ask(connection, f"/static/{up}/{up}/__init__.py")
    assert body != Path(streamlit.__file__).read_bytes()


def test_small_answers_on_an_open_connection_do_not_wait(
    connection: http.client.HTTPConnection,
) -> None:
    seconds = []
    for _ in range(30):
        began = time.monotonic()
        ask(connection, f"/static/js/{SMALL.name}")
        seconds.append(time.monotonic() - began)
    # With Nagle's algorithm each answer after the first few takes 40 ms and more.
    assert statistics.median(seconds) < 0.02
