"""Views of a side's persons, keys, machines and roots, for pages, API and file.

Names of officials come from our side's directory and are never sent; the other side's persons have
desk and number alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId, KeyId, Party
from special_channel.web.shared.times import TimeList
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shell.directory_views import (
    ChangeItem,
    MachineItem,
    PersonItem,
    RootsItem,
)

SMALLEST: Final = 2
"""Registrars that a side keeps, leaders that it keeps, and keys of each of them (K15)."""


class TooFew(View):
    """Fewer registrars or leaders than a side keeps, or fewer keys of them (K15).

    Attributes:
        what: `registrars` or `leaders`: too few persons; `keys`: persons with one key alone.
        count: Persons who can sign now; for `keys`, persons with one key alone.
    """

    what: Literal["registrars", "leaders", "keys"]
    count: int


class PeopleView(SizesView):
    """A side's persons that match, with the machines and roots of the side.

    Attributes:
        total: Number of persons that match.
        persons: Number of persons who have not left.
        keys: Number of their keys that have not ended.
        registrars: Number of registrars who can sign now.
        few: What is below the smallest side; our side alone.
    """

    party: Party
    total: int
    items: tuple[PersonItem, ...]
    persons: int
    keys: int
    registrars: int
    machines: tuple[MachineItem, ...]
    roots: RootsItem | None = None
    few: tuple[TooFew, ...] = ()

    @property
    def by_role(self) -> dict[str, list[MachineItem]]:
        """Machines' keys by role, in the order of the roles."""
        found: dict[str, list[MachineItem]] = {}
        for machine in self.machines:
            found.setdefault(machine.role, []).append(machine)
        return found


class WaitingAct(View):
    """An act on people that waits for a further signature.

    Attributes:
        who: Person acted on: name, desk and number; None for a machine or a charter.
        person: Number of the person.
        key: Key acted on.
        by: Who signed first, by name.
        expires: When it lapses.
    """

    id: EntryId
    kind: str
    who: str | None = None
    person: int | None = None
    key: KeyId | None = None
    by: str
    at: datetime
    expires: datetime

    @property
    def url(self) -> str:
        """Address of the act's page."""
        return f"/people/acts/{self.id}"


class JournalItem(View):
    """A line of our side's journal of acts on people.

    Attributes:
        act: Word of the act, such as `key-revoked-asked`.
        words: The act in the reader's language.
        reason: True reason of a stop, in the reader's language; it never left our side.
        who: Person acted on: name, desk and number.
        person: Number of the person.
        key: Key acted on.
        position: Entry of the shared log that the act became.
    """

    at: datetime
    act: str
    words: str
    reason: str | None = None
    who: str | None = None
    person: int | None = None
    key: KeyId | None = None
    position: str | None = None


class Journal(View):
    """Lines of the journal, newest first, and their total number."""

    total: int
    items: tuple[JournalItem, ...]


WorkKind = Literal["act", "release", "draft", "assigned", "asked", "unanswered", "disputed"]
"""What a person began and others go on with."""


class WorkItem(View):
    """Something that a person who has left began.

    Attributes:
        kind: Kind of the entry, or empty.
        number: Number of the thread, or of the entry; empty if absent.
        place: Where a draft stands; empty for other things.
    """

    what: WorkKind
    kind: str = ""
    number: str = ""
    url: str = ""
    at: datetime | None = None
    place: str = ""

    @property
    def form(self) -> str:
        """The form in which a draft outside a thread stands, by a code."""
        form = self.place.partition("-")[0]
        return form if form in {"new", "answer", "meeting", "words", "promise"} else "other"


class Changes(View):
    """Changes, newest first, and their total number.

    Attributes:
        times: What the times of entries show; the other side's log alone.
    """

    total: int
    items: tuple[ChangeItem, ...]
    times: TimeList = TimeList()
