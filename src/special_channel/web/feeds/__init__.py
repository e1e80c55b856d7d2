"""Dates in a person's own calendar program, by a link that is the secret."""
