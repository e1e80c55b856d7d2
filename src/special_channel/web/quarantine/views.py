"""Views of quarantined files and of requests for them, for page and API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import EntryId, PersonId
from special_channel.web.shared.query import Filters, Text
from special_channel.web.shared.view import View
from special_channel.web.shared.words import Words


class QuarantineFilters(Filters):
    """Filters of quarantined files by part of a name or find, and by whether one looked into them.

    `look`: `waits` for those that nobody has looked into, or `taken`. `sort`: those first, or by
    the time of the find.
    """

    text: Text = ""
    look: Literal["", "waits", "taken"] = ""
    sort: Literal["waits", "newest", "oldest"] = "waits"


class FileRequest(View):
    """A person's request to download a quarantined file.

    Attributes:
        id: The request's entry in our private log.
        name: Who asks, by name.
        reason: Paragraphs; erased ones say so.
        second: Who agreed, by name; empty until somebody did.
        until: When the download closes; None until somebody agreed.
        mine: Whether the reader asks.
        may_agree: Whether the reader may agree now.
        open: Whether the requester may download the file now.
    """

    id: EntryId
    name: str
    reason: tuple[Words, ...]
    asked: datetime
    second: str = ""
    agreed: datetime | None = None
    until: datetime | None = None
    mine: bool
    may_agree: bool
    open: bool


class QuarantinedFile(View):
    """A quarantined file.

    Attributes:
        sha256: Digest of the file.
        file: Digest in the private log, by which a request names the file.
        name: Name in the entry; empty for an upload without an entry.
        position: Number of the first entry with the file.
        threat: Name of the find; empty if the scanner gave none.
        dated: Date of the signatures.
        at: Time of the verdict.
        taken: When somebody looked into it.
        active: Names of active content.
        requests: Requests for the file, the oldest first.
    """

    sha256: str
    file: str
    name: str = ""
    position: str | None = None
    threat: str
    engine: str
    signatures: str
    dated: date | None
    at: datetime
    taken: datetime | None = None
    active: tuple[str, ...] = ()
    requests: tuple[FileRequest, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the reader may download it now."""
        return any(each.open and each.mine for each in self.requests)

    @property
    def asked(self) -> bool:
        """Whether a request of the reader waits, or is open."""
        return any(each.mine and (each.open or not each.agreed) for each in self.requests)


class Quarantine(View):
    """Quarantined files that match a filter, in its order.

    `person`: the reader, as an entry of the reader's names a person.
    """

    files: tuple[QuarantinedFile, ...]
    person: PersonId

    @property
    def consent(self) -> str:
        """The body of an entry by which the reader agrees, as the browser signs it."""
        return canonical.dumps({"person": self.person}).decode()


class QuarantineAsk(View):
    """A quarantined file to be asked for, with the language of the reason."""

    file: QuarantinedFile
    person: PersonId
    lang: str
