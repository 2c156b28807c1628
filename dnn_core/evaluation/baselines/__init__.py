"""Simpler models, fitted on the same rows."""
