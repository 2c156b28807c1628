"""The plots of a study: one file a plot."""
