"""The encoding of answers as numbers, fitted on training rows."""
