"""Special Channel: signed, audited threads between two parties, each with its own node."""
