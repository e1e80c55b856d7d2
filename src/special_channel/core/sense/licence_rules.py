"""The table of rules for licences and draw-downs, checked by `licences`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.sense.findings import Rule

LICENCE_RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        Rule("S-020", ("refuse",), "control-list"),
        Rule("S-059", ("refuse",)),
        Rule("S-073", ("refuse",), "dual-use"),
        Rule("S-074", ("refuse", "confirm")),
        Rule("S-075", ("refuse", "confirm"), "dual-use"),
        Rule("S-076", ("refuse", "confirm")),
        Rule("S-077", ("refuse", "note")),
        Rule("S-078", ("confirm",)),
        Rule("S-079", ("refuse", "confirm")),
        Rule("S-080", ("confirm",)),
        Rule("S-081", ("refuse",)),
        Rule("S-082", ("confirm", "note")),
        Rule("S-083", ("confirm",)),
        Rule("S-084", ("confirm",)),
    )
}
"""The rules by number."""
