"""How answers become numbers."""

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
    """Whether reasons for a missing answer are told apart."""

    APART = "apart", "Each kind apart"
    TOGETHER = "together", "All together"


class Imputation(Choice):
    """What stands in for a missing number."""

    MEDIAN = "median", "Median"
    MEAN = "mean", "Mean"
    MOST_FREQUENT = "most_frequent", "Most frequent answer"
    NEIGHBOURS = "neighbours", f"Mean of the {NEIGHBOURS} most similar rows"


class Ordered(Choice):
    """How ordered categories become numbers."""

    SCORES = "scores", "As scores, one number"
    THRESHOLDS = "thresholds", "As thresholds, one column for each step"


class Scaling(Choice):
    """How numbers are brought to a common scale."""

    ROBUST = "robust", "By quartiles, extremes drawn in"
    STANDARD = "standard", "Mean 0, standard deviation 1"
    NONE = "none", "As they are"


class EncodingSpec(Spec):
    """How answers become numbers; everything is fitted on training rows only."""

    missing_kinds: Annotated[
        MissingKinds,
        Field(
            title="Kinds of missing answer",
            description="Refused, don't know and not asked can say more than an answer would. "
            "Apart, each missing code (by its label; codes of a range without one together) is "
            "a category of its own, and beside a number a column that is 1 where it is missing "
            "for that reason. Reasons with fewer training cases than a rare category count as "
            "no answer.",
        ),
    ] = MissingKinds.APART
    imputation: Annotated[
        Imputation,
        Field(
            title="Missing numbers",
            description="What stands in for a missing number, learned from training rows; a "
            "marker column records that it was missing. Similar rows are those closest in the "
            f"other numbers, each in standard deviations, among at most {NEIGHBOUR_ROWS:,} "
            "training rows drawn at random. The numbers of these rows are stored with the "
            "network: pass it on only if you may pass on the data.",
        ),
    ] = Imputation.MEDIAN
    scaling: Annotated[
        Scaling,
        Field(
            title="Scale of numbers",
            description="Networks learn badly from columns of very different size. By quartiles, "
            "the median is 0 and the middle half of the cases is 1 wide, so that a few extreme "
            "answers, drawn in to at most 3, do not squeeze all others together.",
        ),
    ] = Scaling.ROBUST
    ordered: Annotated[
        Ordered,
        Field(
            title="Ordered categories",
            description="Scores take the steps between categories to be equal, or equal within "
            "bins. Thresholds let every step have a weight of its own: one column each, 1 from "
            "that category upwards. A value between two known ones lies between in the column, "
            "too; rare categories have no step of their own.",
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
