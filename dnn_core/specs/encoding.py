"""How answers become numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dnn_core.specs.fields import Choice, Knob, Spec


class Imputation(Choice):
    """What stands in for a missing number."""

    MEDIAN = "median", "Median"
    MEAN = "mean", "Mean"


class Scaling(Choice):
    """How numbers are brought to a common scale."""

    ROBUST = "robust", "By quartiles, extremes drawn in"
    STANDARD = "standard", "Mean 0, standard deviation 1"
    NONE = "none", "As they are"


class EncodingSpec(Spec):
    """How answers become numbers; everything is fitted on training rows only."""

    imputation: Annotated[
        Imputation,
        Field(
            title="Missing numbers",
            description="What stands in for a missing number; a marker column records that "
            "it was missing.",
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
        Knob(step=1, tune=(0, 16)),
    ] = 0
    rare_level_cases: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            title="Rare categories, cases",
            description="Categories with fewer training cases than this are pooled into one.",
        ),
        Knob(step=1),
    ] = 5
