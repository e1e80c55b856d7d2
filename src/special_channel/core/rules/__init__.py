"""Rules shared by several kinds of entries."""
