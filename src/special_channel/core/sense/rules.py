"""All rules of plausibility by number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.sense.findings import Rule
from special_channel.core.sense.list_rules import LIST_RULES
from special_channel.core.sense.return_rules import RULES as RETURN_RULES

RULES: Final[Mapping[str, Rule]] = {**RETURN_RULES, **LIST_RULES}
"""The rules of return sheets and of lists; a rule of both is the same."""
