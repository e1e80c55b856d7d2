"""All rules of plausibility by number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.sense.asking import ASKING_RULES
from special_channel.core.sense.findings import Rule
from special_channel.core.sense.licence_rules import LICENCE_RULES
from special_channel.core.sense.links import LINK_RULES
from special_channel.core.sense.list_rules import LIST_RULES
from special_channel.core.sense.priority import PRIORITY_RULES
from special_channel.core.sense.promises import PROMISE_RULES
from special_channel.core.sense.return_rules import RULES as RETURN_RULES
from special_channel.core.sense.sides import SIDES_RULES
from special_channel.core.sense.statement_rules import STATEMENT_RULES
from special_channel.core.sense.texts import TEXT_RULES

RULES: Final[Mapping[str, Rule]] = {
    **RETURN_RULES,
    **LIST_RULES,
    **STATEMENT_RULES,
    **LICENCE_RULES,
    **LINK_RULES,
    **TEXT_RULES,
    **PRIORITY_RULES,
    **PROMISE_RULES,
    **ASKING_RULES,
    **SIDES_RULES,
}
"""The rules of sheets, further statements and free texts; a rule of several is the same."""
