"""My keys: keys, functions, sessions, the stop card and settings of the reader alone."""
