"""Views of keys, enrolment, sign-in and losses after a restore, for pages and API.

Names of officials come from our side's directory and are never sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.broker.starting import WAITS
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.ids import Digest, Party, PersonId
from special_channel.core.bytes.times import instant
from special_channel.core.entries import KeyEnrolled, parse
from special_channel.ports.conditions import FORKED
from special_channel.web.shared.fingerprints import fingerprint
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shell.codes import InvitationItem


class KeyItem(View):
    """A key of our side with its holder.

    Attributes:
        state: Status after the latest entry.
        since: Time of the last entry about the key; None if the entry is damaged.
        this_computer: The reader signed in with this key.
    """

    author: Author
    suite: str
    state: Literal["active", "suspended", "revoked", "left"]
    since: datetime | None
    this_computer: bool = False


class PendingKey(View):
    """A key offered at a time, waiting for the signatures of two persons.

    Attributes:
        person: The holder's pseudonym in the record.
        envelope: `key.enrolled`, signed by the key.
    """

    key: str
    name: str
    person: PersonId
    role: str
    unit: str
    desk: str
    at: str
    envelope: str

    @property
    def entry_id(self) -> str:
        """Id of the `key.enrolled`."""
        return dsse.decode(self.envelope.encode()).id

    @property
    def payload(self) -> str:
        """The bytes that the holder signed and others sign: canonical JSON."""
        return dsse.decode(self.envelope.encode()).payload.decode()

    @property
    def suite(self) -> str:
        """Signature suite of the key."""
        return self._entry().body.suite

    @property
    def fingerprint(self) -> str:
        """SHA-256 of suite, a zero byte and key in 64 hex digits, read aloud by the holder."""
        return fingerprint(self._entry().body)

    def _entry(self) -> KeyEnrolled:
        entry = parse(dsse.decode(self.envelope.encode()).payload)
        assert isinstance(entry, KeyEnrolled)  # noqa: S101 - `enrolment.offer` stores no other kind
        return entry


class PendingKeys(View):
    """Keys waiting for signatures, oldest first."""

    enrolments: tuple[PendingKey, ...]


class SeenLog(View):
    """Size and root of a log, for the field `seen` of an entry."""

    log: str
    size: int
    root: str


class EnrolStart(View):
    """Content of `key.enrolled` for a browser.

    `words` has names of role and desk; `roots` the pin of each party's root, 64 hex digits, which
    new officials compare with a printed copy.
    """

    party: Party
    log: str
    person: PersonId
    name: str
    role: str
    unit: str
    desk: str
    at: str
    seen: tuple[SeenLog, ...]
    roots: dict[Party, Digest]
    words: dict[str, str]


class EnrolState(View):
    """State of a key's enrolment."""

    key: str
    state: Literal["waiting", "confirmed", "refused"]


class IssuedCode(View):
    """A one-time code for an official, and its expiry time."""

    official: int
    code: str
    expires: str


class InvitationList(View):
    """The one-time codes that are not used and not taken back, oldest first."""

    invitations: tuple[InvitationItem, ...]


class Invited(View):
    """A person added to our directory; the code only if the function is granted already."""

    official: int
    person: PersonId
    code: str | None = None
    expires: str | None = None


class DirectoryEntry(View):
    """An entry of the directory; readers verify the chain of entries from the pinned root on."""

    position: str
    envelope: str


class Directory(View):
    """Both parties' directory entries, in order."""

    eu: tuple[DirectoryEntry, ...]
    cn: tuple[DirectoryEntry, ...]


class Challenge(View):
    """The exact bytes to sign under the sign-in payload type, in base64."""

    payload: str


class OpenedSession(View):
    """An open session.

    Attributes:
        token: Bearer token; None for a browser, since browsers get a cookie.
        csrf: New token for the forms of a browser's open page.
        seconds: Until a browser's session ends.
    """

    token: str | None = None
    expires: str
    csrf: str | None = None
    seconds: int | None = None


LogState = Literal["whole", "healing", "tail-lost", "waits", "unsigned"]
"""State of our shared log: complete; entries being fetched; entries missing on both nodes; other
node's copy not seen yet; not signing for another reason."""


class LostLog(View):
    """A log whose last entries are missing.

    Attributes:
        held: Number of entries in the database.
        signed: Number of entries that this node signed.
        root: Root hash of the signed log.
        last_accepted: Time of the last entry in the database; empty if absent.
    """

    log: str
    held: int
    signed: int
    root: str
    last_accepted: str

    @property
    def missing(self) -> int:
        """Number of missing entries; 0 if the database has as many other entries."""
        return self.signed - self.held

    @property
    def last(self) -> datetime | None:
        """Time of the last entry in the database."""
        return instant(self.last_accepted) if self.last_accepted else None


class RecoveryView(View):
    """Losses of our logs, and signatures for continuing without the lost entries.

    Attributes:
        reason: Code of the reason for not signing in our shared log; empty while signing.
        tail_lost: The other node was asked for the missing entries and does not have them.
        pending: `private.restored` with a registrar's signature but no head of unit's.
        log: Origin of our shared log.
        private_log: Origin of our private log.
    """

    reason: str
    shared: LostLog | None
    tail_lost: bool
    private: LostLog | None
    pending: str | None
    log: str
    private_log: str

    @property
    def state(self) -> LogState:
        """State of our shared log."""
        if self.shared and self.reason != FORKED:
            return "tail-lost" if self.tail_lost else "healing"
        if self.reason in WAITS:
            return "waits"
        # Behind the other node's copy, for instance, though not behind the guard.
        return "unsigned" if self.reason else "whole"

    @property
    def body(self) -> str:
        """Body of `private.restored` for the loss, as canonical JSON; empty without a loss."""
        lost = self.private
        if lost is None:
            return ""
        body = {"size": lost.held, "signed": lost.signed, "root": lost.root}
        return canonical.dumps(body).decode()


class FirstSignature(View):
    """A registrar's signature of `private.restored`, before a second person's signature.

    Attributes:
        payload: The signed bytes: canonical JSON.
    """

    entry_id: str
    author: Author
    at: datetime
    payload: str
