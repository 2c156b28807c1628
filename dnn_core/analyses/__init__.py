"""Analyses of a trained run, for workers and notebooks: loads Keras."""
