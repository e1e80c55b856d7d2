"""The order of checks: which rows an entry needs, whether it is valid, what it changes."""
