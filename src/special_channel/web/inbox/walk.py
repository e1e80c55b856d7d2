"""Work through the inbox: the thread after or before another in the order of the inbox.

The address keeps the place, not a window of the browser: a thread that left the inbox meanwhile
still has its place, and the next one is found from it. A selection to be answered is walked alike,
in its own order; its place names the threads to come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast, get_args
from urllib.parse import parse_qsl, quote, urlencode

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Position
from special_channel.web.inbox.views import GroupKey, WorkStep
from special_channel.web.inbox.waiting import (
    EVERY_THREAD,
    InboxFilters,
    InboxQuery,
    Listed,
    Waiting,
    waiting,
)
from special_channel.web.shared.query import NEAREST, PlaceText, Text, read_query
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.scopes import Scope
from special_channel.web.shell.threads import find_thread

_GROUPS: Final[tuple[GroupKey, ...]] = get_args(GroupKey)
_PLACE: Final = re.compile(
    r"([a-z]{1,8})\.([0-3])\.([0-9TZ:-]{1,32})\.((?:EU|CN)-[0-9]{1,15})"
    r"(~(?:(?:EU|CN)-[0-9]{1,15}~){0,49})?"
    r"(?:!([0-9A-Za-z_.~%=&+-]{1,900}))?"
)

CHOSEN: Final = 50
"""Threads of a selection, as other acts take them."""


class WorkQuery(InboxFilters):
    """Scope and filters of the inbox, and the place after or before which the thread is asked for.

    A place has its own scope and filters. Without one it is the first thread. A thread's number is
    its place while the inbox has it; once it has left, the walk begins with the first one. `laid`:
    not empty once something in the thread at `after` was sent for release. `came`: the place before
    `after`, to which the reader of a form may go back; it chooses nothing. `thread`: numbers of
    chosen threads, to be answered one after the other; the walk goes through these alone.
    """

    scope: Scope | None = None
    after: PlaceText = ""
    before: PlaceText = ""
    came: PlaceText = ""
    laid: Text = ""
    thread: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A thread's place in the inbox.

    Attributes:
        scope: Whose threads the inbox shows.
        group: Rank of the group.
        key: Key of the order within the group.
        number: Number of the thread.
        chosen: The threads after it in a selection; None in the whole inbox.
        only: The filters of the inbox.
    """

    scope: Scope
    group: int
    key: str
    number: Position
    chosen: tuple[Position, ...] | None = None
    only: InboxFilters = EVERY_THREAD

    def __str__(self) -> str:
        chosen = "" if self.chosen is None else "~" + "".join(f"{each}~" for each in self.chosen)
        only = f"!{urlencode(self.only.narrowing)}" if self.only.narrowing else ""
        return f"{self.scope}.{self.group}.{self.key}.{self.number}{chosen}{only}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read a place.

        Raises:
            Malformed: `cursor-malformed`, `request-malformed`.
        """
        found = _PLACE.fullmatch(text)
        if found is None or found[1] not in get_args(Scope):
            raise Malformed("cursor-malformed", "Not a place in the inbox.")
        scope = cast("Scope", found[1])
        chosen = None
        if found[5]:
            chosen = tuple(Position.parse(each) for each in found[5].split("~")[1:-1])
        only = read_query(InboxFilters, parse_qsl(found[6] or ""))
        return cls(scope, int(found[2]), found[3], Position.parse(found[4]), chosen, only)

    @property
    def order(self) -> tuple[int, str, Position]:
        """Order of the places of one scope."""
        return self.group, self.key, self.number

    def url(self, came: str, laid: str = "") -> str:
        """Return the address of the thread's page, with the place and the one before in it."""
        before = f"&came={quote(came)}" if came else ""
        before += "&laid=1" if came and laid else ""
        # The newest note is below the thread's head: the reader begins there, without scrolling.
        answers = "#newest" if self.chosen is None else f"&answer={NEAREST}#compose"
        return f"/threads/{self.number}?work={quote(str(self))}{before}{answers}"


async def work_step(context: PageContext, query: WorkQuery) -> WorkStep:
    """Return the next thread of the inbox, or the one before; `url` is a list after the last.

    Raises:
        Malformed: `cursor-malformed`, `position-malformed`, `request-malformed`, `mark-threads`.
        NotFound: `thread-unknown`.
    """
    if query.thread:
        return await _answer_chosen(context, query)
    back = bool(query.before)
    asked = query.before or query.after
    # A number has no dot, a place has three.
    numbered = Position.parse(asked) if asked and "." not in asked else None
    here = Place.parse(asked) if asked and not numbered else None
    if here and here.chosen is not None:
        return _chosen_step(here, () if back else here.chosen, query)
    only = here.only if here else query
    scope = here.scope if here else query.scope
    waits = await waiting(context, InboxQuery(scope=scope), only)
    listed = dict(_places(waits, only))
    if numbered:
        here = next((place for place in listed if place.number == numbered), None)
    places = sorted(listed, key=lambda place: place.order, reverse=back)
    ahead = [
        place
        for place in places
        if here is None or (place.number != here.number and (place.order < here.order) == back)
    ]
    if not ahead:
        return _ended(waits.scope, only, query)
    found = ahead[0]
    question = listed[found].question
    return WorkStep(
        url=found.url("" if numbered else query.after, query.laid),
        left=len(ahead),
        number=str(found.number),
        group=_GROUPS[found.group],
        due=question.due if question else "",
    )


async def _answer_chosen(context: PageContext, query: WorkQuery) -> WorkStep:
    """Return the first of the chosen threads; the place names the others."""
    numbers = tuple(dict.fromkeys(query.thread))
    if len(numbers) > CHOSEN:
        raise Malformed("mark-threads", "Too many threads at once.", limit=CHOSEN)
    rows = [await find_thread(context, each) for each in numbers]
    chosen = tuple(dict.fromkeys(row.position for row in rows))
    scope = query.scope or ("unit" if context.writes else "all")
    return _chosen_step(Place(scope, 0, "0", chosen[0], only=query), chosen, WorkQuery())


def _chosen_step(here: Place, chosen: Sequence[Position], query: WorkQuery) -> WorkStep:
    """Return the first of the threads to come in a selection, or the list after the last."""
    if not chosen:
        return _ended(here.scope, here.only, query)
    place = replace(here, number=chosen[0], chosen=tuple(chosen[1:]))
    url = place.url(query.after, query.laid)
    return WorkStep(url=url, left=len(chosen), number=str(place.number))


def _ended(scope: Scope, only: InboxFilters, query: WorkQuery) -> WorkStep:
    """Return the list after the last thread; the queue for release if that thread waits there."""
    back_to = urlencode({"scope": scope, **only.narrowing})
    return WorkStep(url="/clearances" if query.laid else f"/inbox?{back_to}", left=0)


def _places(waits: Waiting, only: InboxFilters) -> Iterator[tuple[Place, Listed]]:
    for rank, listed in enumerate((waits.ours, waits.theirs, waits.reminded, waits.new)):
        for each in listed:
            place = Place(waits.scope, rank, each.key(only.sort), each.thread.position, only=only)
            yield place, each
