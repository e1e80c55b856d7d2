"""Cut the groups of the inbox into portions, for a page of at most 400 KB of HTML.

A group too long for its page leads on to its other portions, with the filter kept. Files, the API
and the walk through the inbox take whole groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote, urlencode

from special_channel.web.inbox.views import GroupView
from special_channel.web.inbox.waiting import InboxQuery
from special_channel.web.shared.portions import PortionQuery, Portions
from special_channel.web.shell.markup import visible
from special_channel.web.shell.scopes import Scope
from special_channel.web.shell.threads import ThreadItem

ROWS: Final = 50
"""Threads of a portion."""

LABEL: Final = 100
"""Half-widths of a subject on the ruler and in its table; a thread's page has the whole subject."""

# Bytes of HTML. The rest of 400 KB is for the frame, the news, corrections and filters.
ROOM: Final = 320_000
CARD: Final = 1_750
"""A card of the ruler with its row in the table."""

DATE: Final = 800
"""A row of the ruler's table."""

ROW: Final = 1_400
"""A thread without its texts."""


class InboxPageQuery(InboxQuery, PortionQuery):
    """The page of the inbox; `part`: id of a group's heading."""

    def address(self, scope: Scope) -> str:
        """Return scope and filters as in the page's address; `scope`: the scope shown."""
        away = {"away": "1"} if self.away else {}
        return urlencode({"scope": scope, **away, **self.narrowing})

    def address_here(self, scope: Scope) -> str:
        """Return the address with the portion."""
        part = {"part": self.part, "page": str(self.page)} if self.part else {}
        return "&".join(filter(None, (self.address(scope), urlencode(part))))


def cut_groups(
    groups: Sequence[GroupView], query: InboxPageQuery, scope: Scope, cards: int
) -> tuple[GroupView, ...]:
    """Return the groups of an inbox, every group with a portion of its threads.

    Args:
        groups: The groups with every thread to be listed.
        query: Filters, and the portion of a group; other groups show their first.
        scope: Scope of the inbox.
        cards: Number of cards on the ruler.
    """
    weights = {item.number: _weight(item) for group in groups for item in group.items}

    def weigh(item: ThreadItem) -> int:
        return weights[item.number]

    heaviest = _share([sum(map(weigh, group.items)) for group in groups], ROOM - CARD * cards)
    portions = Portions(f"/inbox?{query.address(scope)}", query, heaviest, ROWS)

    def cut(group: GroupView) -> GroupView:
        made = portions.of(f"g-{group.key}", group.items, weigh, main=True)
        if made.pages.pages == 1:
            return group
        found = {"items": made.items, "first": made.first, "pages": made.pages}
        return group.model_copy(update=found)

    return tuple(map(cut, groups))


def _share(weights: Iterable[int], room: int) -> int:
    """Return the most bytes of a group; what light groups leave, heavy groups share."""
    left = sorted(weights)
    for groups, weight in zip(range(len(left), 0, -1), left, strict=True):
        if weight * groups > room:
            return room // groups
        room -= weight
    return max(left, default=0)


def _weight(item: ThreadItem) -> int:
    """Return the bytes of a thread's row, with those of its date in the ruler's table."""
    texts = [item.title.original.text, item.silence or "", item.known or ""]
    texts.append(item.title.translation.text if item.title.translation else "")
    if item.last:
        texts += (item.last.words.text, item.last.author.name or "")
    if item.batch:
        texts.append(item.batch.name)
    if item.holder:
        texts.append(item.holder.shown)
    labels = item.marks.labels if item.marks else ()
    texts += (each + quote(each) for each in labels)
    tags = 60 * len(labels)
    return ROW + DATE * bool(item.due) + tags + len(visible("".join(texts)).encode())
