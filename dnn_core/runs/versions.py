"""What a result was computed with."""

from __future__ import annotations

import platform
from importlib.metadata import version

PACKAGES = ("tensorflow", "keras", "scikit-learn", "pandas", "numpy", "skops")
"""Packages whose versions can change a result."""


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that can change a result."""
    return {
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }
