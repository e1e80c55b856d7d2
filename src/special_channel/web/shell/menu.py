"""The menu: pages that exist for a reader, and how much waits on each.

A page and its live stream count alike. Does not draw the menu.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rules.charter_changes import highest
from special_channel.web.http.services import DeskServices, NodeServices, Services
from special_channel.web.http.sessions import Visitor
from special_channel.web.shell.context import OFFICIALS, PageContext

REGISTRAR: Final = "registrar"
"""The one role that may sign `charter.adopted` (core/rules/roles.py)."""

RECOVERERS: Final = ("registrar", "head", "director")
"""Roles that see what a restore has cost, and act on it."""

TRIERS: Final = ("head", "director", "registrar")
"""Roles that may send a test to their own side's people."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page in the reader's menu.

    `page`: its name, such as inbox, threads or deadlines. `count`: number of waiting items; None
    for pages without a count.
    """

    page: str
    url: str
    count: int | None = None


async def waiting(own: Services, who: Visitor, charters: Sequence[CharterRow]) -> Mapping[str, int]:
    """Count items waiting for a reader, by page; pages without a count are omitted."""
    counts = {"inbox": await own.stores.views.threads_asked(own.node.identity.party)}
    if who.row.role in OFFICIALS:
        counts["clearance"] = await own.desk.clearances.count()
    if who.row.role == REGISTRAR:
        counts["rules"] = to_adopt(own.node, charters)
    return counts


async def waiting_now(own: Services, who: Visitor) -> Mapping[str, int]:
    """Count as `waiting`, after reading the charters."""
    if who.row.role != REGISTRAR:
        return await waiting(own, who, ())
    rows = await own.stores.record.rows(frozenset(("party", party) for party in PARTIES))
    return await waiting(own, who, [row for row in rows.values() if isinstance(row, CharterRow)])


def to_adopt(node: NodeServices, charters: Sequence[CharterRow]) -> int:
    """Count the charters that the other side adopted and our side may adopt next."""
    mine = highest(charters, node.identity.party)
    return sum(
        len({fact.digest for fact in row.adoptions}) for row in charters if row.number > mine
    )


def may_see_registrar(desk: DeskServices, who: Visitor) -> bool:
    """Tell whether the registrar's page is this reader's.

    In a demonstration the node holds a registrar's key, with which the heads of unit look after
    the keys, too.
    """
    if who.row.role == "registrar":
        return True
    return desk.registrar is not None and who.row.role in {"head", "director"}


async def menu(context: PageContext, who: Visitor) -> tuple[NavItem, ...]:
    """List a reader's pages, with the number of items waiting on each page."""
    own = context.own
    counts = await waiting(own, who, context.charters)
    items = [
        NavItem("inbox", "/inbox"),
        NavItem("threads", "/threads"),
        NavItem("batches", "/batches"),
        NavItem("applications", "/applications"),
        NavItem("differences", "/differences"),
        NavItem("numbers", "/numbers"),
        NavItem("licences", "/licences"),
        NavItem("priority", "/priority"),
        NavItem("meetings", "/meetings"),
        NavItem("deadlines", "/deadlines"),
        NavItem("alerts", "/alerts"),
        NavItem("figures", "/figures"),
    ]
    if context.party == "eu":
        items.append(NavItem("fairness", "/fairness"))
    items.append(NavItem("rules", "/rules"))
    if context.writes:
        items.append(NavItem("clearance", "/clearances"))
    if may_see_registrar(own.desk, who):
        items.append(NavItem("registrar", "/registrar"))
    if who.row.role in TRIERS:
        items.append(NavItem("channels", "/channels"))
    if own.desk.mailbox is not None:
        items.append(NavItem("mailbox", "/mailbox"))
    return tuple(replace(item, count=counts.get(item.page)) for item in items)
