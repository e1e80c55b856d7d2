"""Each kind of entry: the rows it needs, what the judge asks of it, the rows it changes."""
