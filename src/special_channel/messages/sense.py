"""Sentences of findings about what is stated, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from special_channel.core.rows.applications import COUNTING
from special_channel.core.sense.findings import UNCHECKED, Fact, FactKind, Finding
from special_channel.core.sense.rules import RULES
from special_channel.messages.catalogue import Catalogue, Lang
from special_channel.messages.dates import full_date

_GROUPS: Final[Mapping[FactKind, str]] = {"field": "sheet", "licence-field": "field"}
"""Groups of terms whose name is not that of the fact's kind."""

_COMMAS: Final[Mapping[Lang, str]] = {"en": ", ", "zh-CN": "、"}
"""Between the members of an enumeration (GB/T 15834)."""


def said(t: Catalogue, finding: Finding) -> str:
    """Return a finding's sentence, with the law that its rule reads."""
    facts = {name: _written(t, fact) for name, fact in finding.facts.items()}
    variant = f".{finding.variant}" if finding.variant else ""
    words = t.gettext(f"sense.{finding.rule}{variant}", **facts)
    law = RULES[finding.rule].law
    if law == "logic":
        return words
    key = "sense.with-unchecked-law" if law in UNCHECKED else "sense.with-law"
    return t.gettext(key, words=words, law=t.label("law", law))


def _written(t: Catalogue, fact: Fact) -> str:
    match fact.kind:
        case "text" | "number":
            return fact.value
        case "date":
            # An earlier statement may lack its date.
            return full_date(date.fromisoformat(fact.value), t.lang) if fact.value else "–"
        case "closure":
            return fact.value.split("\n")[t.lang == "zh-CN"]
        case "rows":
            return _COMMAS[t.lang].join(fact.value.split(","))
        case "act" if fact.value in COUNTING:
            # Elsewhere the act is written before its date: time not counted from …
            return t.label("act", f"{fact.value}.name")
        case kind:
            group = _GROUPS.get(kind, kind)
            return _COMMAS[t.lang].join(t.label(group, code) for code in fact.value.split(","))
