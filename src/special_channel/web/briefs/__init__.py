"""One-page briefs of a level of meetings, on screen and as PDF. Does not write entries."""
