"""Views of signed drafts waiting for release, for pages and API.

Does not show drafts of the other side: this node does not know the other side's drafts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from special_channel.core.bytes import dsse
from special_channel.core.bytes.times import instant
from special_channel.core.entries import Role
from special_channel.desk.amending import AmendedRow
from special_channel.web.approvals.route_views import DraftRoute, RoutePlace
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.query import Filters, Text
from special_channel.web.shared.statements import StateItem
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import FileRef
from special_channel.web.shell.looks import FoundItem


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


class ReleaseFilters(Filters):
    """Filters of drafts waiting for release by kind of entry, and by whose turn it is.

    Attributes:
        kind: Kind of the entry, such as `note.posted`.
        turn: `me`: for the reader to release; `own`: written by the reader.
    """

    kind: Text = ""
    turn: Literal["", "me", "own"] = ""
    sort: Literal["oldest", "newest"] = "oldest"


class WaitingDrafts(View):
    """Drafts waiting for release, oldest first."""

    clearances: tuple[WaitingDraft, ...]


class Sheet(View):
    """Rows of a list or return sheet: field names, and the values of each row in their order."""

    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]


class RowReason(View):
    """Why a row must be on screen: a code of `release-why`, and its fact, such as a date.

    `given`: the author's reason, of a finding to confirm.
    """

    code: str
    words: str = ""
    given: str = ""


Cells = tuple[tuple[str, tuple[str, ...]], ...]
"""Values of a row by field, in the order of the sheet."""


class LookRow(View):
    """A row to be seen before the release.

    Attributes:
        cells: Our side's statement.
        before: State that a correction replaces, or the row as listed for an amendment.
        peer: The other side's latest statement.
        question: Code of the list's question.
    """

    row: int
    number: str
    cells: Cells
    before: Cells = ()
    peer: StateItem | None = None
    question: str = ""
    reasons: tuple[RowReason, ...]


class RowTally(View):
    """A number of rows, by a code of the vocabulary `group`; `newly`: another state before."""

    group: str
    code: str
    rows: int
    newly: bool = False


class SheetChecks(EntryItem):
    """What the checks of a sheet found.

    Attributes:
        digest: Digest of the result, sent with the release.
        against: The list or the entry that `changes` compares with; empty without an earlier one.
        passed: Names of checks without a finding.
    """

    numbered = "against"

    rows: int
    digest: str
    counts: tuple[RowTally, ...]
    changes: tuple[RowTally, ...]
    against: str = ""
    look: tuple[LookRow, ...]
    passed: tuple[str, ...] = ()

    @property
    def reasoned(self) -> tuple[int, ...]:
        """Rows with a finding for which the author gave a reason, once for each finding."""
        return tuple(row.row for row in self.look for each in row.reasons if each.given)

    @property
    def findings(self) -> Mapping[str, tuple[int, ...]]:
        """Row numbers by the reason for which they must be on screen."""
        rows: dict[str, tuple[int, ...]] = {}
        for row in self.look:
            for code in dict.fromkeys(reason.code for reason in row.reasons):
                rows[code] = (*rows.get(code, ()), row.row)
        return rows


class DraftQuestion(EntryItem):
    """A question asked or answered by a note, drawn as in a thread."""

    numbered = "number"

    number: str
    q: str
    text: Words
    translation: Words | None = None
    due: Due


class DraftText(View):
    """The text of a draft as read by the other side.

    `translation`: the courtesy translation, paragraph by paragraph.
    """

    lang: str
    paragraphs: tuple[Words, ...]
    translation: tuple[Words, ...] = ()
    files: tuple[FileRef, ...] = ()
    marking: str | None = None
    asks: tuple[DraftQuestion, ...] = ()
    answers: tuple[DraftQuestion, ...] = ()


class DraftItem(WaitingDraft):
    """A draft in the queue.

    Attributes:
        title: Subject of a thread, or name of a list.
        rows: Number of rows of a list, return sheet or amendment.
        stops: Number of line stops.
        own: The reader is the author; another official must release the draft.
        held: The charter or a line stop asks for the release.
        releasers: Roles with the right to release the draft.
        line_stop: The draft makes a row a line stop: a leader alone may release it.
        may_release: The reader may release the draft.
        remark: Remark to the author of a returned draft.
        excerpt: Start of its text, for a returned draft.
        editable: The author's form can be filled with the draft's content again.
        route: Where it is on its sign-off route, if it has one.
        act: Id of the first draft of the same act; empty for a single draft.
        together: Number of drafts of the act still to be released.
    """

    title: Pair | None = None
    author: Author
    rows: int = 0
    stops: int = 0
    own: bool = False
    held: bool = True
    releasers: tuple[Role, ...] = ()
    line_stop: bool = False
    may_release: bool = True
    remark: str = ""
    excerpt: Words | None = None
    editable: bool = False
    route: RoutePlace | None = None
    act: str = ""
    together: int = 1

    def signed(self) -> WaitingDraft:
        """Return the signed draft alone."""
        fields = WaitingDraft.model_fields
        return WaitingDraft(**{name: getattr(self, name) for name in fields})

    @property
    def url(self) -> str:
        """Address of its page."""
        return f"/clearances/{self.id}"


class SentBack(View):
    """An earlier draft of the same act, sent back.

    `rows`: rows that are different now; empty for an act without rows.
    """

    remark: str
    rows: tuple[int, ...] = ()


class DraftDetail(DraftItem):
    """A draft for a second official, in the reader's words.

    Attributes:
        sentence: What the other side will read in one sentence; empty for a sheet or a text.
        facts: The signed fields of other kinds, as labels and values.
        text: The text of a note, point or thread.
        checks: Checks of a sheet; absent for a sheet that is not of the form of its kind.
        sheet: Rows of a list or return sheet; added rows of an amendment.
        amended: Rows of an amendment, before and after.
        charter: Number of the charter in force.
        others: Names of other officials who may release the draft.
        again: The draft sent back before, if any.
        signoff: The sign-off route with its answers.
        found: What should be looked at, in its texts and its fields.
        confirmed: Entries with the author's reasons; the release names them.
        stated: Findings of a statement without rows, each with the author's reason.
    """

    sentence: str = ""
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    text: DraftText | None = None
    checks: SheetChecks | None = None
    sheet: Sheet | None = None
    amended: tuple[AmendedRow, ...] = ()
    charter: int = 0
    others: tuple[str, ...] = ()
    again: SentBack | None = None
    signoff: DraftRoute | None = None
    found: tuple[FoundItem, ...] = ()
    confirmed: tuple[str, ...] = ()
    stated: tuple[RowReason, ...] = ()

    @property
    def reasoned(self) -> int:
        """Number of findings for which the author gave a reason."""
        rows = self.checks.reasoned if self.checks else ()
        given = [*(each.given for each in self.stated), *(each.given for each in self.found)]
        return len(rows) + sum(map(bool, given))

    @property
    def to_see(self) -> int:
        """Number of rows to be seen before the release."""
        return len(self.checks.look) if self.checks else 0

    @property
    def ready(self) -> bool:
        """Whether the draft can be released with others: no text to read and no row to see."""
        return self.may_release and not (
            self.text
            or self.to_see
            or self.stated
            or self.confirmed
            or (self.rows and not self.checks)
        )


class SeveralDrafts(View):
    """Drafts to be released by the reader, with their checks.

    Attributes:
        drafts: The drafts of this page.
        others: Drafts for others.
        act: The act of the drafts, whose texts are shown.
        apart: Drafts with more words than this page can show.
    """

    drafts: tuple[DraftDetail, ...]
    others: tuple[DraftItem, ...] = ()
    act: str = ""
    apart: frozenset[str] = frozenset()

    def shows(self, draft: DraftDetail) -> bool:
        """Return whether the text of a draft is on this page."""
        return bool(self.act) and draft.text is not None and draft.id not in self.apart

    def releases(self, draft: DraftDetail) -> bool:
        """Return whether a draft can be released with others: its text is read on this page."""
        if draft.id in self.apart:
            return False
        unread = draft.to_see or draft.stated or (draft.checks and draft.confirmed)
        return draft.ready or (self.shows(draft) and draft.may_release and not unread)

    @property
    def ready(self) -> int:
        """Number of drafts ready to be released together."""
        return sum(map(self.releases, self.drafts))


class DraftQueue(View):
    """Drafts waiting for release, oldest first.

    Attributes:
        item: The open draft.
        returned: The reader's returned drafts.
        released: Number of the last released entry.
        kinds: Kinds of all waiting drafts, for the filter; `total`: their number.
    """

    drafts: tuple[DraftItem, ...]
    item: DraftDetail | None = None
    returned: tuple[DraftItem, ...] = ()
    released: str = ""
    kinds: tuple[str, ...] = ()
    total: int = 0

    @property
    def to_release(self) -> int:
        """Number of drafts for the reader to release."""
        return sum(draft.may_release for draft in self.drafts)

    def beside(self, step: int) -> DraftItem | None:
        """Return the draft so many places after the open one; before it for a negative number."""
        ids = [draft.id for draft in self.drafts]
        at = ids.index(self.item.id) + step if self.item and self.item.id in ids else -1
        return self.drafts[at] if 0 <= at < len(ids) else None

    @property
    def following(self) -> DraftItem | None:
        """The draft to open after the release of the open one."""
        ids = [draft.id for draft in self.drafts]
        at = ids.index(self.item.id) if self.item and self.item.id in ids else -1
        later = (*self.drafts[at + 1 :], *self.drafts[: max(at, 0)])
        return next((draft for draft in later if draft.may_release), None)
