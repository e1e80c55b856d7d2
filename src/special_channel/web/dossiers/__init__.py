"""Dossiers of threads, lists and applications for records offices: page, PDF and API."""
