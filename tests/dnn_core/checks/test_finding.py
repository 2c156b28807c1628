from __future__ import annotations

from dnn_core.audit.finding import Severity


def test_worst_comes_first():
    assert sorted(Severity, key=lambda s: s.rank) == [
        Severity.PROBLEM,
        Severity.WATCH,
        Severity.MEANT,
        Severity.GOOD,
    ]
    assert [severity.label for severity in Severity] == ["Problem", "Watch", "Meant", "Good"]
