"""Kinds of entries: required rows, checks by the judge, changed rows. One file a noun."""
