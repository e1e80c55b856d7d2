"""The link: mirror the peer's log, serve the own one, and prove delivery.

Holds the shared logs only: no private log, no names, no desk (promise P8).
"""
