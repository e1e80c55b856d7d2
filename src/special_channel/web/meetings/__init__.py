"""Meetings, and points with both sides' marks. Does not judge who may mark a point."""
