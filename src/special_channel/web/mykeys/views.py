"""Views of the reader's own keys, functions, sessions and stop card, for page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.core.bytes.ids import PersonId
from special_channel.stores.deadlines import FeedScope, Topic
from special_channel.web.shared.view import View
from special_channel.web.shared.words import Pair
from special_channel.web.shell.colleagues import Colleague


class FeedItem(View):
    """A calendar link of the reader.

    Attributes:
        id: Number by which the reader revokes the link.
        scope: Questions of the reader's desk, or of our whole side.
        topics: Topics in the calendar.
        used: Time of a calendar program's last request; None before the first.
    """

    id: int
    scope: FeedScope
    topics: tuple[Topic, ...]
    made: datetime
    used: datetime | None


class FeedList(View):
    """The reader's calendar links, newest first. Their addresses are not stored."""

    feeds: tuple[FeedItem, ...]


class OwnKey(View):
    """A key of the reader.

    Attributes:
        label: Name of the computer that holds the key; empty without a label.
        position: Entry of the enrolment.
        enrolled: Time of the enrolment; None if the entry is damaged.
        used: Time of the key's last entry or request; None without use.
        entries: Number of entries of our shared log signed with the key.
        since: Time of the last entry about the key.
        here: Whether the reader signed in with the key.
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
        position: Entry of the grant.
        since: Time of the grant; None if the entry is damaged.
        until: Time limit of the function; empty without a limit.
        stands_in: Whether the reader stands in for somebody.
        act: Address of the form for naming a stand-in for the function, or for ending standing in;
            empty if the reader may not.
    """

    role: str
    desk: Pair
    unit: str
    position: str
    since: datetime | None
    until: str
    stands_in: bool
    act: str = ""


class StandIn(View):
    """A person who stands in for the reader, in one of the reader's functions.

    Attributes:
        name: Name, else desk and number.
        until: Time limit; empty without a limit.
        act: Address of the form for ending the standing in; empty if the reader may not.
        waits: Address of the act waiting for a second signature; empty once in force.
    """

    name: str
    role: str
    desk: Pair
    until: str
    act: str = ""
    waits: str = ""


class SessionItem(View):
    """An open session of the reader.

    `here`: whether the request belongs to the session. `label`: name of the key's computer.
    """

    id: int
    kind: Literal["browser", "bearer"]
    key: str
    label: str
    opened: datetime | None
    seen: datetime | None
    address: str
    here: bool


class EndedSession(View):
    """The reader's session that ended last, and the code of the cause."""

    ended: datetime
    cause: str


class SessionList(View):
    """The reader's open sessions, oldest first."""

    sessions: tuple[SessionItem, ...]


class ColleagueList(View):
    """People of our side, in order of their numbers."""

    items: tuple[Colleague, ...]


class OwnCard(View):
    """The reader's stop card: times of printing and of use; None if not used."""

    printed: datetime
    spent: datetime | None


class MyKeys(View):
    """The reader's keys, functions, sessions and stop card.

    Attributes:
        number: The reader's number, as the other side sees it.
        person: The reader's pseudonym.
        stand_ins: The reader's stand-ins.
        me: The reader as seen by colleagues; None for a reader who can't be assigned threads.
        colleagues: People to ask in the reader's absence.
        signing: Pseudonyms of the colleagues who stand in for the reader in the record.
        card: The reader's stop card; None before the first print.
        doubt: First disputed entry not reviewed by the reader; empty if absent.
    """

    keys: tuple[OwnKey, ...]
    number: int
    person: str
    functions: tuple[OwnFunction, ...]
    stand_ins: tuple[StandIn, ...]
    me: Colleague | None = None
    colleagues: tuple[Colleague, ...] = ()
    signing: frozenset[PersonId] = frozenset()
    sessions: tuple[SessionItem, ...]
    ended: EndedSession | None
    card: OwnCard | None
    doubt: str
