"""DNN Workbench: train and judge dense networks on survey data.

The names below are the whole face of the library. Importing it loads neither
TensorFlow nor Streamlit; what needs TensorFlow loads it when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dnn_core.data.readers import read_dataset
from dnn_core.errors import UserError
from dnn_core.runs.run import Run, load_run
from dnn_core.specs import (
    EncodingSpec,
    Experiment,
    HiddenLayer,
    NetworkSpec,
    SplitSpec,
    Task,
    TrainingSpec,
)

if TYPE_CHECKING:
    from dnn_core.runs.execute import run_experiment

__all__ = [
    "EncodingSpec",
    "Experiment",
    "HiddenLayer",
    "NetworkSpec",
    "Run",
    "SplitSpec",
    "Task",
    "TrainingSpec",
    "UserError",
    "load_run",
    "read_dataset",
    "run_experiment",
]


def __getattr__(name: str) -> Any:
    if name == "run_experiment":
        from dnn_core.runs.execute import run_experiment

        return run_experiment
    raise AttributeError(f"module 'dnn_core' has no attribute {name!r}")
