"""Counts beside the menu's items; a page and its live stream count alike.

Some counts are shared by readers of equal roles. Others are a person's own: acts waiting for the
person's signature, entries to review, grants of access, requests for quarantined files. Rows are
read once for the streams of a process. Does not know any page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rules.charter_changes import highest
from special_channel.core.rules.doubt import KnownDoubts
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.desk.act_queue import MOST, WaitingActs
from special_channel.stores.access import WaitingGrant
from special_channel.stores.menu_rows import MenuRow
from special_channel.web.http.services import NodeServices, Services
from special_channel.web.http.sessions import Visitor
from special_channel.web.shell.context import OFFICIALS, OVERSIGHT, REGISTRAR


@dataclass(frozen=True, slots=True)
class PersonalCounts:
    """Rows of the readers' own counts, at one moment.

    Attributes:
        acts: Acts on people that wait for a signature.
        doubts: The doubt of the record.
        grants: Waiting grants of access; None for a reader without oversight.
        drafts: Numbers of drafts by person; for a key of nobody in our directory by key.
        row: Counts of the menu, with each person's news.
    """

    acts: WaitingActs
    doubts: KnownDoubts
    grants: Sequence[WaitingGrant] | None
    row: MenuRow
    drafts: Mapping[str, int] = field(default_factory=dict)

    def of(self, party: Party, who: Visitor) -> Mapping[str, int]:
        """Return a reader's own counts, by page."""
        person = who.row.person
        reviews = self.doubts.count_to_review(party, person) if person else 0
        counts = {
            "people": self.acts.count(who.key),
            "review": reviews,
            "notices": self.row.news_of(person),
        }
        if who.row.roles_now & OFFICIALS:
            counts["drafts"] = self.drafts.get(person) or self.drafts.get(who.key, 0)
        if who.row.roles_now & MAY_SIGN["quarantine.agreed"]:
            counts["quarantine"] = sum(each != person for each in self.row.asked)
        if self.grants is not None:
            counts["access"] = sum(person not in each for each in self.grants)
        return counts


async def menu_row(own: Services) -> MenuRow:
    """Read what the menu counts, the same for all readers."""
    return await own.stores.menu.read(own.node.identity.party, own.node.clock.now(), MOST)


async def read_personal(
    own: Services, who: Visitor, doubts: KnownDoubts, row: MenuRow
) -> PersonalCounts:
    """Read the rows of own counts, for a reader and others of equal roles."""
    now = own.node.clock.now()
    overseer = OVERSIGHT in who.row.roles_now
    grants = await own.desk.access.waiting(now) if overseer else None
    drafts = {name: int(count) for name, _, count in (each.partition(" ") for each in row.drafts)}
    acts = await own.desk.queue.read(row, doubts, now)
    return PersonalCounts(acts, doubts, grants, row, drafts)


def shared_counts(
    node: NodeServices, who: Visitor, charters: Sequence[CharterRow], row: MenuRow
) -> Mapping[str, int]:
    """Count waiting items shared by readers of equal roles, by page."""
    counts = {"inbox": row.threads}
    if who.row.roles_now & OFFICIALS:
        counts["clearance"] = row.releases
    if REGISTRAR in who.row.roles_now:
        counts["rules"] = to_adopt(node, charters)
    return counts


async def shared_now(own: Services, who: Visitor, row: MenuRow) -> Mapping[str, int]:
    """Count as `shared_counts`, after reading the charters."""
    if REGISTRAR not in who.row.roles_now:
        return shared_counts(own.node, who, (), row)
    rows = await own.stores.record.rows(frozenset(("party", party) for party in PARTIES))
    charters = [row for row in rows.values() if isinstance(row, CharterRow)]
    return shared_counts(own.node, who, charters, row)


def to_adopt(node: NodeServices, charters: Sequence[CharterRow]) -> int:
    """Count the charters that the other side adopted and our side may adopt next."""
    mine = highest(charters, node.identity.party)
    return sum(
        len({fact.digest for fact in row.adoptions}) for row in charters if row.number > mine
    )
