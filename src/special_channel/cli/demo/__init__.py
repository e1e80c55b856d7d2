"""`special-channel demo`, started by ./run: two local nodes with sample records.

State is in the data folder. Nodes are reached over the public API. Does not touch other files.
"""
