"""Views of the node's state, for pages and API. Show no text of a note and no address."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from special_channel.web.api.entries import EntryWithProof
from special_channel.web.shared.view import View


class LogHead(View):
    """A log on this node; `delivered` is the size that the other side has cosigned."""

    log: str
    party: str
    size: int
    root: str
    note: str | None = None
    delivered: int


class CharterInForce(View):
    """The charter in force, with its document."""

    number: int
    digest: str
    document: dict[str, Any]


class Heads(View):
    """Both logs, the charter in force, and the state digest at these sizes."""

    party: str
    heads: tuple[LogHead, ...]
    charter: CharterInForce | None = None
    state: str


class DamagedPlace(View):
    """A part of an entry (`EU-5`) that the database holds other than signed: `envelope`, say."""

    place: str
    what: str
    part: str = ""


class Status(View):
    """State of the node, link and reminders.

    Attributes:
        reason: Code of the reason for which nothing is signed in our log; empty if ready.
        waits_for: The other side's incomplete entry for which later ones wait.
        waiting: Number of its entries that arrived complete and wait.
        behind: Number of its entries that are not judged here.
        undelivered: Number of our entries that the other side has not cosigned.
        private_held: Size of the private log in the database, if its end is lost.
        private_signed: Size of the private log as this node signed it, if its end is lost.
        check_passed_at: Time of the last check of the whole record without a finding.
        check_ended_at: Time of the last check.
        damaged: Damage known now.
    """

    party: str
    ready: bool
    reason: str
    link_down_since: str | None = None
    waits_for: str | None = None
    waiting: int
    behind: int
    alarms: tuple[str, ...]
    undelivered_since: str | None = None
    peer_undelivered_since: str | None = None
    reminders_stopped_since: str | None = None
    peer_reminders_stopped_since: str | None = None
    canary_at: str | None = None
    eu: int
    cn: int
    undelivered: int
    private_held: int | None = None
    private_signed: int | None = None
    state: str
    check_passed_at: str | None = None
    check_ended_at: str | None = None
    damaged: tuple[DamagedPlace, ...] = ()


class LinkView(View):
    """State of the link, and the other side's entries that wait behind an incomplete one.

    Attributes:
        last_heard: Time of the other node's last answer; None since this node started.
        stopped: Code of the reason for which its log is not copied; empty if it is.
        waits_for: Number of the incomplete entry; empty if nothing waits.
        entries: Number of its entries that arrived, complete or not, and wait.
        waiting: Number of the complete ones.
        elsewhere: Number of its later entries that have not arrived.
    """

    last_heard: datetime | None = None
    stopped: str = ""
    waits_for: str = ""
    entries: int = 0
    waiting: int = 0
    elsewhere: int = 0


class ChannelTest(View):
    """Result of a channel's test.

    Attributes:
        said: The service's response text.
        code: Code of the error; empty if the test was sent.
        facts: Facts of the error's sentence, as in problems.
    """

    channel: str
    outcome: Literal["sent", "later", "refused"]
    said: str
    code: str = ""
    facts: dict[str, str | int]


class ChannelTests(View):
    """Results in the order of the channels."""

    results: tuple[ChannelTest, ...]


class MailView(View):
    """A mail in the demonstration's mailbox; `url` is the address of our page that it names."""

    at: datetime
    to: str
    subject: str
    body: str
    url: str | None = None


class PrivateItem(View):
    """An entry of the private log that has parts.

    Attributes:
        about: The list whose columns it keeps, or the draft that it sent back; else empty.
        here: For each part, whether it is still stored.
    """

    position: str
    index: int
    id: str
    kind: str
    thread: str
    about: str
    by: str
    accepted: str
    here: tuple[bool, ...]


class PrivateItems(View):
    """Entries of the private log, newest first, at most 100."""

    items: tuple[PrivateItem, ...]


class PrivateEntry(EntryWithProof):
    """An entry with its proof. `stands`: it has the newest columns of its list."""

    stands: bool


class StoredFile(View):
    """A file's digest and length in bytes."""

    sha256: str
    len: int
