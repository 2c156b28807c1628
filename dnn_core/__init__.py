"""DNN Workbench: train and evaluate dense neural networks on survey data.

The names below are the public interface of the library. Importing it loads neither
TensorFlow nor Streamlit; each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dnn_core.installation import __version__

if TYPE_CHECKING:
    from dnn_core.analyses.catalogue import analyse
    from dnn_core.data.readers import read_dataset
    from dnn_core.errors import UserError
    from dnn_core.package.write_package import write_package
    from dnn_core.report.report import write_report
    from dnn_core.runs.execution.execute import run_experiment, run_many
    from dnn_core.runs.run import Run, load_run
    from dnn_core.specs import (
        AnalysisSpec,
        EncodingSpec,
        Experiment,
        HiddenLayer,
        NetworkSpec,
        SplitSpec,
        StudySpec,
        Task,
        TrainingSpec,
        Vary,
    )
    from dnn_core.tracking.server import export_to_mlflow
    from dnn_core.training.cross_validation import cross_fit
    from dnn_core.training.estimators import DenseNetworkClassifier, DenseNetworkRegressor
    from dnn_core.tuning.search import run_study
    from dnn_core.tuning.study import create_study
    from dnn_core.tuning.study_result import read_study

__all__ = [
    "AnalysisSpec",
    "DenseNetworkClassifier",
    "DenseNetworkRegressor",
    "EncodingSpec",
    "Experiment",
    "HiddenLayer",
    "NetworkSpec",
    "Run",
    "SplitSpec",
    "StudySpec",
    "Task",
    "TrainingSpec",
    "UserError",
    "Vary",
    "__version__",
    "analyse",
    "create_study",
    "cross_fit",
    "export_to_mlflow",
    "load_run",
    "read_dataset",
    "read_study",
    "run_experiment",
    "run_many",
    "run_study",
    "write_package",
    "write_report",
]

_HOMES = {
    "analyse": "dnn_core.analyses.catalogue",
    "read_dataset": "dnn_core.data.readers",
    "UserError": "dnn_core.errors",
    "run_experiment": "dnn_core.runs.execution.execute",
    "run_many": "dnn_core.runs.execution.execute",
    "Run": "dnn_core.runs.run",
    "load_run": "dnn_core.runs.run",
    "write_package": "dnn_core.package.write_package",
    "write_report": "dnn_core.report.report",
    "export_to_mlflow": "dnn_core.tracking.server",
    "cross_fit": "dnn_core.training.cross_validation",
    "create_study": "dnn_core.tuning.study",
    "run_study": "dnn_core.tuning.search",
    "read_study": "dnn_core.tuning.study_result",
    "DenseNetworkClassifier": "dnn_core.training.estimators",
    "DenseNetworkRegressor": "dnn_core.training.estimators",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'dnn_core' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "dnn_core.specs")), name)
