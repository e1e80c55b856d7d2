"""Views of signed drafts waiting for release, for pages and API.

Does not show drafts of the other side: this node does not know the other side's drafts.
"""

from __future__ import annotations

from datetime import datetime

from special_channel.core.bytes import dsse
from special_channel.core.bytes.times import instant
from special_channel.core.entries import Role
from special_channel.desk.amending import AmendedRow
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import FileRef


class WaitingDraft(View):
    """A signed draft: its envelope as text, and its parts in order.

    Attributes:
        id: Id of the entry after its release.
        by: Id of the author's key.
        at: Time at which this node stored the draft.
    """

    id: str
    kind: str
    by: str
    at: str
    envelope: str
    parts: tuple[str, ...]

    @property
    def payload(self) -> str:
        """The signed bytes as text: canonical JSON."""
        return dsse.decode(self.envelope.encode()).payload.decode()

    @property
    def drafted_at(self) -> datetime:
        """Time at which this node stored the draft."""
        return instant(self.at)


class WaitingDrafts(View):
    """Drafts waiting for release, oldest first."""

    clearances: tuple[WaitingDraft, ...]


class Sheet(View):
    """Rows of a list or return sheet: field names, and the values of each row in their order."""

    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]


class DraftDetail(WaitingDraft):
    """A draft in the reader's words.

    Attributes:
        title: Subject of a thread, or name of a list.
        sheet: Rows of a list or return sheet; added rows of an amendment.
        amended: Rows of an amendment, before and after.
        own: The reader is the author, so another official must release the draft.
        releasers: Roles that may release the draft.
        line_stop: The draft makes a row a line stop: a leader alone may release it.
        may_release: The reader may release the draft.
        remark: Remark to the author of a returned draft.
        editable: The author's form can be filled with the draft's content again.
    """

    title: Pair | None = None
    author: Author
    paragraphs: tuple[Words, ...] = ()
    files: tuple[FileRef, ...] = ()
    sheet: Sheet | None = None
    amended: tuple[AmendedRow, ...] = ()
    own: bool = False
    releasers: tuple[Role, ...] = ()
    line_stop: bool = False
    may_release: bool = True
    remark: str = ""
    editable: bool = False

    @property
    def rows(self) -> int:
        """Number of rows of a list, return sheet or amendment; 0 for other drafts."""
        return len(self.amended or (self.sheet.rows if self.sheet else ()))


class DraftQueue(View):
    """Drafts waiting for release, oldest first, and the reader's returned drafts."""

    drafts: tuple[DraftDetail, ...]
    returned: tuple[DraftDetail, ...] = ()

    @property
    def to_release(self) -> int:
        """Number of drafts for the reader to release."""
        return sum(draft.may_release for draft in self.drafts)
