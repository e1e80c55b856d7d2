"""Views of a side's persons, keys, machines and roots, for pages, API and file.

Names of officials come from our side's directory and are never sent; the other side's persons have
desk and number alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId, KeyId, Party, PersonRole
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.times import TimeList
from special_channel.web.shared.view import SizesView, View

KeyState = Literal["active", "suspended", "revoked", "left"]

PersonState = Literal["in-order", "suspended", "key-suspended", "no-key", "no-function", "left"]
"""State of a person by functions and keys; `key-suspended`: one of several keys is suspended."""

PERSON_STATES: Final[tuple[PersonState, ...]] = (
    "in-order",
    "suspended",
    "key-suspended",
    "no-key",
    "no-function",
    "left",
)

SMALLEST: Final = 2
"""Registrars that a side keeps, leaders that it keeps, and keys of each of them (K15)."""


def key_url(key: KeyId) -> str:
    """Return a key's page."""
    return f"/keys/{key}"


def person_url(party: Party, number: int) -> str:
    """Return a person's page."""
    return f"/people/{party}/{number}"


class FunctionItem(View):
    """A function of a person.

    Attributes:
        number: Number of the grant, by which entries name it (`as`).
        desk: Code of the desk, and its title in the reader's language.
        since: Entry that granted it, and when that was accepted.
        ended: Entry that ended it; None while it is in force.
        until: Time limit, if any.
        absent: Desk and number of the person for whom a stand-in acts.
        known: Whether the other side is known to hold the grant (K3).
    """

    number: int
    role: PersonRole
    desk: str
    title: str
    unit: str
    since: str
    at: datetime | None = None
    ended: str | None = None
    until: datetime | None = None
    absent: str | None = None
    known: bool


class KeyLine(View):
    """A key of a person or machine.

    Attributes:
        number: Entry that enrolled it, and when that was accepted.
        state: Status after all entries here.
        changed: Entry of the last change, if any.
        doubt: First entry from which the key is doubtful (K20), if any.
        known: Whether the other side is known to hold the key (K3).
    """

    key: KeyId
    suite: str
    number: str
    at: datetime | None = None
    state: KeyState
    changed: str | None = None
    changed_at: datetime | None = None
    doubt: str | None = None
    known: bool

    @property
    def url(self) -> str:
        """Address of the key's page."""
        return key_url(self.key)

    @property
    def usable(self) -> bool:
        """Whether the key signs now."""
        return self.state == "active"


class PersonItem(View):
    """A person of a side.

    Attributes:
        number: Place among the persons of the log.
        title: Desk and number, as the other side sees the person.
        name: From our directory; None for persons of the other side.
        doubt: First entry from which a suspended key is doubtful, if any.
    """

    party: Party
    number: int
    person: str
    title: str
    name: str | None = None
    functions: tuple[FunctionItem, ...]
    keys: tuple[KeyLine, ...]
    state: PersonState
    doubt: str | None = None

    @property
    def url(self) -> str:
        """Address of the person's page."""
        return person_url(self.party, self.number)

    @property
    def in_force(self) -> tuple[FunctionItem, ...]:
        """Functions in force; without one, the last that was."""
        held = tuple(each for each in self.functions if each.ended is None)
        return held or self.functions[-1:]

    @property
    def usable(self) -> int:
        """Number of keys that sign now."""
        return sum(key.usable for key in self.keys)

    @property
    def kept(self) -> int:
        """Number of keys that have not ended."""
        return sum(key.state in {"active", "suspended"} for key in self.keys)

    @property
    def stopped(self) -> int:
        """Number of suspended keys."""
        return sum(key.state == "suspended" for key in self.keys)

    def holds(self, *roles: str) -> bool:
        """Tell whether the person can sign now in one of these roles."""
        return self.usable > 0 and any(
            each.role in roles and each.ended is None and each.absent is None
            for each in self.functions
        )


class MachineItem(KeyLine):
    """A machine's key.

    Attributes:
        role: `node`, `checkpoint`, `cosigning`, `link` or `service`.
        name: Key name in signed notes, or empty.
    """

    role: str
    name: str


class RootsItem(View):
    """The root set in force: `threshold` of `parts` sign, and so many of the set that follows."""

    number: int
    position: str
    at: datetime | None = None
    parts: int
    threshold: int
    next_parts: int
    next_threshold: int


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


class ChangeItem(EntryItem):
    """An entry of a side's directory, in a neutral sentence in the reader's language."""

    position: str
    at: datetime
    kind: str
    words: str

    @property
    def url(self) -> str:
        """Address of the entry."""
        return f"/entries/{self.position}"


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
        number: Number of the thread, or of the entry; empty without one.
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
