"""Bytes and the values that are spelled in them: ids, times, canonical JSON, signatures."""
