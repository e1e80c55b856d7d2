"""All rules of plausibility by number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.sense.findings import Rule
from special_channel.core.sense.licence_rules import LICENCE_RULES
from special_channel.core.sense.list_rules import LIST_RULES
from special_channel.core.sense.return_rules import RULES as RETURN_RULES
from special_channel.core.sense.statement_rules import STATEMENT_RULES

RULES: Final[Mapping[str, Rule]] = {
    **RETURN_RULES,
    **LIST_RULES,
    **STATEMENT_RULES,
    **LICENCE_RULES,
}
"""The rules of return sheets, lists and further statements; a rule of several is the same."""
