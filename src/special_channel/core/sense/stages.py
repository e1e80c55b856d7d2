"""Stages of an application, as the rules of plausibility group them.

Source: the procedure of the Administrative Licensing Law and the Dual-Use Items Regulations.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

BEFORE: Final = frozenset({"drafted", "submitted", "provincial", "supplement"})
"""Before acceptance."""

RUNNING: Final = frozenset({"accepted", "review", "expert", "council"})
"""Accepted, not decided."""

GRANTED: Final = frozenset({"approved", "issued", "used", "expired"})
"""Approved, and what follows."""

FINAL: Final = GRANTED | {"refused"}
"""Decided."""

OUT: Final = frozenset({"not_accepted", "returned", "withdrawn"})
"""Ended without a decision; a new round can begin."""

NOT_COUNTED: Final = frozenset({"uncounted", "council"})
"""Acts by which time is not counted, or has no limit."""

FLAG: Final = frozenset({"customs_query"})
"""Says something of a consignment, and nothing of the application's stage."""

START: Final = date(2025, 4, 4)
"""The day on which Announcement 18 of 2025 took effect."""

_ACCEPTED: Final = RUNNING | {"approved", "refused", "returned", "withdrawn"}
# `accepted` after `review` is not backward: officials use 已受理 as the general word.
_FORWARD: Final[Mapping[str, frozenset[str]]] = {
    "drafted": frozenset({"submitted"}),
    "submitted": frozenset({"provincial", "supplement", "accepted"}) | OUT,
    "provincial": frozenset({"supplement", "accepted"}) | OUT,
    "supplement": frozenset({"submitted", "provincial", "accepted"}) | OUT,
    **dict.fromkeys(RUNNING, _ACCEPTED),
    "approved": frozenset({"issued", "expired"}),
    "issued": frozenset({"used", "expired"}),
    "used": frozenset({"expired"}),
}
"""One step of the procedure within a round."""

_AGAIN: Final = frozenset({"submitted", "provincial", "supplement", "accepted"})
"""First states of a new round, after `OUT`."""


def _after(first: str) -> frozenset[str]:
    """Return the states that can follow, in a new round only after a state of `OUT`."""
    reached = set(_AGAIN if first in OUT else _FORWARD.get(first, ()))
    ahead = [*reached]
    while ahead:
        for state in _FORWARD.get(ahead.pop(), frozenset()) - reached:
            reached.add(state)
            ahead.append(state)
    return frozenset(reached)


KNOWN: Final = BEFORE | RUNNING | FINAL | OUT
_LATER: Final[Mapping[str, frozenset[str]]] = {state: _after(state) for state in sorted(KNOWN)}


def leads_to(first: str, then: str) -> bool:
    """Return whether a state can follow another one, after any number of steps.

    A state of a newer peer and a customs query are outside the procedure: anything can follow.
    """
    return first == then or not {first, then} <= KNOWN or then in _LATER[first]
