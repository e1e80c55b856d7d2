"""Applications in numbers as of a date, by each side's statements."""
