"""The table of rules for statements outside a sheet, checked by `statements` and `course`.

Rules of return sheets hold as well: their table is `return_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.sense.codes import CODE_RULES
from special_channel.core.sense.findings import Rule

STATEMENT_RULES: Final[Mapping[str, Rule]] = {
    **CODE_RULES,
    **{
        rule.id: rule
        for rule in (
            Rule("S-065", ("refuse",)),
            Rule("S-066", ("refuse",)),
            Rule("S-067", ("refuse",), "dual-use-17"),
            Rule("S-068", ("refuse", "confirm"), "licensing-32"),
            Rule("S-069", ("note",), "licensing-32"),
            Rule("S-070", ("confirm",)),
            Rule("S-071", ("refuse",), "dual-use-17"),
            Rule("S-072", ("note",), "calendar-both"),
        )
    },
}
"""The rules by number."""
