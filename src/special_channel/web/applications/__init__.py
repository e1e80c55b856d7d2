"""Applications: both sides' statements next to each other, their clocks, and differences."""
