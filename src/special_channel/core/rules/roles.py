"""Roles that may sign each kind, under rules 1 (docs/formats/kinds.md).

A charter may require more signers by release rules, never fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.bytes.ids import Party

_OFFICIALS: Final = frozenset({"desk", "head", "director"})
_LEADERS: Final = frozenset({"head", "director"})
_REGISTRAR: Final = frozenset({"registrar"})
_NODE: Final = frozenset({"node"})

CLEARERS: Final = _OFFICIALS
"""Roles that may put a second signature on a draft."""

MAY_SIGN: Final = {
    "party.founded": frozenset({"root"}),
    "key.enrolled": _OFFICIALS | {"oversight", "registrar", "link", "witness"},
    "key.suspended": _OFFICIALS | _REGISTRAR,
    "key.revoked": _LEADERS | _REGISTRAR,
    "key.restored": _LEADERS | _REGISTRAR,
    "charter.adopted": _REGISTRAR,
    "thread.opened": _OFFICIALS,
    "note.posted": _OFFICIALS,
    "note.corrected": _OFFICIALS,
    "note.translated": _OFFICIALS,
    "note.withdrawn": _OFFICIALS,
    "note.acknowledged": _OFFICIALS,
    "thread.closed": _OFFICIALS,
    "thread.reopened": _OFFICIALS,
    "date.proposed": _OFFICIALS,
    "deadline.moved": _OFFICIALS | _NODE,
    "deadline.passed": _NODE,
    "referral.sent": _LEADERS,
    "batch.listed": _OFFICIALS,
    "batch.amended": _OFFICIALS,
    "batch.answered": _OFFICIALS,
    "application.asserted": _OFFICIALS,
    "application.linked": _OFFICIALS,
    "meeting.held": _OFFICIALS,
    "point.noted": _OFFICIALS,
    "point.agreed": _OFFICIALS,
    "point.differed": _OFFICIALS,
    "clock.marked": _OFFICIALS,
    "licence.issued": _OFFICIALS,
    "licence.drawn": _OFFICIALS,
    "priority.requested": _OFFICIALS,
    "priority.answered": _OFFICIALS,
    "part.erased": _LEADERS | _REGISTRAR | _NODE,
    "peer.seen": _NODE,
    "peer.refused": _NODE,
    "log.restored": frozenset({"root"}),
    "note.internal": _OFFICIALS,
    "draft.cleared": _OFFICIALS,
    "draft.returned": _OFFICIALS,
    "columns.kept": _OFFICIALS | _NODE,
    "escalation.raised": _NODE,
    "escalation.acknowledged": _OFFICIALS,
    "thread.assigned": _OFFICIALS,
    "access.read": _NODE,
    "alert.sent": _NODE,
    "export.made": _NODE,
    "private.erased": _LEADERS | _REGISTRAR,
    "private.restored": _REGISTRAR,
    "node.started": _NODE,
    "record.repaired": _NODE,
}

STATED_BY: Final[Mapping[str, Party]] = {
    "batch.listed": "eu",
    "batch.amended": "eu",
    "batch.answered": "cn",
    "licence.issued": "cn",
    "licence.drawn": "cn",
    "priority.requested": "eu",
    "priority.answered": "cn",
}
"""Kinds that only one side may write. For all other kinds the named entry decides."""

TWO_PERSONS: Final = {
    "key.enrolled": _REGISTRAR,
    "key.revoked": _LEADERS | _REGISTRAR,
    "key.restored": _LEADERS | _REGISTRAR,
    "private.restored": _LEADERS,
}
"""Kinds that two persons sign, with the roles that the second may have."""
