"""The reference of our side's records office for a thread (文号)."""
