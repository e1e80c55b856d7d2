"""Entries of a side's private log, never sent to the other side.

`log` is the private origin. The past of an entry is the private log before the entry, and both
shared logs up to the leaf's frontier.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import (
    Count,
    Lang,
    Model,
    Name,
    Ordinal,
    SenseRule,
    Word,
)
from special_channel.core.bytes.ids import (
    Date,
    Digest,
    EntryId,
    KeyId,
    PersonId,
    QuestionNumber,
    Role,
    ThreadId,
    Timestamp,
)
from special_channel.core.entries.batches import RowCount
from special_channel.core.entries.header import (
    AskRef,
    Empty,
    Header,
    InThread,
    KeyOrPerson,
    PartRef,
    WithData,
    Written,
)
from special_channel.core.entries.record import Erasure


class NoteInternal(InThread, Written):
    """An internal note, never sent to the other side."""

    kind: Literal["note.internal"]
    body: Empty


class DraftAct(Model):
    """A draft, by its future entry id."""

    id: EntryId


class DraftRelease(DraftAct):
    """A draft, and the author's confirmations that the second official saw with it.

    `confirmed`: entries `sense.confirmed` about the draft.
    """

    confirmed: Annotated[tuple[EntryId, ...], Field(max_length=20)] = ()


class DraftCleared(Header):
    """A second official signed the bytes of a draft."""

    kind: Literal["draft.cleared"]
    body: DraftRelease


StepNumber = Annotated[int, Field(ge=1, le=9)]
"""Number of a step of a sign-off route, from 1."""


class DraftReturn(DraftAct):
    """A draft, and the step of its sign-off route to which it goes back; absent: its author."""

    to: StepNumber | None = None


class DraftReturned(Written):
    """A second official returned a draft, with a remark."""

    kind: Literal["draft.returned"]
    body: DraftReturn


SenseReason = Literal[
    "as_source",
    "checked_file",
    "late_news",
    "law",
    "earlier_round",
    "system_date",
    "correction",
    "other",
]
"""Why an author signs what a rule asks them to confirm; the wording is in `messages/`."""


class Confirmation(Model):
    """Why the author sends what rules of plausibility flag.

    `rows`: the flagged rows of a sheet, in ascending order; empty for an entry without rows.
    `text`: index of the part with the author's own words, for the reason `other` alone.
    """

    rules: Annotated[tuple[SenseRule, ...], Field(min_length=1, max_length=20)]
    rows: Annotated[tuple[RowCount, ...], Field(max_length=2000)] = ()
    reason: SenseReason
    text: Ordinal | None = None


class Confirmations(Model):
    """A draft by its future entry id, the version of the rules, and the confirmed findings."""

    id: EntryId
    sense: Annotated[int, Field(ge=1, le=9999)]
    confirmed: Annotated[tuple[Confirmation, ...], Field(min_length=1, max_length=100)]


class SenseConfirmed(Header):
    """The author confirms findings on a draft, with a reason for each.

    `parts` has the author's own words in `lang`, one part for each reason `other`.
    """

    # Own words stand in a part, so that they can be erased. No finding crosses to the other side.

    kind: Literal["sense.confirmed"]
    parts: Annotated[tuple[PartRef, ...], Field(max_length=100)] = ()
    lang: Lang | None = None
    body: Confirmations


class Columns(Model):
    """The list with private columns in the `data` part."""

    list: Name
    rows: RowCount


class ColumnsKept(WithData):
    """Records the private columns of a list, which are not sent."""

    kind: Literal["columns.kept"]
    body: Columns


class Raising(Model):
    """A step of our side's ladder, for a question and due time.

    `late`: the original time of the step, if the private log accepted no entries then.
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
    """A step was taken: unique per question, due time and step (rule 15)."""

    kind: Literal["escalation.raised"]
    body: Raising


class EscalationAcknowledged(Header):
    """A person takes over an alert: repeats stop, the clock keeps running."""

    kind: Literal["escalation.acknowledged"]
    ref: EntryId
    body: Empty


class Assignment(Model):
    """The official in charge on our side; absent: not assigned."""

    person: PersonId | None = None


class ThreadAssigned(InThread):
    """Assigns a thread to an official of our side. The parts are a remark in `lang`, if any."""

    kind: Literal["thread.assigned"]
    parts: Annotated[tuple[PartRef, ...], Field(max_length=20)] = ()
    lang: Lang | None = None
    body: Assignment


