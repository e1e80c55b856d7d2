"""Assign threads to an official of our side, or hand them over."""
