"""Write the sample tables and their codebooks beside this script.

    python sample_data/make_samples.py

The bytes are the same at each run. `anes96` and `randhie` come from
statsmodels, which only this script needs; `simulated_survey` is drawn by
`simulate_survey.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import statsmodels.api as sm
from codebooks import ANES96, RANDHIE, SIMULATED_SURVEY
from simulate_survey import best_scores, simulate_survey

FOLDER = Path(__file__).resolve().parent


def write_sample(name: str, frame: pd.DataFrame, codebook: dict[str, Any]) -> None:
    """Write `name.csv`, its columns in the codebook's order, and `name.json`."""
    columns = list(codebook["variables"])
    frame[columns].to_csv(FOLDER / f"{name}.csv", index=False, lineterminator="\n")
    about = {"version": 1, "title": codebook["title"], "rows": len(frame), **codebook}
    text = json.dumps(about, ensure_ascii=False, indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    anes96 = sm.datasets.anes96.load_pandas().data.drop(columns="logpopul")
    # The extract holds whole numbers that were read as floats.
    write_sample("anes96", anes96.astype("int64"), ANES96)
    write_sample("randhie", sm.datasets.randhie.load_pandas().data, RANDHIE)
    survey, _ = simulate_survey()
    accuracy, auc = best_scores()
    ceiling = {"best_accuracy": round(accuracy, 3), "best_auc": round(auc, 3)}
    write_sample("simulated_survey", survey, {**SIMULATED_SURVEY, **ceiling})


if __name__ == "__main__":
    main()
