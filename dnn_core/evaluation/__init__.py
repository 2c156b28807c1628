"""Evaluation of predictions: metrics, intervals, baselines, calibration, explanation."""
