"""What drives predictions."""
