"""Values that several pages share: words, people, references, paging, states, bars, dates.

Import core and messages alone.
"""
