"""Which codes and words mean that an answer is missing, and why."""
