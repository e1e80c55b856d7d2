"""One reason for whatever the rules find, for tests about other things."""

from __future__ import annotations

from typing import Final

from special_channel.core.sense.reasons import GivenReason
from special_channel.core.sense.rules import RULES

_CONFIRMED = sorted(rule.id for rule in RULES.values() if "confirm" in rule.grades)

ANY_FINDING: Final = tuple(
    GivenReason(tuple(_CONFIRMED[first : first + 20]), range(1, 401), "checked_file")
    for first in range(0, len(_CONFIRMED), 20)
)
"""For sheets, as an author gives it: an entry names at most 20 rules for one reason."""

TYPED: Final = tuple(word for rule in _CONFIRMED for word in ("--reason", f"{rule}=checked_file"))
"""As it is typed on the command line by a program, which names each rule."""

WHY: Final = tuple("--why" if word == "--reason" else word for word in TYPED)
"""The same for commands whose `--reason` the other side reads."""
