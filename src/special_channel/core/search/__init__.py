"""Words of texts and queries: which text a query finds, and where. Knows no index and no SQL."""
