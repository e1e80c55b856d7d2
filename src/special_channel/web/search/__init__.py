"""Full-text search: page, API and the hits that both show."""
