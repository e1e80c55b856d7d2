"""Views of the node's state, for pages and API. Show no text of a note and no address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from special_channel.channels.probes import ChannelTestResult
from special_channel.desk.file_scanner import CheckState
from special_channel.web.shared.times import TimeList
from special_channel.web.shared.view import View
from special_channel.web.shell.proofs import EntryWithProof


class LogHead(View):
    """A log on this node. `delivered`: size cosigned by the side that mirrors the log."""

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


class FunctionInForce(View):
    """A function of the reader: the number for `as`, and the kinds that it may sign.

    `stands_in`: it is that of an absent person; `words` say of whom, and are empty otherwise.
    """

    number: int
    role: str
    stands_in: bool
    kinds: tuple[str, ...]
    words: str = ""


class Heads(View):
    """Both logs, the charter in force, and the state digest at these sizes.

    `functions`: those of the reader, own ones first.
    """

    party: str
    heads: tuple[LogHead, ...]
    charter: CharterInForce | None = None
    state: str
    functions: tuple[FunctionInForce, ...] = ()


class DamagedPlace(View):
    """Damage of an entry in our database: number (`EU-5`), and data such as `envelope`."""

    place: str
    what: str
    part: str = ""


class Status(View):
    """State of the node, link and reminders; the page of the link shows a part of it.

    Attributes:
        reason: Code of the reason for not signing in our log; empty if ready.
        last_heard: Time of the other node's last answer; None if silent since our node's start.
        link_stopped: Code of the reason for not copying the other side's log; empty while copying.
        waits_for: The other side's incomplete entry, before later entries in the queue.
        queued: Number of entries in the queue.
        waiting: Number of complete entries in the queue.
        behind: Number of the other side's entries not judged here.
        undelivered: Number of our entries without the other side's cosignature.
        private_held: Size of the private log in the database, if its end is lost.
        private_signed: Size of the private log as signed by this node, if its end is lost.
        check_passed_at: Time of the last check of the whole record without a finding.
        check_ended_at: Time of the last check.
        damaged: Damage known now.
        times: What the times of the other side's entries show (rules K8 and K28).
    """

    party: str
    ready: bool
    reason: str
    link_down_since: datetime | None = None
    last_heard: datetime | None = None
    link_stopped: str
    waits_for: str | None = None
    queued: int
    waiting: int
    behind: int
    alarms: tuple[str, ...]
    undelivered_since: datetime | None = None
    peer_undelivered_since: datetime | None = None
    reminders_stopped_since: datetime | None = None
    peer_reminders_stopped_since: datetime | None = None
    canary_at: datetime | None = None
    eu: int
    cn: int
    undelivered: int
    private_held: int | None = None
    private_signed: int | None = None
    state: str
    check_passed_at: datetime | None = None
    check_ended_at: datetime | None = None
    damaged: tuple[DamagedPlace, ...] = ()
    times: TimeList = TimeList()


class ChannelTests(View):
    """Results in the order of the channels."""

    results: tuple[ChannelTestResult, ...]


class MailView(View):
    """A mail in the demonstration's mailbox.

    Attributes:
        at: When it was made.
        sender: Display name of the sender; empty if the whole message was not kept.
        to: Its recipient.
        subject: Its subject.
        body: Its first lines, or the whole text if the message was not kept.
        url: The page that shows it as it would arrive; None if the message was not kept.
        lang: Its language; empty if the message was not kept.
    """

    at: datetime
    sender: str
    to: str
    subject: str
    body: str
    url: str | None = None
    lang: str = ""


class PrivateItem(View):
    """An entry of the private log with parts.

    Attributes:
        about: The list of kept columns, or the draft sent back; otherwise empty.
        here: Whether each part is still stored.
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
    """An entry with its proof. `stands`: the entry has the newest columns of its list."""

    stands: bool


class StoredFile(View):
    """A file's digest and length in bytes, and what our side's virus scanners say of it.

    Attributes:
        check: `unscanned` without a scanner; `checking` until every scanner gave its verdict.
    """

    sha256: str
    len: int
    check: CheckState = "unscanned"
