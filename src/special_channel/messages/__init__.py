"""Both languages' words: pages, errors, findings, alerts, command line.

Does not hold what officials write: that is in the record, in its own language.
"""
