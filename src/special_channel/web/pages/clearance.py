"""What waits for a second signature, shown byte for byte; and the demo's mailbox.

Does not sign. Mail holds no content of the record: a number and a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from special_channel.core.entries import Role
from special_channel.web.pages.amendment import AmendedLine
from special_channel.web.shared.people import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import FileRef


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list or return sheet as it is signed: field names, and a row's values in that order."""

    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class ToClear:
    """A signed draft that a second official of the side reads and signs.

    Attributes:
        entry_id: The id that it will have as an entry.
        payload: The exact bytes, as text: canonical JSON.
        sheet: Of a list or return sheet: the rows of its data part; of an amendment those
            that it adds.
        amended: Of an amendment: each row that it touches, as it stands and as it is to be.
        own: The reader wrote it, so somebody else must release it.
        releasers: The roles that may release it, as the judge has it.
        line_stop: It has a line stop, so that only a leader may.
        may_release: The reader is not its author and of one of these roles.
        remark: To its author, of a draft that was sent back.
        may_take_up: What it says can be put into its author's form again.
    """

    entry_id: str
    kind: str
    title: Pair | None
    author: Author
    drafted_at: datetime
    payload: str
    paragraphs: tuple[Words, ...] = ()
    files: tuple[FileRef, ...] = ()
    sheet: Sheet | None = None
    amended: tuple[AmendedLine, ...] = ()
    own: bool = False
    releasers: tuple[Role, ...] = ()
    line_stop: bool = False
    may_release: bool = True
    remark: str = ""
    may_take_up: bool = False

    @property
    def rows(self) -> int:
        """How many rows it has, if it has any."""
        return len(self.amended or (self.sheet.rows if self.sheet else ()))


@dataclass(frozen=True, slots=True)
class ClearancePage:
    """All drafts of the side that wait for release, oldest first; the reader's sent back."""

    template: ClassVar[str] = "clearance.html"
    page: ClassVar[str] = "clearance"

    drafts: tuple[ToClear, ...]
    returned: tuple[ToClear, ...] = ()

    @property
    def to_clear(self) -> int:
        """How many of them the reader may release."""
        return sum(draft.may_release for draft in self.drafts)


@dataclass(frozen=True, slots=True)
class Mail:
    """One alert as it went out."""

    at: datetime
    to: str
    subject: str
    body: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """The demo's local mailbox: what the node sent to its own people."""

    template: ClassVar[str] = "mailbox.html"
    page: ClassVar[str] = "mailbox"

    mails: tuple[Mail, ...]
