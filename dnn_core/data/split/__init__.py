"""The split of rows into training, validation and test part."""
