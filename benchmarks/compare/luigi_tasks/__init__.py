"""Luigi tasks of the scenarios that the words pipeline itself does not cover."""
