"""The software versions of a result."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

from dnn_core.installation import __version__

WORKBENCH = "dnn-workbench"

PACKAGES = (
    "tensorflow",
    "keras",
    "scikit-learn",
    "scipy",
    "pandas",
    "numpy",
    "skops",
    "pyarrow",
    "pyreadstat",
    "python-calamine",
)
"""Packages whose versions can change a result; the last three read files."""


def versions() -> dict[str, str]:
    """Versions of Python, of the workbench and of the packages that can change a result."""
    return {
        "python": platform.python_version(),
        WORKBENCH: __version__,
        **{package: version(package) for package in PACKAGES},
    }


def release(versions: Mapping[str, str]) -> str:
    """The workbench that a run was made with; one of an early release does not say which."""
    return f"DNN Workbench {versions[WORKBENCH]}" if WORKBENCH in versions else "DNN Workbench"
