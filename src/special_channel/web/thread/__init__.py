"""A thread: its page and update, the form of a new thread, and its entries over the API."""
