"""Drafts: what the reader has written and not sent, to be opened or discarded."""
