"""Ports of our side's people: directory, enrolment, sessions, drafts and read marks.

Work, not facts: never compared with the other side, never sent. Each port has one contract suite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from special_channel.core.bytes.ids import EntryId, KeyId, Party, ThreadId
from special_channel.core.entries import Role

Language = Literal["en", "zh-CN"]


@dataclass(frozen=True, slots=True)
class Official:
    """A person in our side's directory. Never leaves the node.

    `channels`: the person's alert channels in order of preference; empty: the node's order.
    `shortcuts`: whether single-key shortcuts work on the person's pages.
    """

    id: int
    name: str
    role: Role
    unit: str
    desk: str
    email: str
    language: Language
    channels: tuple[str, ...] = ()
    shortcuts: bool = True


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A key that waits for the registrar's confirmation, with the entry signed by the key."""

    key: KeyId
    official: int
    envelope: bytes
    at: datetime
    state: Literal["waiting", "confirmed", "refused"]


@dataclass(frozen=True, slots=True)
class Session:
    """The key and official behind a cookie or bearer token. The token itself is not stored."""

    key: KeyId
    official: int | None
    kind: Literal["browser", "bearer"]
    expires: datetime


@dataclass(frozen=True, slots=True)
class Clearance:
    """A signed draft that waits for release: a second official's signature on the same bytes."""

    id: EntryId
    envelope: bytes
    parts: tuple[bytes, ...]
    by: KeyId
    at: datetime
    state: Literal["waiting", "cleared", "returned"]
    remark: str = ""


class Officials(Protocol):
    """Our side's directory: names and addresses of our side's people."""

    async def add(self, official: Official) -> int:
        """Add a person and return their number; `official.id` is ignored."""
        ...

    async def all(self) -> Sequence[Official]:
        """Return all officials, in order of their numbers."""
        ...

    async def of_key(self, key: KeyId) -> Official | None:
        """Return the owner of a key, or None."""
        ...

    async def of_keys(self, keys: Sequence[KeyId]) -> dict[KeyId, Official]:
        """Return the owners of keys; unknown keys are omitted."""
        ...

    async def keys_of(self, official: int) -> Sequence[KeyId]:
        """Return a person's keys, confirmed or not."""
        ...

    async def bind(self, key: KeyId, official: int) -> None:
        """Assign a key to an official; idempotent."""
        ...

    async def set_language(self, official: int, language: Language) -> None:
        """Set the language of a person's pages."""
        ...

    async def set_shortcuts(self, official: int, *, on: bool) -> None:
        """Turn single-key shortcuts on a person's pages on or off."""
        ...


class Enrolments(Protocol):
    """One-time codes and keys that wait for the registrar."""

    async def invite(self, code: bytes, official: int, expires: datetime) -> None:
        """Store an invitation for a person by its code's SHA-256."""
        ...

    async def invited(self, code: bytes, now: datetime) -> Official | None:
        """Return the official whom a code invites; None if the code is used or expired."""
        ...

    async def put(self, code: bytes, enrolment: Enrolment) -> bool:
        """Use a code and store the enrolment; return False if the code was used meanwhile."""
        ...

    async def waiting(self) -> Sequence[Enrolment]:
        """Return enrolments that wait for the registrar, oldest first."""
        ...

    async def of_key(self, key: KeyId) -> Enrolment | None:
        """Return a key's enrolment."""
        ...

    async def close(self, key: KeyId, state: Literal["confirmed", "refused"]) -> None:
        """Close a key's enrolment."""
        ...


class Sessions(Protocol):
    """Sessions by the SHA-256 of their token, and sign-in challenges by their nonce."""

    async def open(self, token: bytes, session: Session) -> None:
        """Store a session."""
        ...

    async def find(self, token: bytes, now: datetime) -> Session | None:
        """Look up an unexpired session by its token."""
        ...

    async def ended(
        self, held: Sequence[tuple[bytes, KeyId]], now: datetime
    ) -> Mapping[bytes, str]:
        """Return the ended sessions among `held` (token, key), with the code of the cause.

        `key-suspended`, `key-revoked` or `key-unknown`; else `session-over`. Active sessions are
        omitted.
        """
        ...

    async def end(self, token: bytes) -> None:
        """Delete a session."""
        ...

    async def sweep(self, now: datetime) -> int:
        """Delete ended sessions and expired challenges; return the number of sessions deleted.

        A session ends when it expires or its key is no longer active. Restoring a key later does
        not restore its sessions.
        """
        ...

    async def challenge(
        self, nonce: str, key: KeyId, expires: datetime, client: str, room: tuple[int, datetime]
    ) -> bool:
        """Store a nonce that may be answered once.

        `room`: the limit of a client's open challenges, and the current time. At the limit, store
        nothing and return False.
        """
        ...

    async def answered(self, nonce: str, key: KeyId, now: datetime) -> bool:
        """Delete a nonce that was answered; return False if unknown, expired or another key's."""
        ...


