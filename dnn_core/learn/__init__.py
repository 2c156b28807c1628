"""The lecture, computed: how a small network predicts and learns, number by number.

All in NumPy and double precision, so that a page can do it between two clicks, and every figure
equals Keras' (tested).
"""
