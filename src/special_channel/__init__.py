"""Special Channel: signed, audited threads between two parties on two nodes."""

__version__ = "0.1.0"
