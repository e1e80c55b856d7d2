"""Audit of a record from its bytes alone."""
