"""The menu: the pages that exist for a reader in six groups, and how much waits on each.

A page and its live stream count alike. Does not draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from special_channel.core.rules.roles import HEADS
from special_channel.desk.people_alarms import LOOKERS
from special_channel.web.http.sessions import Visitor
from special_channel.web.shell.context import OVERSIGHT, REGISTRAR, PageContext
from special_channel.web.shell.counts import menu_row, read_personal, shared_counts

TRIERS: Final = ("head", "director", "registrar")
"""Roles that may send a test to their own side's people."""

Group = Literal["work", "permits", "meetings", "deadlines", "reports", "office"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
"""Groups of the menu, in order."""

GROUP_OF: Final[Mapping[str, Group]] = {
    **dict.fromkeys(
        (
            *(
                "inbox",
                "clearance",
                "drafts",
                "new-thread",
                "notices",
                "threads",
                "unit",
                "search",
                "review",
            ),
            "quarantine",
        ),
        "work",
    ),
    **dict.fromkeys(("batches", "applications", "licences", "priority"), "permits"),
    "meetings": "meetings",
    "deadlines": "deadlines",
    **dict.fromkeys(("numbers", "figures", "fairness", "alerts"), "reports"),
    **dict.fromkeys(("people", "rules", "channels", "access"), "office"),
}
"""Groups of the menu by page, in the order of the menu."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page in the reader's menu.

    `page`: its name, such as inbox, threads or deadlines. `count`: number of waiting items; None
    for pages without a count. `arises`: the item is hidden until something waits there.
    """

    page: str
    url: str
    count: int | None = None
    arises: bool = False


NEW_THREAD: Final = NavItem("new-thread", "/threads/new")
"""Opens a thread on no list; pages of a list or an application have a link of the same name."""


def grouped(nav: Sequence[NavItem]) -> tuple[tuple[Group, tuple[NavItem, ...]], ...]:
    """Return a reader's pages in their groups; empty groups are left out."""
    places = [*GROUP_OF]
    pages = sorted(nav, key=lambda item: places.index(item.page))
    of = ((group, [item for item in pages if GROUP_OF[item.page] == group]) for group in GROUPS)
    return tuple((group, tuple(items)) for group, items in of if items)


async def menu(context: PageContext, who: Visitor) -> tuple[NavItem, ...]:
    """List a reader's pages, with the number of items waiting on each page."""
    own, row = context.own, await menu_row(context.own)
    counts = {
        **shared_counts(own.node, who, context.charters, row),
        **(await read_personal(own, who, context.doubts, row)).of(context.party, who),
    }
    items = [
        NavItem("inbox", "/inbox"),
        *([NavItem("drafts", "/drafts"), NEW_THREAD] if context.writes else []),
        NavItem("notices", "/notices"),
        NavItem("search", "/search"),
        NavItem("threads", "/threads"),
        NavItem("batches", "/batches"),
        NavItem("applications", "/applications"),
        NavItem("numbers", "/numbers"),
        NavItem("licences", "/licences"),
        NavItem("priority", "/priority"),
        NavItem("meetings", "/meetings"),
        NavItem("deadlines", "/deadlines"),
        NavItem("alerts", "/alerts"),
        NavItem("figures", "/figures"),
    ]
    items += [NavItem("fairness", "/fairness")] if context.party == "eu" else []
    items.append(NavItem("rules", "/rules"))
    items += [NavItem("unit", "/unit")] if who.row.roles_now & HEADS else []
    if context.writes or REGISTRAR in who.row.roles_now:
        items.append(NavItem("clearance", "/clearances"))
    arises = not context.doubts.count_to_review(context.party)
    items.append(NavItem("review", "/review", arises=arises))
    if not who.row.roles_now.isdisjoint(LOOKERS):
        items.append(NavItem("quarantine", "/quarantine", arises=True))
    items.append(NavItem("people", "/people"))
    if OVERSIGHT in who.row.roles_now:
        items.append(NavItem("access", "/access"))
    if not who.row.roles_now.isdisjoint(TRIERS):
        items.append(NavItem("channels", "/channels"))
    return tuple(replace(item, count=counts.get(item.page)) for item in items)
