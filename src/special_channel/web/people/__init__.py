"""Sign-in, enrolment, keys, the directory, a reader's settings, and losses after a restore."""
