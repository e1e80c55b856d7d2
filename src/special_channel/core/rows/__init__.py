"""Rows of the state and the facts in rows. One file a noun."""
