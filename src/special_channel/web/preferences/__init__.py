"""The reader's own preferences."""
