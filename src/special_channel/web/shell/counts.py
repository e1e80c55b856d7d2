"""How much waits for a reader on each page of the menu; a page and its live stream count alike.

Some counts are the same for all readers of equal roles, others are a person's own: acts that wait
for their signature, entries that they may review, grants of access. What these are made of is read
once for all streams of a process. Does not know any page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rules.charter_changes import highest
from special_channel.core.rules.doubt import KnownDoubts
from special_channel.desk.act_queue import WaitingActs
from special_channel.stores.access import WaitingGrant
from special_channel.web.http.services import NodeServices, Services
from special_channel.web.http.sessions import Visitor
from special_channel.web.shell.context import OFFICIALS, OVERSIGHT, REGISTRAR


@dataclass(frozen=True, slots=True)
class PersonalCounts:
    """What each reader's own counts are made of, at one moment.

    Attributes:
        acts: Acts on people that wait for a signature.
        doubts: The doubt of the record.
        grants: Grants of access that wait; None where overseers alone are asked about them.
    """

    acts: WaitingActs
    doubts: KnownDoubts
    grants: Sequence[WaitingGrant] | None

    def of(self, party: Party, who: Visitor) -> Mapping[str, int]:
        """Return a reader's own counts, by page. Entries to review: those of the reader's keys."""
        person = who.row.person
        reviews = self.doubts.count_to_review(party, person) if person else 0
        counts = {"people": self.acts.count(who.key), "review": reviews}
        if self.grants is not None:
            counts["access"] = sum(person not in each for each in self.grants)
        return counts


async def read_personal(own: Services, who: Visitor, doubts: KnownDoubts) -> PersonalCounts:
    """Read what the own counts of a reader, and of all others of equal roles, are made of."""
    now = own.node.clock.now()
    overseer = OVERSIGHT in who.row.roles_now
    grants = await own.desk.access.waiting(now) if overseer else None
    return PersonalCounts(await own.desk.queue.read(doubts, now), doubts, grants)


async def shared_counts(
    own: Services, who: Visitor, charters: Sequence[CharterRow]
) -> Mapping[str, int]:
    """Count items that wait for all readers of equal roles, by page."""
    counts = {"inbox": await own.stores.views.threads_asked(own.node.identity.party)}
    if who.row.roles_now & OFFICIALS:
        counts["clearance"] = await own.desk.clearances.count()
    if REGISTRAR in who.row.roles_now:
        counts["rules"] = to_adopt(own.node, charters)
    return counts


async def shared_now(own: Services, who: Visitor) -> Mapping[str, int]:
    """Count as `shared_counts`, after reading the charters."""
    if REGISTRAR not in who.row.roles_now:
        return await shared_counts(own, who, ())
    rows = await own.stores.record.rows(frozenset(("party", party) for party in PARTIES))
    charters = [row for row in rows.values() if isinstance(row, CharterRow)]
    return await shared_counts(own, who, charters)


def to_adopt(node: NodeServices, charters: Sequence[CharterRow]) -> int:
    """Count the charters that the other side adopted and our side may adopt next."""
    mine = highest(charters, node.identity.party)
    return sum(
        len({fact.digest for fact in row.adoptions}) for row in charters if row.number > mine
    )
