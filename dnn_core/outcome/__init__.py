"""What follows from the kind of the outcome: one row a kind, every metric, losses and output."""
