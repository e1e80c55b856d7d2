"""The only code that knows SQL or Redis. Does not decide anything: it keeps and finds."""
