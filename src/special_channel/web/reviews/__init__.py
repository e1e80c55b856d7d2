"""Review of disputed entries: mine, or not mine. A review changes no state of what it names."""
