"""Entries of a side's private log. They are never sent.

`log` is the private origin; the past is this log before it and both shared logs up to
the leaf's frontier.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import Count, Model, Name, Word
from special_channel.core.bytes.ids import Digest, EntryId, KeyId, QuestionNumber, Role, Timestamp
from special_channel.core.entries.batches import RowCount
from special_channel.core.entries.header import AskRef, Empty, Header, InThread, WithData, Written
from special_channel.core.entries.record import Erasure


class NoteInternal(InThread, Written):
    """A note that the other side never sees."""

    kind: Literal["note.internal"]
    body: Empty


class DraftAct(Model):
    """A draft by the id that it will have as an entry."""

    id: EntryId


class DraftCleared(Header):
    """A second official put their signature on the same bytes."""

    kind: Literal["draft.cleared"]
    body: DraftAct


class DraftReturned(Written):
    """A second official sent a draft back, with a remark."""

    kind: Literal["draft.returned"]
    body: DraftAct


class Columns(Model):
    """The list whose one-side-only columns the `data` part holds."""

    list: Name
    rows: RowCount


class ColumnsKept(WithData):
    """Keeps a list's one-side-only columns at home."""

    kind: Literal["columns.kept"]
    body: Columns


class Raising(Model):
    """One step of the own ladder, for one ask and due.

    `late`: when it would have been written, where the private log took no entries then.
    """

    id: EntryId
    q: QuestionNumber
    due: Timestamp
    step: Annotated[int, Field(ge=1, le=9)]
    role: Role
    fired: Timestamp
    known: Literal["confirmed", "unconfirmed", "answering"]
    late: Timestamp | None = None


class EscalationRaised(Header):
    """Unique per ask, due and step (rule 15)."""

    kind: Literal["escalation.raised"]
    body: Raising


class EscalationAcknowledged(Header):
    """A person says that they have it: repeats stop, the clock does not."""

    kind: Literal["escalation.acknowledged"]
    ref: EntryId
    body: Empty


class Assignment(Model):
    """Whose thread it is on the own side; absent: nobody's."""

    key: KeyId | None = None


class ThreadAssigned(InThread):
    """Gives a thread to one of the own officials."""

    kind: Literal["thread.assigned"]
    body: Assignment


class Reading(Model):
    """Whose key read, and up to where the page showed both logs; `late` as of a step."""

    key: KeyId
    eu: Count
    cn: Count
    late: Timestamp | None = None


class AccessRead(InThread):
    """Who opened what, for the own side alone."""

    kind: Literal["access.read"]
    body: Reading


class AlertState(Model):
    """What became of one alert.

    `of`: ids of the alerts that it lists, where it is a digest; of many, several entries
    name a part each. An alert without `ask` and `of` is a canary, `raised`, then `sent`, or a
    letter to the heads about undelivered entries. `late`:
    when it would have been written, where the private log took no entries then.
    """

    alert: Digest
    channel: Word
    state: Word
    ask: AskRef | None = None
    of: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=400)] | None = None
    late: Timestamp | None = None


class AlertSent(Header):
    """An alert left the node."""

    kind: Literal["alert.sent"]
    body: AlertState


class ExportScope(Model):
    """What an export held, whose key asked for it, on what basis, and the bundle's digest.

    `scope` is `all`, or the number of a thread or batch. `late` as of a step.
    """

    scope: Name
    asked_by: KeyId
    basis: Word
    sha256: Digest
    late: Timestamp | None = None


class ExportMade(Header):
    """Somebody took an export: written before its first byte is sent."""

    kind: Literal["export.made"]
    body: ExportScope


class RepairedPlace(Model):
    """What of the database was other than signed, and was put right.

    `area` is a log, or the views; `index` is an entry's, `table` a view's.
    """

    area: Word
    what: Word
    index: Count | None = None
    table: Word | None = None


class RepairDone(Model):
    """Places that one run of a repair put right; of many, several entries name a part each."""

    places: Annotated[tuple[RepairedPlace, ...], Field(min_length=1, max_length=200)]


class RecordRepaired(Header):
    """Damaged rows were replaced by what the other side's node holds, or made again."""

    kind: Literal["record.repaired"]
    body: RepairDone


class PrivateErased(Header):
    """Declares parts of the private log's entry `ref` erased; here `data` can go as well."""

    kind: Literal["private.erased"]
    ref: EntryId
    body: Erasure


class PrivateRestoration(Model):
    """From which size the private log goes on, and what the rollback guard says was signed."""

    size: Count
    signed: Count
    root: Digest


class PrivateRestored(Header):
    """Registrar and head accept the loss of the end of the private log: nobody else holds it."""

    kind: Literal["private.restored"]
    body: PrivateRestoration


class StartingAlone(Model):
    """When it was said, and the size of our side's shared log then."""

    said: Timestamp
    size: Count


class NodeStarted(Written):
    """The node signs in the shared log without having seen the other side's copy of it.

    Its text says who decided so, and why.
    """

    kind: Literal["node.started"]
    body: StartingAlone
