"""Rules that several kinds of entries share."""
