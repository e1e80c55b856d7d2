"""Rows of one side's private log, and their keys.

Does not fold: `rules/private.py` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries.private import Access
from special_channel.core.rows.routes import RouteRow

PrivateTable = Literal[
    "escalation", "assignment", "columns", "access", "route", "quarantine", "confirmation", "entry"
]
PrivateKey = tuple[PrivateTable, str]


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """One raised step of our side's escalation ladder; `index` is in the private log."""

    note: EntryId
    q: str
    due: str
    step: int
    role: str
    fired: str
    known: str
    index: int
    id: EntryId
    acknowledged: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """The official assigned to a thread on our side, by pseudonym; empty for nobody."""

    thread: str
    person: str
    index: int


@dataclass(frozen=True, slots=True)
class ColumnsRow:
    """Columns of a list that stay with our side: canonical JSON of the `data` part.

    `data` is empty after an erasure of the part.
    """

    list: str
    index: int
    id: EntryId
    data: str


@dataclass(frozen=True, slots=True)
class PartsRow:
    """The kind and part roles of a private entry. Read from the log, not folded.

    `roles`: the first letters of the part roles, in order.
    """

    id: EntryId
    kind: str
    roles: str


@dataclass(frozen=True, slots=True)
class AccessRow:
    """What an overseer or a service may read (K29), granted by the entry `id` at `index`.

    Of `person` and `key` one is empty. Without `threads`, `batches` and days: everything. `first`
    and `last` are days, or empty; `until` is a timestamp. `ended` is the index of the end.
    """

    id: EntryId
    index: int
    person: str
    key: str
    threads: tuple[str, ...]
    batches: tuple[EntryId, ...]
    first: str
    last: str
    until: str
    purpose: str
    order: str
    ended: int | None = None

    @property
    def whole(self) -> bool:
        """Whether the grant covers everything."""
        return not (self.threads or self.batches or self.first)


def access_row(id_: EntryId, index: int, body: Access) -> AccessRow:
    """Return the row of a grant by its entry's id, index and body."""
    return AccessRow(
        id=id_,
        index=index,
        person=body.person or "",
        key=body.key or "",
        threads=body.threads or (),
        batches=body.batches or (),
        first=body.dates.first if body.dates else "",
        last=body.dates.last if body.dates else "",
        until=body.until,
        purpose=body.purpose,
        order=body.order,
    )


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A request for a quarantined file, the entry `id` at `index`, and who agreed to it when.

    `file` is a digest in `files.scanned`. `second` and `agreed` are empty until another person
    agrees.
    """

    id: EntryId
    index: int
    file: str
    person: str
    second: str = ""
    agreed: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmationRow:
    """The author's reasons for findings on an entry of ours: the entry `id` at `index`.

    `about` is the future id of the entry with the findings. The reasons stand in the log alone.
    """

    id: EntryId
    index: int
    about: EntryId


PrivateRow = (
    EscalationRow
    | AssignmentRow
    | ColumnsRow
    | AccessRow
    | RouteRow
    | QuarantineRow
    | ConfirmationRow
    | PartsRow
)
PrivateRows = Mapping[PrivateKey, PrivateRow]


def escalation_key(note: EntryId, q: str, due: str, step: int) -> PrivateKey:
    """Return the key of a step's row: unique by question, due time and step (rule 15)."""
    return "escalation", f"{note}:{q}:{due}:{step}"


KEYS: Final[Mapping[type, Callable[[Any], PrivateKey]]] = {
    EscalationRow: lambda row: escalation_key(row.note, row.q, row.due, row.step),
    AssignmentRow: lambda row: ("assignment", row.thread),
    ColumnsRow: lambda row: ("columns", row.list),
    AccessRow: lambda row: ("access", row.id),
    RouteRow: lambda row: ("route", row.draft),
    QuarantineRow: lambda row: ("quarantine", row.id),
    ConfirmationRow: lambda row: ("confirmation", row.id),
    PartsRow: lambda row: ("entry", row.id),
}
"""Functions that return the table and key of a row, by row type."""


def private_key_of(row: PrivateRow) -> PrivateKey:
    """Return a row's key."""
    return KEYS[type(row)](row)
