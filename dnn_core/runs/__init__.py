"""A run is a directory: made, executed, read, listed, compared, exported."""
