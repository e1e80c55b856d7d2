"""The rows of the state, and the facts that they hold: one file a noun."""
