"""A self-contained report of one run, to read, print and send to a reviewer."""
