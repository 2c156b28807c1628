"""Do all networks learn alike?"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dnn_core.diagnostics.analysis_reader import resampled_of, scores_obstacle
from dnn_core.diagnostics.diagnostic import Diagnostic, Section
from dnn_core.diagnostics.marks.epochs import epoch_axis, value_domain
from dnn_core.diagnostics.marks.style import DASHED, STRONG, THIN, as_role, finish, significant
from dnn_core.runs.part_view import RunPart
from dnn_core.wording import plural

HEIGHT = 250


class LossBand(Diagnostic):
    """Losses of all networks that were trained on other rows and with other seeds."""

    code = "loss_band"
    title = "Learning curves as a band"
    section = Section.LEARNING

    def obstacle(self, part: RunPart) -> str | None:
        return super().obstacle(part) or scores_obstacle(part)

    def question(self, part: RunPart) -> str:
        return "Do all networks learn alike?"

    def caption(self, part: RunPart) -> str:
        frame = self.frame(part)
        networks = int(frame["networks"].max())
        return (
            f"Loss of {plural(networks, 'network')} on other rows and with other seeds. The band "
            "is the middle four fifths, the line the median; solid for the rows left out, dashed "
            "for the training rows. A network that has stopped counts with its last epoch."
        )

    def alt(self, part: RunPart) -> str:
        frame = self.frame(part)
        last = frame[frame["part"] == "validation"].iloc[-1]
        return (
            f"After {plural(int(last['epoch']), 'epoch')} the validation loss of most networks "
            f"lies between {significant(last['low'])} and {significant(last['high'])}."
        )

    def frame(self, part: RunPart) -> pd.DataFrame:
        return resampled_of(part).curves

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        bounds = pd.concat([frame["low"], frame["high"]])
        domain = value_domain(bounds, low_is_good=True)
        scale = alt.Scale(domain=list(domain), nice=False, zero=False)
        x = epoch_axis(int(frame["epoch"].max()))
        layers = []
        for name, width, dash in (("training", THIN, DASHED), ("validation", STRONG, (1, 0))):
            rows = alt.Chart(frame[frame["part"] == name])
            band = rows.mark_area(opacity=0.14, clip=True).encode(
                x, alt.Y("low:Q", scale=scale, title=None), alt.Y2("high:Q")
            )
            line = rows.mark_line(strokeWidth=width, strokeDash=list(dash), clip=True).encode(
                x, alt.Y("middle:Q", scale=scale, title=None)
            )
            layers += [as_role(band, name), as_role(line, name)]
        return finish(alt.layer(*layers), height=HEIGHT)
