"""Texts in both languages: pages, errors, findings, alerts, command line.

Does not contain officials' own texts: the record has them in their original language.
"""
