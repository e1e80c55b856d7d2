"""Applications by country, sector and size of firm, on the EU's node alone."""
