"""The link: mirror the peer's log, serve our log to the peer, and prove delivery.

Has access to the shared logs only: no private log, no names, no desk (promise P8).
"""
