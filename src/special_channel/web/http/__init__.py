"""Serve one node over HTTP: routes, sessions, limits, problems, the live stream and static files.

Does not know any page.
"""
