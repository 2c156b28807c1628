"""The server: it has everything loaded, and a warm worker on its way, before the first visit."""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import streamlit as st

import pages.components
from dnn_core.compute.cluster import load, start_if_needed
from dnn_core.runs.workspace import Workspace


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Start the training process; it outlives this server."""
    start_if_needed(Workspace())
    yield


# Otherwise the first visitor would wait for pandas, scikit-learn, Altair and Dask.
load()
for module in pkgutil.iter_modules(pages.components.__path__):
    import_module(f"pages.components.{module.name}")

app = st.App("pages/frame.py", lifespan=lifespan)
