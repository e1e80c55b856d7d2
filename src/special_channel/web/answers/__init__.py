"""Answers to weekly lists: rows as CN last stated them, edited, looked at and signed."""
