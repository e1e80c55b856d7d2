"""Release by a second official: the queue of signed drafts, and saved texts of forms."""
