"""Describe a data set: summary, notices, and single variables."""
