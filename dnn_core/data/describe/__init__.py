"""What is in a data set: variables, notices, and looking them up."""
