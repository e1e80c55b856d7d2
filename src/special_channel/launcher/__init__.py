"""Start private PostgreSQL and Redis servers for `./run` and for tests.

Does not serve production: its settings name separate servers. Does not create roles or tables
(stores/migrations), choose data folders, or draw names: folders are arguments.
"""
