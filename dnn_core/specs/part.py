"""The parts of the data: what trains, what compares epochs, what is held out."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """A part of the data. Its value stands in files, in tables and on pages."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"
