"""Sign-in, enrolment, one's own keys, the registrar's page.

Does not make keys or check codes: the browser and the desk code do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from special_channel.core.bytes.ids import Party
from special_channel.web.pages.feed import FeedLine
from special_channel.web.shared.people import Author
from special_channel.web.shared.words import Pair

KeyState = Literal["pending", "active", "suspended", "revoked"]


@dataclass(frozen=True, slots=True)
class Root:
    """A pinned party root: `fingerprint` is 64 hex, shown in groups of four."""

    party: Party
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SignInPage:
    """Sign-in. `next_url`: where the reader wanted to go."""

    template: ClassVar[str] = "signin.html"
    page: ClassVar[str] = "signin"

    next_url: str = "/"
    enrol_url: str = "/enrol"


@dataclass(frozen=True, slots=True)
class EnrolPage:
    """Enrolment. `code`: when it came with the address, else empty."""

    template: ClassVar[str] = "enrol.html"
    page: ClassVar[str] = "enrol"

    roots: tuple[Root, ...]
    signin_url: str = "/sign-in"
    registrar_contact: str = ""


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key: whose, what it may do, since when."""

    key: str
    suite: str
    author: Author
    state: KeyState
    since: datetime | None
    position: str | None = None
    this_computer: bool = False
    last_used: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KeysPage:
    """The reader's own keys, and the addresses that their calendars read.

    Attributes:
        feeds: None for a reader whom the own directory does not know.
        new_feed: The address just made: shown this once.
        shortcuts: Whether single keys act on the reader's pages; None for a reader whom the own
            directory does not know.
    """

    template: ClassVar[str] = "keys.html"
    page: ClassVar[str] = "keys"

    keys: tuple[KeyLine, ...]
    enrol_url: str = "/enrol"
    feeds: tuple[FeedLine, ...] | None = None
    new_feed: str = ""
    shortcuts: bool | None = None


@dataclass(frozen=True, slots=True)
class PendingKey:
    """A key that waits for the registrar. `fingerprint` is 64 hex of the public key."""

    request: str
    name: str
    role: str
    unit: str
    desk: Pair
    suite: str
    fingerprint: str
    asked_at: datetime
    confirm_url: str
    refuse_url: str


@dataclass(frozen=True, slots=True)
class RegistrarPage:
    """The registrar's page. `confirmable`: the node holds the registrar's key (demo)."""

    template: ClassVar[str] = "registrar.html"
    page: ClassVar[str] = "registrar"

    pending: tuple[PendingKey, ...]
    keys: tuple[KeyLine, ...]
    confirmable: bool = True
