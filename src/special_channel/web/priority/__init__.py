"""Requests for priority: list, answers and the form to ask. CN decides the order, not this node."""
