"""Start private PostgreSQL and Redis servers for `./run` and for tests.

Does not serve production, which names its own servers in its settings. Does not create roles or
tables (stores/migrations), decide where data lies, or draw names: folders come as arguments.
"""
