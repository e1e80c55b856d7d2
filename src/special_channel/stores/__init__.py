"""Storage: the only package with SQL and Redis commands. Stores and queries; applies no rules."""
