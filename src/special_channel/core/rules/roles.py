"""Roles that may sign each kind, under rules 1 (docs/formats/kinds.md).

How many persons sign an act on people is in `persons.py`. A charter may require more signers by
release rules, never fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.bytes.ids import Party, Role

_OFFICIALS: Final[frozenset[Role]] = frozenset({"desk", "head", "director"})
_LEADERS: Final[frozenset[Role]] = frozenset({"head", "director"})
_OVERSIGHT: Final[frozenset[Role]] = frozenset({"oversight"})
_REGISTRAR: Final[frozenset[Role]] = frozenset({"registrar"})
_NODE: Final[frozenset[Role]] = frozenset({"node"})
_ROOT: Final[frozenset[Role]] = frozenset({"root"})
_SERVICE: Final[frozenset[Role]] = frozenset({"service"})

HEADS: Final = _LEADERS
"""Roles that head desks of their side: they read what each desk holds."""

CLEARERS: Final = _OFFICIALS
"""Roles that may put a second signature on a draft."""

MAY_SIGN: Final = {
    "party.founded": _ROOT,
    "roots.rotated": _ROOT,
    "role.granted": _OFFICIALS | _REGISTRAR | _ROOT,
    "role.ended": _OFFICIALS | _REGISTRAR | _ROOT | _NODE | _OVERSIGHT,
    "person.left": _LEADERS | _REGISTRAR | _ROOT,
    "key.enrolled": frozenset(),
    "machine.enrolled": _LEADERS | _REGISTRAR | _ROOT,
    "key.suspended": _OFFICIALS | _REGISTRAR | _NODE | _OVERSIGHT,
    "key.restored": _LEADERS | _REGISTRAR | _ROOT,
    "key.revoked": _OFFICIALS | _REGISTRAR | _ROOT | _OVERSIGHT,
    "entry.reviewed": _OFFICIALS | _REGISTRAR,
    "charter.adopted": _LEADERS | _REGISTRAR,
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
    "batch.listed": _OFFICIALS | _SERVICE,
    "batch.amended": _OFFICIALS,
    "batch.answered": _OFFICIALS,
    "application.asserted": _OFFICIALS | _SERVICE,
    "application.linked": _OFFICIALS | _SERVICE,
    "meeting.held": _OFFICIALS,
    "point.noted": _OFFICIALS,
    "point.marked": _OFFICIALS,
    "clock.marked": _OFFICIALS | _SERVICE,
    "approval.revoked": _OFFICIALS,
    "difference.marked": _OFFICIALS,
    "licence.issued": _OFFICIALS,
    "licence.drawn": _OFFICIALS | _SERVICE,
    "priority.requested": _OFFICIALS,
    "priority.answered": _OFFICIALS,
    "part.erased": _LEADERS | _REGISTRAR | _NODE,
    "peer.seen": _NODE,
    "peer.refused": _NODE,
    "log.restored": _ROOT,
    "note.internal": _OFFICIALS,
    "draft.cleared": _OFFICIALS | _REGISTRAR,
    "draft.returned": _OFFICIALS | _REGISTRAR,
    "draft.routed": _NODE,
    "draft.checked": _OFFICIALS,
    "sense.confirmed": _OFFICIALS,
    "columns.kept": _OFFICIALS | _NODE | _SERVICE,
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
    "access.granted": _ROOT | _OVERSIGHT,
    "access.ended": _ROOT | _OVERSIGHT,
    "act.recorded": _NODE,
    "files.scanned": _NODE,
    "quarantine.asked": _LEADERS | _REGISTRAR,
    "quarantine.agreed": _LEADERS | _REGISTRAR,
}
"""Roles of the author. The author of `key.enrolled` is the new key, which has no role yet."""

SERVICE_KINDS: Final = frozenset(kind for kind, roles in MAY_SIGN.items() if "service" in roles)
"""Kinds that a service may be enrolled for (K19)."""

STATED_BY: Final[Mapping[str, Party]] = {
    "batch.listed": "eu",
    "batch.amended": "eu",
    "batch.answered": "cn",
    "approval.revoked": "cn",
    "licence.issued": "cn",
    "licence.drawn": "cn",
    "priority.requested": "eu",
    "priority.answered": "cn",
}
"""Kinds that only one side may write. For all other kinds the named entry decides."""
