"""What can be found out about a trained run afterwards; for workers and notebooks: loads Keras."""
