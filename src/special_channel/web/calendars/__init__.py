"""Charter and calendars: working days of both sides, and the charter in force."""
