"""The parts of the data: training, validation and test."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """A part of the data. Its value is used in files, in tables and on pages."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"
