"""The demonstration's content: read from `config/sample`, signed and sent like anybody's.

Does not open connections and reaches no store: officials at nodes are handed in.
"""
