"""Which release this is, and where the files lie that are no part of the package."""

from __future__ import annotations

from pathlib import Path

__version__ = "0.1.0"
"""The one place in which it stands; `pyproject.toml` reads it from here."""

ROOT = Path(__file__).resolve().parents[1]
"""The folder with `dnn_core` in it: a clone, or the packages of an environment."""

_INSTALLED = ROOT / "dnn_workbench"

DASHBOARD = _INSTALLED if _INSTALLED.is_dir() else ROOT
"""The folder with `app.py`, `pages`, `sample_data`, the theme and the licence.

In a clone they lie beside the package. In an environment, where such names might meet those of
others, they have a folder of their own; `pyproject.toml` puts them there.
"""
