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
    """Filters of waiting acts by part of their words, and by what the reader may do.

    `sort`: the oldest or the newest first, or the next to lapse.
    """

    text: Text = ""
    may: Literal["", May] = ""
    sort: Literal["oldest", "newest", "expiry"] = "oldest"

    def matches(self, title: str, may: May) -> bool:
        """Tell whether an act of this title, with which the reader may do this, is listed."""
        return self.text.casefold() in title.casefold() and self.may in {"", may}


class ActItem(View):
    """An act as the API tells it.

    Attributes:
        id: Id of the entry that the act becomes.
        kind: Kind of the entry.
        title: The act in words, made from its signed bytes.
        state: `waiting`, `done`, `refused`, `withdrawn` or `lapsed`.
        reason: True reason of a stop; never sent.
        by: Key that signed first.
        signers: Keys that have signed.
        may: What the reader may do: sign it second, take it back, or only read it.
        began: Whether the reader began it, and may take it back while it waits.
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
        disputed: How many entries the act makes disputed; empty if it states no doubt.
        signed: Names of the signers so far.
        can: Names of people who can sign second.
        computer: Label of a new key's computer, as its holder names it; empty without a label. It
            stays on our side.
        fingerprint: Of the key to be enrolled, 64 hex digits; empty for other acts.
        peer_reads: What the other side reads of the act; empty where it reads the act itself.
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
    """What became of an act after a signature.

    Attributes:
        position: Position of its entry; absent while the act waits.
        receipt: Receipt of its entry.
    """

    id: str
    state: str
    position: str | None = None
    receipt: str | None = None
