"""Use cases on the shared record: append, read, views, rebuild, live stream."""
