"""Metrics on a part, their influence values and groups."""
