"""Figures on how questions were answered, by the definitions that the charter may adopt."""
