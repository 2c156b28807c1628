"""The specification of the encoding of answers as numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dnn_core.specs.fields import Choice, Hyperparameter, Spec

NEIGHBOURS = 10
"""From 10 to 20 neighbours the error hardly changes (Troyanskaya et al. 2001, "Missing
value estimation methods for DNA microarrays")."""

NEIGHBOUR_ROWS = 1000
"""Training rows in which neighbours are looked for. For 100,000 rows of 50 numbers, of which one
in twenty is missing, that takes 8 seconds; the time grows with them."""


class MissingKinds(Choice):
    """Whether reasons for a missing answer are distinguished."""

    APART = "apart", "Each kind separately"
    TOGETHER = "together", "All together"


class Imputation(Choice):
    """The imputation of missing numbers."""

    MEDIAN = "median", "Median"
    MEAN = "mean", "Mean"
    MOST_FREQUENT = "most_frequent", "Most frequent answer"
    NEIGHBOURS = "neighbours", f"Mean of the {NEIGHBOURS} most similar rows"


class Ordered(Choice):
    """The encoding of ordered categories."""

    SCORES = "scores", "As scores, one number"
    THRESHOLDS = "thresholds", "As thresholds, one column for each step"


class Scaling(Choice):
    """The scaling of numbers."""

    ROBUST = "robust", "By quartiles, extremes drawn in"
    STANDARD = "standard", "Mean 0, standard deviation 1"
    NONE = "none", "As they are"


class EncodingSpec(Spec):
    """The encoding of answers as numbers; everything is fitted on training rows only."""

    missing_kinds: Annotated[
        MissingKinds,
        Field(
            title="Kinds of missing answer",
            description="Refused, don't know and not asked can each be informative. Separately, "
            "each missing code (by its label; unlabelled codes of a range together) "
            "becomes a category. A number gets a further column for each, which is 1 "
            "where it is missing for that reason. Reasons with fewer training cases "
            "than a rare category count as no answer.",
        ),
    ] = MissingKinds.APART
    imputation: Annotated[
        Imputation,
        Field(
            title="Missing numbers",
            description="The value that replaces a missing number, estimated from training rows; "
            "a marker column records that it was missing. Similar rows are those "
            "closest in the other numbers, each in standard deviations, among at "
            f"most {NEIGHBOUR_ROWS:,} training rows drawn at random. The numbers of "
            "these rows are stored with the network: pass it on only if you may pass "
            "on the data.",
        ),
    ] = Imputation.MEDIAN
    scaling: Annotated[
        Scaling,
        Field(
            title="Scale of numbers",
            description="Networks learn badly from columns on very different scales. By "
            "quartiles, the median becomes 0 and the interquartile range 1; extreme "
            "answers are drawn in to at most 3, so that they do not compress all "
            "others.",
        ),
    ] = Scaling.ROBUST
    ordered: Annotated[
        Ordered,
        Field(
            title="Ordered categories",
            description="Scores assume equal steps between categories, or within bins. "
            "Thresholds give every step its own weight: one column each, 1 from that "
            "category upwards. A value between two known ones lies between in the "
            "column, too; rare categories have no step of their own.",
        ),
    ] = Ordered.SCORES
    bins: Annotated[
        int,
        Field(
            ge=0,
            le=32,
            title="Bins of numbers",
            description="Splits each number at quantiles, so that the network can bend there: "
            "one column for each bin, 0 for none. Numbers in bins need no scale; it then applies "
            "only to those with fewer than three different values.",
        ),
        Hyperparameter(step=1, tune=(0, 16)),
    ] = 0
    rare_level_cases: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            title="Rare categories, cases",
            description="Categories with fewer training cases than this are pooled into one, and "
            "reasons for a missing answer count as no answer.",
        ),
        Hyperparameter(step=1),
    ] = 5
