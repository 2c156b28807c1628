"""Studies: many configurations of one experiment, and what is learnt from them."""
