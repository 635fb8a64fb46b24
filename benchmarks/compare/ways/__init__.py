"""The ways that are compared: a file each."""
