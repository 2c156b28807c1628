"""All diagnostics of a run, in the order in which they are shown."""

from __future__ import annotations

from dnn_core.diagnostics.baselines_plot import Baselines
from dnn_core.diagnostics.calibration_plot import Calibration
from dnn_core.diagnostics.confusion import Confusion
from dnn_core.diagnostics.coverage import Coverage
from dnn_core.diagnostics.dependence_plot import DEPENDENCE
from dnn_core.diagnostics.diagnostic import Diagnostic
from dnn_core.diagnostics.importance_plot import BlockImportance, Importance
from dnn_core.diagnostics.learning_curve import LearningCurve, MetricCurve
from dnn_core.diagnostics.loss_band import LossBand
from dnn_core.diagnostics.more_cases_plot import MoreCases
from dnn_core.diagnostics.other_rows_plot import OtherRows
from dnn_core.diagnostics.precision_recall import PrecisionRecall
from dnn_core.diagnostics.predicted_observed import PredictedObserved
from dnn_core.diagnostics.recalibration_plot import CalibrationSlope, RecalibrationHelps
from dnn_core.diagnostics.residual_distribution import ResidualDistribution
from dnn_core.diagnostics.residuals import Residuals
from dnn_core.diagnostics.roc import Roc
from dnn_core.diagnostics.seeds_and_splits import SeedsAndSplits
from dnn_core.diagnostics.wrong_digits import WrongDigits

DIAGNOSTICS: tuple[Diagnostic, ...] = (
    Baselines(),
    LearningCurve(),
    Calibration(),
    CalibrationSlope(),
    RecalibrationHelps(),
    Coverage(),
    Confusion(),
    Roc(),
    PrecisionRecall(),
    WrongDigits(),
    PredictedObserved(),
    Residuals(),
    ResidualDistribution(),
    Importance(),
    BlockImportance(),
    *DEPENDENCE,
    MetricCurve(),
    LossBand(),
    OtherRows(),
    SeedsAndSplits(),
    MoreCases(),
)
"""Within its section, what answers the most important question comes first."""


def diagnostic(code: str) -> Diagnostic:
    """Return one diagnostic by its code.

    Raises
    ------
    KeyError
        If there is no such diagnostic.
    """
    return {member.code: member for member in DIAGNOSTICS}[code]
