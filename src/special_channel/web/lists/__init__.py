"""Weekly lists: batches with both sides' states, and the check of a list or an amendment."""
