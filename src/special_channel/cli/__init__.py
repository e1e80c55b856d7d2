"""The command line: parses arguments, calls a node over HTTP or the packages below, prints.

Does not judge entries. A table turns errors into exit codes (`exits.py`). Results go to standard
output, remarks and errors to standard error.
"""
