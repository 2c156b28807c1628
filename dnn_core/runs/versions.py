"""What a result was computed with."""

from __future__ import annotations

import platform
from importlib.metadata import version

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
    """Versions of Python and of the packages that can change a result."""
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }
