"""Levels of measurement: guessed from labels, names and values."""
