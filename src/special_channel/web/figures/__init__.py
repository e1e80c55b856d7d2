"""Figures on response times, by definitions for adoption in the charter."""
