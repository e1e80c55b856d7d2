"""Views of the reader's own keys, functions, sessions and stop card, for page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.web.shared.view import View
from special_channel.web.shared.words import Pair


class OwnKey(View):
    """A key of the reader.

    Attributes:
        label: Which computer it is on; empty without a label.
        position: The entry that enrolled it.
        enrolled: Time of that entry; None if the entry is damaged.
        used: Time of its last entry or request; None if it was not used.
        entries: Number of entries of our shared log that it signed.
        since: Time of the last entry about it.
        here: The reader signed in with it.
    """

    key: str
    label: str
    suite: str
    position: str
    enrolled: datetime | None
    used: datetime | None
    entries: int
    state: Literal["active", "suspended", "revoked", "left"]
    since: datetime | None
    here: bool


class OwnFunction(View):
    """A function in force of the reader.

    Attributes:
        position: The entry that granted it.
        since: Time of that entry; None if the entry is damaged.
        until: When it ends by itself; empty without a limit.
        stands_in: Whether the reader stands in for somebody.
    """

    role: str
    desk: Pair
    unit: str
    position: str
    since: datetime | None
    until: str
    stands_in: bool


class SessionItem(View):
    """An open session of the reader. `here`: of this browser. `label`: of its key's computer."""

    id: int
    kind: Literal["browser", "bearer"]
    key: str
    label: str
    opened: datetime | None
    seen: datetime | None
    address: str
    here: bool


class EndedSession(View):
    """The reader's last session that ended, and the code of the cause."""

    ended: datetime
    cause: str


class SessionList(View):
    """The reader's open sessions, oldest first."""

    sessions: tuple[SessionItem, ...]


class OwnCard(View):
    """The reader's stop card: when it was printed, and when it was used."""

    printed: datetime
    spent: datetime | None


class MyKeys(View):
    """What the reader sees of the own keys.

    Attributes:
        number: The person's number, under which the other side knows the reader.
        person: The person's pseudonym.
        stand_ins: Names of those who stand in for the reader.
        card: The stop card; None if none was printed.
        doubt: First entry from which a key of the reader is doubtful; empty without doubt.
    """

    keys: tuple[OwnKey, ...]
    number: int
    person: str
    functions: tuple[OwnFunction, ...]
    stand_ins: tuple[str, ...]
    sessions: tuple[SessionItem, ...]
    ended: EndedSession | None
    card: OwnCard | None
    doubt: str
