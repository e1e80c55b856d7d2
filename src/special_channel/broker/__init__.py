"""Use cases on the record: append, receipts, checks, rebuild, live stream."""
