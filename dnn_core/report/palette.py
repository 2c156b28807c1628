"""Colours of the report: those of the dashboard's theme, in its order of roles."""

from __future__ import annotations

from dnn_core.diagnostics.marks.style import COLOR_SCALE_DOMAIN

LIGHT = (
    "#0072B2",
    "#C04F00",
    "#A8467B",
    "#6B7278",
    "#14181B",
    "#6A99A3",
    "#FFFFFF",
    "#009E73",
    "#E69F00",
    "#56B4E9",
    "#CC79A7",
)
"""One for each of `COLOR_SCALE_DOMAIN`; `chartCategoricalColors` of the light theme."""

DARK = (
    "#56B4E9",
    "#F29A4A",
    "#E59BC6",
    "#949BA1",
    "#E8E6E1",
    "#6A99A3",
    "#14171A",
    "#3CC29A",
    "#E69F00",
    "#0084CC",
    "#CC79A7",
)

SEQUENTIAL = (
    "#EEF5F6",
    "#D9E9EC",
    "#C0DBE0",
    "#A3CBD2",
    "#84B9C2",
    "#63A5B0",
    "#468F9C",
    "#2F7987",
    "#1F6674",
    "#134E5A",
)

DIVERGING = (
    "#8C3A00",
    "#B9601F",
    "#DB8F55",
    "#EFC09C",
    "#F8E6D8",
    "#DCEAF3",
    "#A6CCE3",
    "#63A6CD",
    "#2280B5",
    "#0A5585",
)

LINE = "#DEDCD5"
"""Axes and their grid in the light theme; the stylesheet knows the dark one."""


def variable_of(role: str) -> str:
    """Name of the property in the stylesheet that holds a role's colour."""
    return f"--{role.replace('_', '-')}"


def declarations(colours: tuple[str, ...]) -> str:
    """The roles' colours as properties of a stylesheet."""
    pairs = zip(COLOR_SCALE_DOMAIN, colours, strict=True)
    return " ".join(f"{variable_of(role)}: {colour};" for role, colour in pairs)
