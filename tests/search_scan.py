"""The index of full-text search without PostgreSQL: what its words and its text decide."""

# ruff: noqa: RUF001 - texts of full width are what is tested

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.search.folding import STEM, searchable, stemmable
from special_channel.core.search.matching import Match
from special_channel.core.search.queries import Query, Stem

ALPHABET = "aabst eé-'\n.1２Ａ补補正材。，"
"""Few characters, so that texts and queries meet: letters, digits, Chinese, and what parts them."""


def indexed(texts: Sequence[str], query: Query, stem: Stem) -> Match | None:
    """Return how the index finds a text."""
    kept = searchable(texts)
    words = kept.words | {STEM + stem(word) for word in stemmable(texts)}
    hits = [
        [
            way.hit
            for way in clause.ways
            if all(
                words.issuperset(needle.words) and (needle.told or needle.text in kept.text)
                for needle in way.needles
            )
        ]
        for clause in query.clauses
    ]
    if not hits or not all(hits):
        return None
    return "exact" if all("exact" in each for each in hits) else "near"
