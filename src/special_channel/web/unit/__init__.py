"""What the desks of our side hold, for heads of unit."""
