"""Explanation of predictions: importance, dependence and contributions."""
