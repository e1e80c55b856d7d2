"""The table of rules for rows of return sheets, checked by `return_rows` and `return_past`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.sense.codes import CODE_RULES
from special_channel.core.sense.findings import Rule

RULES: Final[Mapping[str, Rule]] = CODE_RULES | {
    rule.id: rule
    for rule in (
        Rule("S-009", ("refuse",)),
        Rule("S-010", ("confirm",), "announcement-18"),
        Rule("S-027", ("refuse",)),
        Rule("S-028", ("confirm",)),
        Rule("S-029", ("note",)),
        Rule("S-030", ("confirm",)),
        Rule("S-031", ("refuse",)),
        Rule("S-032", ("refuse",)),
        Rule("S-033", ("refuse",)),
        Rule("S-034", ("refuse",)),
        Rule("S-035", ("confirm",), "licensing-42"),
        Rule("S-036", ("refuse",), "licensing-32"),
        Rule("S-037", ("confirm",), "licensing-32"),
        Rule("S-038", ("confirm",), "licensing-32"),
        Rule("S-039", ("refuse", "confirm"), "licensing-32"),
        Rule("S-040", ("note",), "dual-use-17"),
        Rule("S-041", ("note",), "licensing-38"),
        Rule("S-042", ("confirm",), "licensing-32"),
        Rule("S-043", ("confirm",)),
        Rule("S-044", ("refuse",)),
        Rule("S-045", ("refuse",)),
        Rule("S-046", ("confirm",), "calendar"),
        Rule("S-047", ("confirm", "note")),
        Rule("S-048", ("refuse", "confirm"), "dual-use-17"),
        Rule("S-049", ("refuse", "confirm", "note"), "dual-use-17"),
        Rule("S-050", ("note",), "dual-use-17"),
        Rule("S-051", ("note",)),
        Rule("S-052", ("confirm",)),
        Rule("S-053", ("refuse", "confirm")),
        Rule("S-054", ("refuse", "confirm")),
        Rule("S-055", ("confirm",)),
        Rule("S-056", ("confirm",), "licensing-32"),
        Rule("S-057", ("confirm",)),
        Rule("S-059", ("refuse",)),
        Rule("S-060", ("note",)),
        Rule("S-068", ("refuse", "confirm"), "licensing-32"),
        Rule("S-069", ("note",), "licensing-32"),
        Rule("S-101", ("confirm",)),
        # Of the free remark: `desk/answers.py` knows the names.
        Rule("S-099", ("confirm",)),
    )
}
"""The rules by number."""
