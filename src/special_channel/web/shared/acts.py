"""Views of acts waiting for a second signature, for pages and API.

Acts on people, and grants of access. Names of people are our own side's alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.core.bytes import dsse
from special_channel.core.bytes.suites import in_groups
from special_channel.core.bytes.times import instant
from special_channel.web.shared.query import Filters, Text
from special_channel.web.shared.view import View

May = Literal["sign", "withdraw", "read"]


class ActFilters(Filters):
    """Filters of waiting acts by part of their words, and by the reader's right.

    `sort`: the oldest or the newest first, or the next to lapse.
    """

    text: Text = ""
    may: Literal["", May] = ""
    sort: Literal["oldest", "newest", "expiry"] = "oldest"

    def matches(self, title: str, may: May) -> bool:
        """Tell whether an act with a title and a right of the reader matches the filters."""
        return self.text.casefold() in title.casefold() and self.may in {"", may}


class ActItem(View):
    """An act in the API.

    Attributes:
        id: Id of the entry that the act becomes.
        kind: Kind of the entry.
        title: The act in words, made from its signed bytes.
        state: `waiting`, `done`, `refused`, `withdrawn` or `lapsed`.
        reason: True reason of a stop; never sent.
        by: Key that signed first.
        signers: Keys that have signed.
        may: The reader's right: sign second, take back, or only read.
        began: Whether the reader began the act, and may take the act back while it waits.
    """

    id: str
    kind: str
    title: str
    state: str
    person: str | None = None
    key: str | None = None
    reason: str | None = None
    by: str
    signers: tuple[str, ...]
    at: str
    expires: str
    may: May
    began: bool = False
    envelope: str

    @property
    def payload(self) -> str:
        """The signed bytes as text: canonical JSON."""
        return dsse.decode(self.envelope.encode()).payload.decode()

    @property
    def begun(self) -> datetime:
        """Time of the first signature."""
        return instant(self.at)

    @property
    def ends(self) -> datetime:
        """Time at which the act lapses."""
        return instant(self.expires)


class ActDetail(ActItem):
    """An act as a page shows it.

    Attributes:
        facts: Label of a fact and its words, in order.
        because: Why the reader may sign second: code and facts of the sentence; empty otherwise.
        hint: Why the reader, whose signature would count, can't sign yet; empty otherwise.
        disputed: Number of entries disputed by the act, in words; empty if the act states no doubt.
        signed: Names of the signers so far.
        can: Names of people who can sign second.
        computer: Label of a new key's computer, chosen by its holder; empty without a label. The
            label stays on our side.
        fingerprint: Of the key to be enrolled, 64 hex digits; empty for other acts.
        peer_reads: Sentence for the other side; empty if the other side reads the act itself.
        final: Whether the act can't be undone.
        button: Words of the signing button.
    """

    facts: tuple[tuple[str, str], ...] = ()
    because: str = ""
    hint: str = ""
    disputed: str = ""
    signed: tuple[str, ...] = ()
    can: tuple[str, ...] = ()
    computer: str = ""
    fingerprint: str = ""
    peer_reads: str = ""
    final: bool = False
    button: str = ""

    @property
    def groups(self) -> tuple[str, ...]:
        """The fingerprint in groups of four."""
        return in_groups(self.fingerprint)


class ActList(View):
    """Acts waiting for a signature, oldest first."""

    acts: tuple[ActItem, ...]


class ActResult(View):
    """Result of a signature on an act.

    Attributes:
        position: Position of the act's entry; absent while the act waits.
        receipt: Receipt of the act's entry.
    """

    id: str
    state: str
    position: str | None = None
    receipt: str | None = None
