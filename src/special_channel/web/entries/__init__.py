"""Entries: sending them, and reading them with proofs, receipts and signed bytes."""
