"""View of one entry with its evidence."""

from __future__ import annotations

from datetime import datetime

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shell.content import Proof, Stage


class EvidenceView(EntryItem):
    """An entry of a shared log: kind, signers, times and evidence.

    Attributes:
        words: A change of a side's directory as a sentence; empty for another kind.
        others: Signers after the author.
        delivered: When the other side cosigned the log with the entry; None if not yet.
        place: Page that shows the entry in words; empty without a page.
        refused: Code of the reason for having no effect.
    """

    entry_id: EntryId
    position: str
    party: Party
    kind: str
    words: str
    author: Author
    others: tuple[Author, ...]
    accepted: datetime
    delivered: datetime | None
    place: str
    refused: str
    proof: Proof

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Stages of delivery; the page has its own line for them."""
        return ()
