"""The table of rules for weekly lists and their amendments.

`list_rows` and `list_past` check single rows, `list_sheets` the rows together, `kept_cells` the
side's own columns. Numbers that may be mistyped are found by `desk/similar.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.sense.codes import CODE_RULES
from special_channel.core.sense.findings import Rule

LIST_RULES: Final[Mapping[str, Rule]] = CODE_RULES | {
    rule.id: rule
    for rule in (
        Rule("S-005", ("refuse",)),
        Rule("S-006", ("confirm",)),
        Rule("S-007", ("confirm", "note")),
        Rule("S-009", ("refuse",)),
        Rule("S-010", ("confirm",), "announcement-18"),
        Rule("S-011", ("refuse",)),
        Rule("S-012", ("refuse",)),
        Rule("S-013", ("confirm", "note")),
        Rule("S-014", ("confirm",)),
        Rule("S-016", ("confirm",)),
        Rule("S-017", ("confirm",)),
        Rule("S-018", ("confirm", "note")),
        Rule("S-019", ("note",)),
        Rule("S-020", ("refuse",), "control-list"),
        Rule("S-023", ("confirm",)),
        Rule("S-024", ("confirm",)),
        Rule("S-025", ("confirm",)),
        Rule("S-026", ("note",)),
        Rule("S-052", ("confirm",)),
        Rule("S-057", ("confirm",)),
    )
}
"""The rules by number."""
