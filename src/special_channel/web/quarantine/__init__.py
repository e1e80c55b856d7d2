"""Files that a virus scanner refuses: see them and say that one has looked into it."""