@dataclass(frozen=True, slots=True)
class SavedText:
    """The last saved state of a draft.

    `text`: JSON. `version`: unique number of the save.
    """

    text: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Replaces:
    """The saved draft that a save may replace.

    `version`: the version that the page loaded or saved last, 0 for none. `page`: a random name of
    the open page. A page may replace its own save of any version.
    """

    # The reply to a page's last save may have been lost: then the page does not know the version.
    version: int
    page: str = ""


class Drafts(Protocol):
    """Unsigned texts that officials are writing; stored on the server only."""

    async def save(
        self, key: KeyId, place: str, text: str, at: datetime, over: Replaces | None = None
    ) -> int | None:
        """Store a draft's JSON text; delete the draft if the text is empty.

        Returns the new version, 0 after deletion. With `over`, returns None and changes nothing if
        another page saved or deleted the draft meanwhile.

        Raises:
            RuleBroken: `draft-limit` if the drafts of the key's owner would be too many or too
                long in total.
        """
        ...

    async def load(self, key: KeyId, place: str) -> SavedText | None:
        """Look up a draft."""
        ...


class Uploads(Protocol):
    """Uploads by official, to limit the files that no entry names."""

    async def unnamed(self, key: KeyId) -> int:
        """Return the bytes of stored uploads by a key's owner that no entry names."""
        ...

    async def add(self, key: KeyId, sha256: str, length: int, at: datetime) -> None:
        """Record an upload."""
        ...

    async def forget(self) -> None:
        """Delete records of files that are deleted or named by an entry."""
        ...


class Clearances(Protocol):
    """Signed drafts that wait for release by a second official."""

    async def put(self, drafts: Sequence[Clearance]) -> None:
        """Store the drafts of one act atomically; drafts with a stored id are skipped.

        Raises:
            RuleBroken: `release-limit` if the author's waiting drafts would be too many or too
                long in total.
        """
        ...

    async def waiting(self) -> Sequence[Clearance]:
        """Return drafts that wait for release, oldest first."""
        ...

    async def count(self) -> int:
        """Return the number of drafts that wait for release."""
        ...

    async def get(self, id_: EntryId) -> Clearance | None:
        """Look up a draft by id."""
        ...

    async def returned(self, by: KeyId) -> Sequence[Clearance]:
        """Return an author's returned drafts, newest first."""
        ...

    async def close(
        self, id_: EntryId, state: Literal["cleared", "returned"], remark: str = ""
    ) -> None:
        """Close a draft as released or returned, with a remark to the author if returned."""
        ...


@dataclass(frozen=True, slots=True)
class ReadMark:
    """How much of a thread was shown to a reader: entries of each log below these indexes."""

    # Indexes, since a display order would miss an entry that arrives late and is displayed before
    # others (rule 5).
    eu: int = 0
    cn: int = 0
    at: datetime | None = None

    def of(self, log: Party) -> int:
        """Return the index of a log's first new entry."""
        return self.eu if log == "eu" else self.cn


@dataclass(frozen=True, slots=True)
class News:
    """Threads with entries that are new to a reader.

    Attributes:
        threads: Threads in which a log's newest entry was written by someone else, and was not
            shown to the reader.
        last: When one of the threads was last shown to the reader; None if never.
    """

    threads: frozenset[ThreadId] = frozenset()
    last: datetime | None = None


class Reads(Protocol):
    """Read marks by official and thread."""

    async def mark(self, key: KeyId, thread: ThreadId, mark: ReadMark, at: datetime) -> bool:
        """Store how far and when a thread was shown to an official; never lower a mark.

        Returns whether this call raised the mark: the official read a new entry.
        """
        ...

    async def marks(
        self, key: KeyId, threads: Sequence[ThreadId] | None = None
    ) -> dict[ThreadId, ReadMark]:
        """Return an official's marks of some threads, or of all."""
        ...

    async def news(self, key: KeyId, threads: Sequence[ThreadId]) -> News:
        """Return the threads with entries that are new to an official."""
        ...


@dataclass(frozen=True, slots=True)
class MailboxItem:
    """A message that the demonstration shows on the node's mailbox page."""

    id: str
    recipient: str
    subject: str
    text: str
    at: datetime


class Mailbox(Protocol):
    """The local mailbox of the demonstration."""

    async def deliver(self, item: MailboxItem) -> None:
        """Store a message; deduplicate by id."""
        ...

    async def items(self, limit: int) -> Sequence[MailboxItem]:
        """Return the newest messages first."""
        ...
