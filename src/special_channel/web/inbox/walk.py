"""Work through the inbox: the thread after or before another in the order of the inbox.

The address keeps the place, not a window of the browser: a thread that left the inbox meanwhile
still has its place, and the next one is found from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast, get_args
from urllib.parse import quote

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Position
from special_channel.web.inbox.views import GroupKey, WorkStep
from special_channel.web.inbox.waiting import Listed, ScopeQuery, Waiting, waiting
from special_channel.web.shared.query import Query, Text
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.scopes import Scope

NEWEST: Final = 2**62
"""Larger than the display order of any entry."""

_GROUPS: Final[tuple[GroupKey, ...]] = get_args(GroupKey)
_PLACE: Final = re.compile(r"([a-z]{1,8})\.([0-3])\.([0-9TZ:-]{1,32})\.((?:EU|CN)-[0-9]{1,15})")


class WorkQuery(Query):
    """The scope of the inbox, and the place after or before which the thread is asked for.

    Without a place it is the first thread. A thread's number is its place while the inbox has it;
    once it has left, the walk begins with the first one. `laid`: not empty once something in the
    thread at `after` was sent for release.
    """

    scope: Scope | None = None
    after: Text = ""
    before: Text = ""
    laid: Text = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A thread's place in the inbox.

    Attributes:
        scope: Whose threads the inbox shows.
        group: Rank of the group.
        key: Key of the order within the group: due time, or how long ago the last change was.
        number: Number of the thread.
    """

    scope: Scope
    group: int
    key: str
    number: Position

    def __str__(self) -> str:
        return f"{self.scope}.{self.group}.{self.key}.{self.number}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read a place.

        Raises:
            Malformed: `cursor-malformed`.
        """
        found = _PLACE.fullmatch(text)
        if found is None or found[1] not in get_args(Scope):
            raise Malformed("cursor-malformed", "Not a place in the inbox.")
        scope = cast("Scope", found[1])
        return cls(scope, int(found[2]), found[3], Position.parse(found[4]))

    @property
    def order(self) -> tuple[int, str, Position]:
        """Order of the places of one scope."""
        return self.group, self.key, self.number

    def url(self, came: str, laid: str = "") -> str:
        """Return the address of the thread's page, with the place and the one before in it."""
        before = f"&came={quote(came)}" if came else ""
        before += "&laid=1" if came and laid else ""
        return f"/threads/{self.number}?work={quote(str(self))}{before}"


async def work_step(context: PageContext, query: WorkQuery) -> WorkStep:
    """Return the next thread of the inbox, or the one before; `url` is a list after the last.

    Raises:
        Malformed: `cursor-malformed`, `position-malformed`.
    """
    back = bool(query.before)
    asked = query.before or query.after
    # A number has no dot, a place has three.
    numbered = Position.parse(asked) if asked and "." not in asked else None
    here = Place.parse(asked) if asked and not numbered else None
    waits = await waiting(context, ScopeQuery(scope=here.scope if here else query.scope))
    listed = dict(_places(waits))
    if numbered:
        here = next((place for place in listed if place.number == numbered), None)
    places = sorted(listed, key=lambda place: place.order, reverse=back)
    ahead = [
        place
        for place in places
        if here is None or (place.number != here.number and (place.order < here.order) == back)
    ]
    if not ahead:
        # The last one waits for release: the reader sees where.
        last = "/clearances" if query.laid else f"/inbox?scope={waits.scope}"
        return WorkStep(url=last, left=0)
    found = ahead[0]
    question = listed[found].question
    return WorkStep(
        url=found.url("" if numbered else query.after, query.laid),
        left=len(ahead),
        number=str(found.number),
        group=_GROUPS[found.group],
        due=question.due if question else "",
    )


def _places(waits: Waiting) -> Iterator[tuple[Place, Listed]]:
    for rank, listed in enumerate((waits.ours, waits.theirs, waits.reminded, waits.new)):
        for each in listed:
            yield Place(waits.scope, rank, _key(each), each.thread.position), each


def _key(each: Listed) -> str:
    """Return a key in the order of the group: the nearest due first, or the last changed."""
    return each.question.due if each.question else str(NEWEST - each.thread.order)
