"""Intervals: bootstrap, linearisation, replicate weights, resampling."""
