"""Virus scanners over the clamd protocol and ICAP. Nothing here decides what becomes of a file."""
