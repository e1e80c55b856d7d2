"""Ports of one side alone: its people, their enrolment, sessions, drafts and read marks.

Work, not facts: never compared, never sent. Each has one contract suite.
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
    """A person of the own side, as the own directory has them. Never leaves the node.

    `channels`: ways to them in the order that they want them; empty: the node's own order.
    `shortcuts`: whether single keys act on this person's pages.
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
    """A key on its way into the directory: the entry signed by the key alone."""

    key: KeyId
    official: int
    envelope: bytes
    at: datetime
    state: Literal["waiting", "confirmed", "refused"]


@dataclass(frozen=True, slots=True)
class Session:
    """Who a cookie or bearer token stands for. The token itself is not stored."""

    key: KeyId
    official: int | None
    kind: Literal["browser", "bearer"]
    expires: datetime


@dataclass(frozen=True, slots=True)
class Clearance:
    """A signed draft that waits for a second official's signature on the same bytes."""

    id: EntryId
    envelope: bytes
    parts: tuple[bytes, ...]
    by: KeyId
    at: datetime
    state: Literal["waiting", "cleared", "returned"]
    remark: str = ""


class Officials(Protocol):
    """The own directory: names and addresses of the own people."""

    async def add(self, official: Official) -> int:
        """Add a person and return their number; `official.id` is ignored."""
        ...

    async def all(self) -> Sequence[Official]:
        """Return everybody, in the order of their numbers."""
        ...

    async def of_key(self, key: KeyId) -> Official | None:
        """Return whose key this is."""
        ...

    async def of_keys(self, keys: Sequence[KeyId]) -> dict[KeyId, Official]:
        """Return whose these keys are."""
        ...

    async def keys_of(self, official: int) -> Sequence[KeyId]:
        """Return a person's keys, confirmed or not."""
        ...

    async def bind(self, key: KeyId, official: int) -> None:
        """Say whose key this is. Idempotent."""
        ...

    async def set_language(self, official: int, language: Language) -> None:
        """Remember the language a person reads pages in."""
        ...

    async def set_shortcuts(self, official: int, *, on: bool) -> None:
        """Remember whether single keys act on a person's pages."""
        ...


class Enrolments(Protocol):
    """One-time codes and keys that wait for the registrar."""

    async def invite(self, code: bytes, official: int, expires: datetime) -> None:
        """Keep a code's SHA-256 for a person."""
        ...

    async def invited(self, code: bytes, now: datetime) -> Official | None:
        """Return who a code is for, unless it is used or over."""
        ...

    async def put(self, code: bytes, enrolment: Enrolment) -> bool:
        """Use the code up and keep the key's entry; False if it was used meanwhile."""
        ...

    async def waiting(self) -> Sequence[Enrolment]:
        """Return what waits for the registrar, oldest first."""
        ...

    async def of_key(self, key: KeyId) -> Enrolment | None:
        """Return a key's enrolment."""
        ...

    async def close(self, key: KeyId, state: Literal["confirmed", "refused"]) -> None:
        """End the waiting."""
        ...


class Sessions(Protocol):
    """Sessions by the SHA-256 of their token; sign-in challenges by their nonce."""

    async def open(self, token: bytes, session: Session) -> None:
        """Keep a session."""
        ...

    async def find(self, token: bytes, now: datetime) -> Session | None:
        """Return a session that is not over."""
        ...

    async def ended(
        self, held: Sequence[tuple[bytes, KeyId]], now: datetime
    ) -> Mapping[bytes, str]:
        """Return which of these sessions (token, key) are over, with the code of the cause.

        `key-suspended`, `key-revoked` or `key-unknown`; else `session-over`. Sessions that go on
        are omitted.
        """
        ...

    async def end(self, token: bytes) -> None:
        """Delete a session."""
        ...

    async def sweep(self, now: datetime) -> int:
        """Delete what is over: sessions that expired or whose key is not active, challenges.

        Returns how many sessions were deleted. A key that is restored later brings no session
        back.
        """
        ...

    async def challenge(
        self, nonce: str, key: KeyId, expires: datetime, client: str, room: tuple[int, datetime]
    ) -> bool:
        """Keep a nonce that may be answered once.

        False, and nothing is kept, if as many as `room` says of this client are open now.
        """
        ...

    async def answered(self, nonce: str, key: KeyId, now: datetime) -> bool:
        """Use a nonce up; False if it is not there, over, or another key's."""
        ...


