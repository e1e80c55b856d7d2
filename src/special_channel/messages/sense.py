"""Sentences of findings about what is stated, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from special_channel.core.sense.findings import Fact, FactKind, Finding
from special_channel.core.sense.return_rules import RULES
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.dates import full_date

_GROUPS: Final[Mapping[FactKind, str]] = {"field": "sheet"}
"""Groups of terms whose name is not that of the fact's kind."""


def said(t: Catalogue, finding: Finding) -> str:
    """Return a finding's sentence, with the law that its rule reads."""
    facts = {name: _written(t, fact) for name, fact in finding.facts.items()}
    # A rule with several reasons has a sentence for each.
    why = f".{facts.pop('why')}" if "why" in facts else ""
    words = t.gettext(f"sense.{finding.rule}{why}", **facts)
    law = RULES[finding.rule].law
    if law == "logic":
        return words
    return t.gettext("sense.with-law", words=words, law=t.label("law", law))


def _written(t: Catalogue, fact: Fact) -> str:
    match fact.kind:
        case "text" | "number" | "why":
            return fact.value
        case "date":
            # An earlier statement may lack its date.
            return full_date(date.fromisoformat(fact.value), t.lang) if fact.value else "–"
        case kind:
            return t.label(_GROUPS.get(kind, kind), fact.value)
