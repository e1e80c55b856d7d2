"""Charters: changes against the charter before, adoptions, and proposals by a registrar."""
