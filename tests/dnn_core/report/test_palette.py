"""The report has the dashboard's colours, which are written down in its settings."""

import tomllib
from pathlib import Path

import pytest

from dnn_core.report.palette import DARK, DIVERGING, LIGHT, LINE, SEQUENTIAL, declarations

THEME = tomllib.loads(
    (Path(__file__).resolve().parents[3] / ".streamlit" / "config.toml").read_text("utf-8")
)["theme"]


@pytest.mark.parametrize(("name", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_roles_have_the_colours_of_the_theme(name, colours):
    assert list(colours) == THEME[name]["chartCategoricalColors"]


def test_shades_and_lines_are_those_of_the_light_theme():
    assert list(SEQUENTIAL) == THEME["light"]["chartSequentialColors"]
    assert list(DIVERGING) == THEME["light"]["chartDivergingColors"]
    assert THEME["light"]["borderColor"] == LINE


def test_a_role_is_a_property_of_the_stylesheet():
    assert declarations(LIGHT).startswith("--training: #0072B2; --validation: #C04F00;")
    assert "--category-1: #009E73;" in declarations(LIGHT)
