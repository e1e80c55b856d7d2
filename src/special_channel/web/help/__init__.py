"""Help: a page per task, whom to ask, the accessibility statement. Reads nothing of the record."""
