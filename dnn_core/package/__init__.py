"""What can be taken away from a run: predictions, the model, a package to replicate it."""
