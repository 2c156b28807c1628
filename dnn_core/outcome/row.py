"""What a row of the kinds of outcome says: links, losses, and all that follows from a kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dnn_core.specs import Kind


class Link(StrEnum):
    """From the raw output of a network to its prediction: Keras' name of the activation.

    Only "cumulative" is none of Keras': it turns one score and the thresholds between
    ordered categories into probabilities (McCullagh 1980, Journal of the Royal Statistical
    Society B 42:109-142).
    """

    IDENTITY = "linear"
    LOGIT = "sigmoid"
    SOFTMAX = "softmax"
    CUMULATIVE = "cumulative"
    LOG = "exponential"


class Loss(StrEnum):
    """What a network learns to reduce: Keras' name of the loss; it has none for gamma."""

    SQUARED_ERROR = "mse"
    BINARY_CROSS_ENTROPY = "binary_crossentropy"
    CROSS_ENTROPY = "sparse_categorical_crossentropy"
    POISSON = "poisson"
    GAMMA = "gamma"


class Domain(StrEnum):
    """Which numbers can be observed."""

    ANY = "any"
    WHOLE = "whole"
    POSITIVE = "positive"


class Errors(StrEnum):
    """How errors of a number are measured where predictions get intervals.

    LINE: their typical size is a line along the prediction. ROOT: along the root of the
    prediction, and observed are whole numbers. RATIO: as logarithms of observed by predicted,
    so that intervals are above 0 and widen with the prediction.
    """

    LINE = "line"
    ROOT = "root"
    RATIO = "ratio"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One kind of outcome.

    Parameters
    ----------
    kind : Kind
    noun : str
        What the outcome is, or has, within a sentence: “a quantity”, “two categories”.
    link, loss : Link, Loss
        Output and loss of the network.
    keras_loss, keras_metric : str
        Classes of Keras by which written code compares epochs, below `keras`; the metric is
        the main one or the nearest that Keras has. Empty where it has none.
    keras_formula : str
        The loss of each case from `y_true` and `y_pred`, where Keras has none; `{ops}` is what
        functions of `keras.ops` begin with. It is written into Python and R alike.
    minimised : str
        The loss, in the methods paragraph.
    loss_words : str
        The loss, below the learning curve.
    drawn : str
        What comes out of the last unit in the diagram; `{name}` is the outcome, `{positive}`
        the positive category.
    learnt_as : str
        How the network learns a number, as a sentence; empty for categories.
    main : str
        Metric by which networks are judged.
    loss_metric : str
        Metric that is nearest to what the network learns to reduce.
    ranking : str
        Proper score by which the configurations of a study are told apart.
    group_metric : str
        Metric that groups are compared by unless the researcher says otherwise. R², D² and
        kappa are measured against how much the outcome varies, so that they differ between
        groups whose answers vary more or less, even where the errors are as large.
    calibration_metric : str
        Proper score, beside the log loss, before and after recalibration; empty for numbers.
    question : str
        What the curve of the main metric answers.
    levels : tuple of float
        What the lower end of the interval must reach for “very well”, “well” and “moderately
        well”; see the notes.
    levels_of_errors : bool
        Whether these levels are of the share of the simplest model's errors that is avoided.
    calibration_regression : str
        Which regression its slope is of, in words.
    calibration_unit : str
        Unit of the intercept of that regression, in words.
    linear : tuple of str
        Key and title of the regression model that a researcher would report.
    penalised : str
        Title of that model with a ridge penalty.
    variance_power : float or None
        Of a number: its variance grows with this power of its mean, 0 for least squares and
        1 for Poisson, 2 for gamma (Tweedie's families: Jørgensen 1987); None for categories.
    boosting_loss : str
        scikit-learn's name of the loss of boosted trees; empty for categories.
    mean_divided : bool
        Whether a number is learnt divided by its mean, instead of standardised.
    domain : Domain
        Which numbers can be observed.
    domain_words, remedy : str
        The same in words, and what to do where others are; empty where any can be.
    errors : Errors
        How intervals measure errors of a number; of no meaning for categories.

    Notes
    -----
    Levels. AUC: from 0.7 acceptable, from 0.8 excellent (Hosmer, Lemeshow and Sturdivant
    2013, section 5.2.4). R²: a medium and a large effect, f² of 0.15 and 0.35 (Cohen 1988,
    chapter 9), and half of the variance. Several categories: the share of the errors of
    always naming the most frequent one that is avoided (lambda of Goodman and Kruskal
    1954); its levels are a convention of this project. Ordered categories: kappa from 0.2
    fair, from 0.4 moderate, from 0.6 substantial (Landis and Koch 1977, Biometrics
    33:159-174). Counts and amounts: as for R², of which D² is the likeness (Cameron and Windmeijer
    1997).
    """

    kind: Kind
    noun: str
    link: Link
    loss: Loss
    keras_loss: str = ""
    keras_metric: str = ""
    keras_formula: str = ""
    minimised: str
    loss_words: str
    drawn: str
    learnt_as: str = ""
    main: str
    loss_metric: str
    ranking: str
    group_metric: str
    calibration_metric: str = ""
    question: str
    levels: tuple[float, float, float]
    levels_of_errors: bool = False
    calibration_regression: str
    calibration_unit: str = "logit"
    linear: tuple[str, str]
    penalised: str
    variance_power: float | None = None
    boosting_loss: str = ""
    mean_divided: bool = False
    domain: Domain = Domain.ANY
    domain_words: str = ""
    remedy: str = ""
    errors: Errors = Errors.LINE

    @property
    def is_categorical(self) -> bool:
        """Whether probabilities of categories are predicted rather than a number."""
        return not self.kind.numeric

    @property
    def keras_metric_name(self) -> str:
        """Name of Keras' metric in written code: the main one's where it is that."""
        return "accuracy" if self.keras_metric.endswith("Accuracy") else self.main

    @property
    def outcome_words(self) -> str:
        """The outcome as a clause after “this”: “outcome is a count”."""
        return f"outcome {'has' if self.is_categorical else 'is'} {self.noun}"

    @property
    def outcome_phrase(self) -> str:
        """The outcome in an enumeration: “outcome with two categories”."""
        return f"outcome {'with' if self.is_categorical else 'is'} {self.noun}"

    @property
    def nothing_known(self) -> str:
        """What a model without any knowledge of the case is called within a sentence."""
        return "chance" if self.is_categorical else "the mean alone"
