"""Views of grants of access, for overseers alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

from special_channel.core.bytes.ids import EntryId, KeyId, PersonId
from special_channel.web.shared.acts import ActItem
from special_channel.web.shared.query import Filters, Text
from special_channel.web.shared.view import View

State = Literal["in-force", "over", "ended", "waiting"]
STATES: Final[tuple[State, ...]] = get_args(State)
"""States of a grant; one that waits has one signature."""


class AccessFilters(Filters):
    """Filters of grants by part of the reader's name, the purpose or the order, and by state.

    `sort`: the newest or the oldest grant first, or the next to expire.
    """

    text: Text = ""
    state: Literal["", State] = ""
    sort: Literal["newest", "oldest", "expiry"] = "newest"


class ReaderView(View):
    """An overseer or a service of our side.

    Attributes:
        reader: Pseudonym of the person, or id of the service's key, as a grant names it.
        name: Name in our directory; of a service its desk.
        me: Whether this is the reader of the page, or a service that the reader answers for.
        owner: Pseudonym of the person who answers for a service.
    """

    reader: str
    name: str
    me: bool = False
    owner: str | None = None


class ScopeView(View):
    """What a grant covers: everything unless it names threads, lists or days.

    `threads` and `lists` are numbers; what is unknown here is named by its id.
    """

    threads: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None

    @property
    def everything(self) -> bool:
        """Whether the grant names nothing."""
        return not (self.threads or self.lists or self.first)

    @property
    def urls(self) -> dict[str, str]:
        """Addresses of the threads and lists that are known here, by number."""
        folders = (("threads", self.threads), ("batches", self.lists))
        return {
            number: f"/{folder}/{number}"
            for folder, numbers in folders
            for number in numbers
            if "-" in number
        }

    @property
    def days(self) -> tuple[str, str]:
        """First and last day of the entries; empty without days."""
        return self.first or "", self.last or ""


class GrantView(View):
    """A grant of access.

    Attributes:
        id: Id of its entry.
        position: Its number in our private log.
        in_force: Whether the grant is in force.
        ended: Number of the entry with the end.
    """

    id: EntryId
    position: str
    reader: ReaderView
    scope: ScopeView
    until: datetime
    purpose: str
    order: str
    in_force: bool
    ended: str | None = None

    @property
    def state(self) -> str:
        """State as a word: `in-force`, `over` by its time, or `ended` by an overseer."""
        if self.ended:
            return "ended"
        return "in-force" if self.in_force else "over"


class GrantAct(ActItem):
    """A grant waiting for a second overseer, or what became of it.

    Attributes:
        signed: Names of the signers so far.
        can: Names of the overseers who can sign second.
    """

    reader: ReaderView
    scope: ScopeView
    until: datetime
    purpose: str
    order: str
    signed: tuple[str, ...]
    can: tuple[str, ...]


class AccessView(View):
    """What an overseer may read, and the grants of our side that match a filter, in its order.

    `person` and `key` are the reader's; `private_log` is the log that grants are signed for.
    `closed`: grants that were refused, taken back or lapsed.
    """

    person: PersonId
    key: KeyId
    private_log: str
    own: tuple[GrantView, ...]
    grants: tuple[GrantView, ...]
    waiting: tuple[GrantAct, ...]
    closed: tuple[GrantAct, ...]
    readers: tuple[ReaderView, ...]

    @property
    def in_force(self) -> tuple[GrantView, ...]:
        """Grants in force."""
        return tuple(each for each in self.grants if each.in_force)

    @property
    def past(self) -> tuple[GrantView, ...]:
        """Grants over or ended."""
        return tuple(each for each in self.grants if not each.in_force)

    @property
    def own_now(self) -> tuple[GrantView, ...]:
        """The reader's grants in force."""
        return tuple(each for each in self.own if each.in_force)


class ScopeIds(View):
    """Ids of threads and lists, as a grant names them."""

    threads: tuple[str, ...]
    batches: tuple[EntryId, ...]
