"""`special-channel demo`, which ./run starts: two nodes on this machine, founded and filled.

Everything it knows lies under its data folder; it reaches nodes by the same API and commands
as anybody. Does not touch what it did not make.
"""
