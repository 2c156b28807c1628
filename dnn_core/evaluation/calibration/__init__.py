"""Calibration, recalibration and prediction intervals."""
