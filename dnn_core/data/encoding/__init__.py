"""From answers to numbers: fitted on training rows."""
