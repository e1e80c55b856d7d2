"""The HTTP API: the same for browsers and machine clients. Does not render pages."""
