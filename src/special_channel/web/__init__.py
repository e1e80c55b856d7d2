"""The web: pages and the HTTP API of one node.

Holds no rule of the channel: handlers parse, call a use case, shape the answer.
"""
