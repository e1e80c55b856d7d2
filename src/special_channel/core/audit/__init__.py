"""The audit of a record from nothing but its bytes."""
