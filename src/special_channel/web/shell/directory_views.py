"""Views of a side's persons, keys, machines and roots, and of the changes of its directory.

Names of officials come from our side's directory and are never sent; the other side's persons have
desk and number alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final, Literal

from special_channel.core.bytes.ids import KeyId, Party, PersonRole
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.view import View

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


def key_url(key: KeyId) -> str:
    """Return a key's page."""
    return f"/keys/{key}"


def person_url(party: Party, number: int) -> str:
    """Return a person's page."""
    return f"/people/{party}/{number}"


class FunctionItem(EntryItem):
    """A function of a person.

    Attributes:
        number: Number of the grant, by which entries name it (`as`).
        desk: Code of the desk, and its title in the reader's language.
        since: Entry of the grant, and its time of acceptance.
        ended: Entry of the end; None while it is in force.
        until: Time limit, if any.
        absent: Desk and number of the person for whom a stand-in acts.
        known: Whether the other side is known to hold the grant (K3).
    """

    numbered: ClassVar[str] = "since"

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
        number: Entry of the enrolment, and its time of acceptance.
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
        """Number of keys in use now."""
        return sum(key.usable for key in self.keys)

    @property
    def kept(self) -> int:
        """Number of keys without an end."""
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
