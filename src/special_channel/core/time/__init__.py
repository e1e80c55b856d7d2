"""Working days, due times and ladders: what a date means."""
