"""Content of the demonstration: read from `config/sample`, then signed and sent through the API.

Does not open connections or stores: officials at nodes are arguments.
"""
