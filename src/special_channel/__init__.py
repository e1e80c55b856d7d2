"""Special Channel: signed, audited threads between two parties, each with its own node."""

__version__ = "0.1.0"
