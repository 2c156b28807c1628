"""Numbers and names as they stand in a finding."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"
LARGE = 1e6
SMALL_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def number(value: float, decimals: int = 2) -> str:
    """Write a number with a true minus and thousands separated.

    >>> number(-1234.5, 1)
    '−1,234.5'
    """
    if abs(value) >= LARGE:
        text = f"{value:.1e}"
    else:
        # Rounding first keeps “−0.00” away.
        text = f"{round(value, decimals) + 0.0:,.{decimals}f}"
    return text.replace("-", MINUS)


def signed(value: float, decimals: int = 3) -> str:
    """Write a difference; a rise carries its plus.

    >>> signed(0.0221), signed(-0.5, 1), signed(0.0001)
    ('+0.022', '−0.5', '0.000')
    """
    text = number(value, decimals)
    return f"+{text}" if value > 0 and float(text.replace(",", "")) > 0 else text


def interval(low: float, high: float, decimals: int = 2) -> str:
    """Write an interval: “0.31 to 0.52”."""
    return f"{number(low, decimals)} to {number(high, decimals)}"


def counted(count: int) -> str:
    """Write a count at the beginning of a sentence: “Three”, “12”."""
    return SMALL_NUMBERS[count] if count < len(SMALL_NUMBERS) else f"{count:,}"


def quoted(name: str) -> str:
    """Put a label from a file in quotation marks, otherwise as it is."""
    return f"“{name}”"
