"""Views of grants of access, for overseers alone."""

from __future__ import annotations

from datetime import datetime

from special_channel.core.bytes.ids import EntryId, KeyId, PersonId
from special_channel.web.shared.view import View


class ReaderView(View):
    """An overseer or a service of our side.

    Attributes:
        reader: Pseudonym of the person, or id of the service's key, as a grant names it.
        name: Name in our directory; of a service its desk.
        me: Whether this is the reader of the page.
    """

    reader: str
    name: str
    me: bool = False


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


class GrantView(View):
    """A grant of access.

    Attributes:
        id: Id of its entry.
        position: Its number in our private log.
        in_force: Whether it admits readings now.
        ended: Number of the entry that ended it.
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


class WaitingView(View):
    """A grant that waits for a second overseer.

    `payload` are the signed bytes, shown to the second signer; `mine`: the reader signed it or is
    its beneficiary, and can't be second.
    """

    id: EntryId
    envelope: str
    payload: str
    reader: ReaderView
    scope: ScopeView
    until: datetime
    purpose: str
    order: str
    by: str
    at: datetime
    mine: bool


class AccessView(View):
    """What an overseer may read, and all grants of our side.

    `person` and `key` are the reader's; `private_log` is the log that grants are signed for.
    """

    person: PersonId
    key: KeyId
    private_log: str
    own: tuple[GrantView, ...]
    grants: tuple[GrantView, ...]
    waiting: tuple[WaitingView, ...]
    readers: tuple[ReaderView, ...]


class ScopeIds(View):
    """Ids of threads and lists, as a grant names them."""

    threads: tuple[str, ...]
    batches: tuple[EntryId, ...]
