"""Calendars and rules: working days of both sides, and the charter in force."""
