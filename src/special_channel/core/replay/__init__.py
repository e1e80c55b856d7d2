"""Order of checks for an entry: load rows, judge, fold. Nothing about single kinds."""
