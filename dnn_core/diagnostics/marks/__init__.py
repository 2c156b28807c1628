"""What plots share: style, axes and marks."""
