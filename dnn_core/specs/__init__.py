"""Specifications of experiments and studies: frozen, compared by value, with a JSON round trip."""

from dnn_core.specs.analysis import AnalysisSpec, Blocks
from dnn_core.specs.answer import Answer
from dnn_core.specs.encoding import EncodingSpec, Imputation, MissingKinds, Ordered, Scaling
from dnn_core.specs.experiment import Experiment, count_folds
from dnn_core.specs.fields import (
    Choice,
    Hyperparameter,
    Setting,
    Spec,
    describe_field,
    describe_fields,
    explain,
)
from dnn_core.specs.hyperparameters import Shape, configure, hyperparameters, setting_of
from dnn_core.specs.network import Activation, HiddenLayer, NetworkSpec
from dnn_core.specs.part import Part
from dnn_core.specs.presets import HOML_PRESETS, HOML_TRAINING, PRESETS, SAFE, preset
from dnn_core.specs.replicates import Replicates, Replication
from dnn_core.specs.study import Measure, Sampler, StudySpec, Vary, suggest_vary
from dnn_core.specs.study_presets import HOML, HOML_GRID, SEARCHES, homl_study, study_presets
from dnn_core.specs.task import Holdout, Kind, SplitMethod, SplitSpec, Task
from dnn_core.specs.training import Optimizer, Schedule, TrainingSpec

__all__ = [
    "HOML",
    "HOML_GRID",
    "HOML_PRESETS",
    "HOML_TRAINING",
    "PRESETS",
    "SAFE",
    "SEARCHES",
    "Activation",
    "AnalysisSpec",
    "Answer",
    "Blocks",
    "Choice",
    "EncodingSpec",
    "Experiment",
    "HiddenLayer",
    "Holdout",
    "Hyperparameter",
    "Imputation",
    "Kind",
    "Measure",
    "MissingKinds",
    "NetworkSpec",
    "Optimizer",
    "Ordered",
    "Part",
    "Replicates",
    "Replication",
    "Sampler",
    "Scaling",
    "Schedule",
    "Setting",
    "Shape",
    "Spec",
    "SplitMethod",
    "SplitSpec",
    "StudySpec",
    "Task",
    "TrainingSpec",
    "Vary",
    "configure",
    "count_folds",
    "describe_field",
    "describe_fields",
    "explain",
    "homl_study",
    "hyperparameters",
    "preset",
    "setting_of",
    "study_presets",
    "suggest_vary",
]
