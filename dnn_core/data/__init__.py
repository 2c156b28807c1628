"""From a file to arrays: reading, describing, splitting, encoding."""
