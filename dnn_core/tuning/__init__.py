"""Studies: search over configurations of one experiment, and its results."""
