"""Bundles: exports of the record for overseers, and their offline verification."""
