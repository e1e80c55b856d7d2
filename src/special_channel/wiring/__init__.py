"""Assemble the program: the only package that opens connections, reads the clock and draws bytes.

Lower packages get their dependencies as arguments and never receive `Settings`.
"""
