"""Views of a key, for page, API and file: spans of signing, and the entries signed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.core.bytes.ids import KeyId, Party
from special_channel.stores.reads import Opened
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.view import SizesView, View

SpanKind = Literal["active", "doubtful", "suspended", "ended"]


class SpanItem(View):
    """Entries of the key's log between two changes of the key.

    Attributes:
        first: Index of its first entry.
        position: Entry that began it, and when that was accepted.
        functions: Functions that the key could use, in the reader's language.
        shared: Number of shared entries signed in the span.
        private: Number of entries of our private log signed in it; None if not open to the reader.
    """

    kind: SpanKind
    first: int
    position: str
    at: datetime | None = None
    functions: tuple[str, ...] = ()
    shared: int = 0
    private: int | None = None

    @property
    def total(self) -> int:
        """Number of entries signed in the span."""
        return self.shared + (self.private or 0)


class StopItem(View):
    """A suspension of the key, or of its person with all keys.

    Attributes:
        by: Who suspended: a name on our side, otherwise desk and number; None for the node, which
            acts for the user of a stop card.
        whole: Of the person with all keys.
        doubt: First entry of the doubt stated with the suspension.
        restored: Entry of the restoration.
    """

    position: str
    at: datetime | None = None
    by: str | None = None
    whole: bool
    doubt: str | None = None
    restored: str | None = None


class SignedItem(EntryItem):
    """An entry signed with the key.

    Attributes:
        position: Number of a shared entry; None in our private log, which is never sent.
        thread: Number of the thread, if any.
        author: Author by name, or by desk and number, if the key signed second.
        second: Further signers by name, or by desk and number.
        delivered: When the other side cosigned the entry.
        mark: Doubt about the entry: `disputed`, `confirmed` or `disowned`.
    """

    position: str | None = None
    at: datetime
    kind: str
    thread: str | None = None
    author: str | None = None
    second: tuple[str, ...] = ()
    delivered: datetime | None = None
    mark: str | None = None

    @property
    def url(self) -> str:
        """Address of a shared entry."""
        return f"/entries/{self.position}"


class SessionItem(View):
    """A session of the key; `ended` is None while it is open."""

    opened: datetime | None = None
    seen: datetime | None = None
    ended: datetime | None = None
    address: str


class SinceView(View):
    """Entries signed and pages opened with the key since the doubt, and from which addresses.

    Attributes:
        acts: Acts on people among the entries signed.
        shared: Shared entries signed.
        private: Private entries signed.
        threads: Threads opened.
        files: Files opened.
        exports: Exports taken.
        subjects: Number of pages, files, lists and exports opened.
        opened: Pages, files, lists and exports, exports first; at most 500.
    """

    at: datetime
    acts: int
    shared: int
    private: int
    threads: int
    files: int
    exports: int
    subjects: int
    opened: tuple[Opened, ...]
    sessions: tuple[SessionItem, ...]


class KeyDetail(SizesView):
    """A key with its spans and a page of signed entries, newest first.

    Attributes:
        role: Role of a machine's key; empty for a person's.
        holder: Name on our side, otherwise desk and number; the role's words for a machine.
        title: Desk and number of the holder; None for a machine.
        person: Number of the holder; None for a machine.
        desks: Codes of the desks in which the holder has a function now; of a service its desk.
        state: Status after all entries here.
        number: Entry of the enrolment.
        founded: Whether the founding enrolled it.
        confirmed: Who confirmed the enrolment.
        ended: Entry of the end.
        doubt: First entry of the doubt (K20).
        total: Number of entries of the chosen kind signed in the chosen spans.
        kinds: Kinds of the entries signed in the chosen spans.
        signed: Number of entries signed with the key.
        since: Signed and opened since the doubt; a key of our side alone.
    """

    party: Party
    key: KeyId
    suite: str
    role: str
    holder: str
    title: str | None = None
    person: int | None = None
    desks: tuple[str, ...] = ()
    state: Literal["active", "suspended", "revoked", "left"]
    number: str
    at: datetime | None = None
    confirmed: tuple[str, ...]
    founded: bool
    ended: str | None = None
    ended_at: datetime | None = None
    doubt: str | None = None
    doubt_at: datetime | None = None
    stops: tuple[StopItem, ...]
    spans: tuple[SpanItem, ...]
    total: int
    kinds: tuple[str, ...] = ()
    signed: int
    items: tuple[SignedItem, ...]
    since: SinceView | None = None

    @property
    def url(self) -> str:
        """Address of the key's page."""
        return f"/keys/{self.key}"

    @property
    def person_url(self) -> str:
        """Address of the holder's page."""
        return f"/people/{self.party}/{self.person}"

    @property
    def doubtful(self) -> int:
        """Number of entries signed since the key is doubtful."""
        return sum(span.total for span in self.spans if self._in_doubt(span))

    def _in_doubt(self, span: SpanItem) -> bool:
        return self.doubt is not None and span.first >= int(self.doubt.partition("-")[2])
