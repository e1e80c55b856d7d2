"""Other delayed-job systems doing the same; each file runs in the peers' own environment."""
