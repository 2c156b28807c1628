"""The result of an analysis: facts and tables, kept as one JSON file."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, Self

import pandas as pd


@dataclass(frozen=True, eq=False)
class AnalysisResult:
    """The result of an analysis.

    Parameters
    ----------
    facts : dict
        Numbers, words and lists of them; a figure that is not defined is NaN or None.
    tables : dict of str to pandas.DataFrame
        Long tables of numbers and text.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def to_json(self) -> str:
        """Strict JSON, in which a figure that is not finite is null."""
        tables = {
            name: {
                "columns": {str(c): str(kind) for c, kind in table.dtypes.items()},
                "rows": table.to_numpy(dtype="object").tolist(),
            }
            for name, table in self.tables.items()
        }
        whole = _finite({"facts": self.facts, "tables": tables})
        return json.dumps(whole, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        whole = json.loads(text)
        tables = {
            name: pd.DataFrame(table["rows"], columns=list(table["columns"])).astype(
                table["columns"]
            )
            for name, table in whole["tables"].items()
        }
        return cls(dict(whole["facts"]), tables)


def _finite(value: Any) -> Any:
    """The same with every figure that is not finite replaced by None."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
