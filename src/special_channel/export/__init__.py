"""Bundles: what a side hands to its overseers, and how they check it without anybody's help."""
