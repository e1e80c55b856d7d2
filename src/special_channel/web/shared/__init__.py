"""Values that several pages share: words, viewpoint, references, paging, states, due times.

Import core and messages alone.
"""
