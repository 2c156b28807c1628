"""The dashboard's server: loads all modules and starts a worker before the first visit."""

from __future__ import annotations

import asyncio
import mimetypes
import pkgutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

import pages.components
from dnn_core.compute.cluster import load, start_if_needed
from dnn_core.compute.process import SECONDS_FOR_FIRST_PAGE
from dnn_core.runs.privacy import keep_private
from dnn_core.runs.workspace import Workspace
from pages.shell.faults import show_fault

STATIC = Path(st.__file__).parent / "static" / "static"

FOR_GOOD = "public, immutable, max-age=31536000"
"""As Streamlit says it itself: a file's name holds a digest of its content."""


class FilesFromMemory:
    """Streamlit's own scripts, styles and fonts, read once.

    The first page of a visitor needs about ninety of them. Streamlit opens
    each anew and reads it piece by piece in another thread, and the browser has
    nothing to do meanwhile. Whatever is not in `STATIC` is left to Streamlit.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # Names are looked up here and nowhere else, so none leads out of the folder.
        self._paths = {
            f"/static/{path.relative_to(STATIC).as_posix()}": path
            for path in STATIC.rglob("*")
            if path.is_file()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._paths.get(scope["path"]) if scope["type"] == "http" else None
        if path is None or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        kind, _ = mimetypes.guess_type(path.name)
        answer = Response(_read(path), headers={"Cache-Control": FOR_GOOD}, media_type=kind)
        await answer(scope, receive, send)


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


def send_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """Send what this loop's servers write without delay (TCP_NODELAY).

    Streamlit opens its socket without naming TCP as the protocol, and asyncio
    then does not switch off Nagle's algorithm: the second of two small writes,
    such as an answer's body after its head, waits up to 40 ms for the browser.
    Accepted connections inherit the option from the socket that listens.
    """
    create = loop.create_server

    async def create_server(
        *args: Any, sock: socket.socket | None = None, **options: Any
    ) -> asyncio.Server:
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await create(*args, sock=sock, **options)

    loop.create_server = create_server


def refresh_only_at_rest() -> None:
    """Let parts of a page that refresh themselves do so only while nothing else runs.

    The browser asks for such a refresh under the name of the page that it shows. While a
    button leads to another page, that is the page being left. Streamlit would keep the
    request, draw the new page and then the part, still under the old name; the browser
    takes that for a change of page, empties the main area, and nothing fills it again. A
    request that arrives just when a run has ended would also throw away what of that run
    is not yet sent. So a refresh is passed on only if no script is running or asked for,
    and for the page that the last run has shown; it comes again by itself soon enough.
    """
    ask: Callable[[AppSession, ClientState | None], None] = AppSession.request_rerun

    def request_rerun(session: AppSession, asked: ClientState | None) -> None:
        if asked is None or not asked.is_auto_rerun or _is_at_rest(session, asked):
            ask(session, asked)

    AppSession.request_rerun = request_rerun  # type: ignore[method-assign]


def _is_at_rest(session: AppSession, asked: ClientState) -> bool:
    # All of it happens in the server's event loop: the runner is let go there once everything
    # that it had to tell is on its way to the browser, and a new one is made there.
    return session._scriptrunner is None and asked.page_script_hash == session.page_script_hash


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Start the training process; it outlives this server."""
    keep_private()
    send_at_once(asyncio.get_running_loop())
    refresh_only_at_rest()
    start_if_needed(Workspace(), SECONDS_FOR_FIRST_PAGE)
    yield


# Otherwise the first visitor would wait for pandas, scikit-learn, Altair and Dask.
load()
for module in pkgutil.iter_modules(pages.components.__path__):
    import_module(f"pages.components.{module.name}")

app = st.App(
    "pages/frame.py",
    lifespan=lifespan,
    middleware=[Middleware(FilesFromMemory)],
    on_script_error=show_fault,
)
