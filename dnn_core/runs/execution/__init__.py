"""Training a run, evaluating it and writing its directory."""