class Reading(Model):
    """One reading: who read what, when, and the sizes of both logs at the time.

    `what` is the kind of page, file or list; `thread` its thread, where it has one.
    """

    person: PersonId
    what: Word
    thread: ThreadId | None = None
    eu: Count
    cn: Count
    at: Timestamp


class Readings(Model):
    """Readings since the entry before, oldest first; a long list is split over several entries."""

    reads: Annotated[tuple[Reading, ...], Field(min_length=1, max_length=100)]


class AccessRead(Header):
    """Officials of our side read; recorded for our side alone."""

    kind: Literal["access.read"]
    body: Readings


class AlertState(Model):
    """State of an alert.

    `of`: ids of the alerts listed in a digest; a long list is split over several entries. An alert
    without `ask` and `of` is a canary, `raised`, then `sent`, or a letter to the heads of unit
    about undelivered entries. `late`: the original time of the entry, if the private log accepted
    no entries then.
    """

    alert: Digest
    channel: Word
    state: Word
    ask: AskRef | None = None
    of: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=400)] | None = None
    late: Timestamp | None = None


class AlertSent(Header):
    """An alert was sent, or changed its state."""

    kind: Literal["alert.sent"]
    body: AlertState


class ExportScope(Model):
    """Scope of an export, the key of the requester, the basis, and the bundle's digest.

    `scope` is `all`, or the number of a thread or batch. `late` as for a step.
    """

    scope: Name
    asked_by: KeyId
    basis: Word
    sha256: Digest
    late: Timestamp | None = None


class ExportMade(Header):
    """An export was made; written before the first byte is sent."""

    kind: Literal["export.made"]
    body: ExportScope


class RepairedPlace(Model):
    """A repaired place in the database, which differed from the signed record.

    `area` is a log, or the views; `index` is the index of an entry, `table` the table of a view.
    """

    area: Word
    what: Word
    index: Count | None = None
    table: Word | None = None


class RepairDone(Model):
    """Repaired places of a repair run; a long list is split over several entries."""

    places: Annotated[tuple[RepairedPlace, ...], Field(min_length=1, max_length=200)]


class RecordRepaired(Header):
    """Damaged rows were replaced from the other side's node, or rebuilt."""

    kind: Literal["record.repaired"]
    body: RepairDone


class PrivateErased(Header):
    """Declares parts of the private entry `ref` erased; `data` parts can be erased too."""

    kind: Literal["private.erased"]
    ref: EntryId
    body: Erasure


class PrivateRestoration(Model):
    """The size from which the private log continues, and the state of the rollback guard.

    `signed` and `root` are the size and root that the guard knows to be signed.
    """

    size: Count
    signed: Count
    root: Digest


class PrivateRestored(Header):
    """Registrar and head of unit accept the loss of the private log's end, which has no copy."""

    kind: Literal["private.restored"]
    body: PrivateRestoration


class StartingAlone(Model):
    """Time of the decision, and the size of our side's shared log at the time."""

    said: Timestamp
    size: Count


class NodeStarted(Written):
    """The node starts to sign in the shared log without having seen the other side's copy.

    The text states the person who decided, and the reason.
    """

    kind: Literal["node.started"]
    body: StartingAlone


class AccessSpan(Model):
    """First and last day of the entries that an overseer or a service may read."""

    first: Date
    last: Date


class Access(KeyOrPerson):
    """What an overseer or a service may read, why, by which order, and until when.

    Absent `threads`, `batches` and `dates`: everything.
    """

    threads: Annotated[tuple[ThreadId, ...], Field(min_length=1, max_length=200)] | None = None
    batches: Annotated[tuple[EntryId, ...], Field(min_length=1, max_length=200)] | None = None
    dates: AccessSpan | None = None
    until: Timestamp
    purpose: Name
    order: Name


class AccessGranted(Header):
    """Lets an overseer or a service read; signed by the root or two persons of oversight."""

    kind: Literal["access.granted"]
    body: Access


class AccessEnded(Header):
    """Ends the access granted by `ref`."""

    kind: Literal["access.ended"]
    ref: EntryId
    body: Empty


class Act(Model):
    """An act on people, as the node records it for its own side.

    `of` is the entry of the shared log whose reason is stated here, since no reason of a stop of a
    person's key crosses. `late` as for a step.
    """

    act: Word
    person: PersonId | None = None
    key: KeyId | None = None
    of: EntryId | None = None
    reason: Word | None = None
    late: Timestamp | None = None


class ActRecorded(Header):
    """Records an act on people: an invitation, a code used, a reason, a refusal."""

    kind: Literal["act.recorded"]
    body: Act
