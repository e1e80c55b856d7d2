"""The command line: parses what is typed, calls the node over HTTP or the parts beneath, prints.

Does not decide anything: it shows what others decided. One table turns errors into exit
codes (`exits.py`); standard output carries results, standard error all else.
"""
