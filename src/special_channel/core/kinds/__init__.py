"""What the judge asks of single kinds of entries."""
