"""Surround every page: request context, frame, menu, forms, templates and responses.

Does not know any page by itself.
"""
