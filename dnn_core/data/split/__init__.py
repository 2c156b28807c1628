"""Which rows train, which judge."""
