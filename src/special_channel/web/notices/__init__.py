"""Notices: what is new for the reader, and what the reader chose to be told of."""