@dataclass(frozen=True, slots=True)
class SavedText:
    """A draft as it was saved last.

    `text`: JSON. `version`: names these words alone; no other save ever gets the number.
    """

    text: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Replaces:
    """Which draft a save may replace.

    `version`: the one that the page loaded or saved last, 0 for none. `page`: a name that the open
    page made up; what it saved itself it may replace whatever the version, since its reply may
    have been lost.
    """

    version: int
    page: str = ""


class Drafts(Protocol):
    """Texts being typed: on the server only."""

    async def save(
        self, key: KeyId, place: str, text: str, at: datetime, over: Replaces | None = None
    ) -> int | None:
        """Keep a draft's JSON text; delete the draft if the text is empty.

        Returns the new version, 0 after deleting; None if `over` is given and another page has
        saved or deleted the draft meanwhile: then nothing changes.

        Raises:
            RuleBroken: `draft-limit`: all drafts of the key's owner would be too many or too long.
        """
        ...

    async def load(self, key: KeyId, place: str) -> SavedText | None:
        """Return a draft."""
        ...


class Uploads(Protocol):
    """Who uploaded which file, to count what no entry names."""

    async def unnamed(self, key: KeyId) -> int:
        """Return how many bytes the owner of a key uploaded that are here and no entry names."""
        ...

    async def add(self, key: KeyId, sha256: str, length: int, at: datetime) -> None:
        """Note an upload."""
        ...

    async def forget(self) -> None:
        """Forget who uploaded what is deleted, or named by an entry."""
        ...


class Clearances(Protocol):
    """Signed drafts that wait for a second signature."""

    async def put(self, drafts: Sequence[Clearance]) -> None:
        """Keep the drafts of one act: all or none. The same id again is the same draft.

        Raises:
            RuleBroken: `release-limit`: the author's waiting drafts would be too many or too long.
        """
        ...

    async def waiting(self) -> Sequence[Clearance]:
        """Return what waits, oldest first."""
        ...

    async def count(self) -> int:
        """Return how many wait."""
        ...

    async def get(self, id_: EntryId) -> Clearance | None:
        """Return one draft."""
        ...

    async def returned(self, by: KeyId) -> Sequence[Clearance]:
        """Return an author's drafts that were sent back, the newest first."""
        ...

    async def close(
        self, id_: EntryId, state: Literal["cleared", "returned"], remark: str = ""
    ) -> None:
        """End the waiting, with a remark to the author of one that is sent back."""
        ...


@dataclass(frozen=True, slots=True)
class ReadMark:
    """How much of a thread a reader was shown: entries of each log below these indexes.

    Not a display order: an entry may arrive late and stand before others (rule 5).
    """

    eu: int = 0
    cn: int = 0
    at: datetime | None = None

    def of(self, log: Party) -> int:
        """Return the index in a log from which on entries are new."""
        return self.eu if log == "eu" else self.cn


@dataclass(frozen=True, slots=True)
class News:
    """What is new to a reader in some threads.

    Attributes:
        threads: In which a log's newest entry is beyond what the reader was shown, and another's.
        last: When they were shown one of them last, None if never.
    """

    threads: frozenset[ThreadId] = frozenset()
    last: datetime | None = None


class Reads(Protocol):
    """Up to where each official has read each thread."""

    async def mark(self, key: KeyId, thread: ThreadId, mark: ReadMark, at: datetime) -> bool:
        """Remember what was shown, and when; never goes back.

        True for the one call that moved it: something new was read.
        """
        ...

    async def marks(
        self, key: KeyId, threads: Sequence[ThreadId] | None = None
    ) -> dict[ThreadId, ReadMark]:
        """Return an official's marks of these threads, or all."""
        ...

    async def news(self, key: KeyId, threads: Sequence[ThreadId]) -> News:
        """Return in which of these threads something is new to an official."""
        ...


@dataclass(frozen=True, slots=True)
class MailboxItem:
    """A message that the demonstration shows on the node's own page."""

    id: str
    recipient: str
    subject: str
    text: str
    at: datetime


class Mailbox(Protocol):
    """The local mailbox of the demonstration."""

    async def deliver(self, item: MailboxItem) -> None:
        """Keep a message; the same id again is the same message."""
        ...

    async def items(self, limit: int) -> Sequence[MailboxItem]:
        """Return the newest messages first."""
        ...
