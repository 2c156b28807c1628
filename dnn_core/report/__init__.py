"""One page about a run that stands on its own: to be read, printed, and sent to a reviewer."""
