"""Meetings, points with both sides' marks, and briefs. Does not judge who may mark a point."""
