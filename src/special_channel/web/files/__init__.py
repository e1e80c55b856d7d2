"""A file before it is opened: its scan, and its active content by name."""
