"""Numbers and names as they stand in a finding."""

from dnn_core.wording import counted, difference, interval, number, quoted, signed

__all__ = ["counted", "difference", "interval", "number", "quoted", "signed"]
