"""What is counted over rows: figures, changes, briefs."""
