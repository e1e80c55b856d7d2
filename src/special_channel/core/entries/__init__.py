"""The closed vocabulary of entries: a class for each kind, parsed from the exact signed bytes.

A new kind needs a class here and a row in `core/kinds/`; a test compares the table with the union.
Does not judge entries against the past.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, TypeVar, get_args

from pydantic import Field, TypeAdapter, ValidationError

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Model
from special_channel.core.bytes.ids import Role
from special_channel.core.entries.asks import (
    DateProposed,
    DeadlineMoved,
    DeadlinePassed,
    ReferralSent,
)
from special_channel.core.entries.batches import (
    AmendmentSheet,
    ApplicationAsserted,
    ApplicationLinked,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    ListRow,
    ListSheet,
    ReturnRow,
    ReturnSheet,
    StatementRef,
    Urgent,
)
from special_channel.core.entries.directory import (
    CharterAdopted,
    EntryReviewed,
    FoundedPerson,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    Machine,
    MachineEnrolled,
    PartyFounded,
    PersonLeft,
    RoleEnded,
    RoleGranted,
    RootSet,
    RootsRotated,
)
from special_channel.core.entries.header import (
    Answers,
    Ask,
    AskRef,
    Header,
    InThread,
    PartRef,
    Promise,
    Seen,
    Translation,
)
from special_channel.core.entries.meetings import (
    MeetingHeld,
    PointMarked,
    PointNoted,
)
from special_channel.core.entries.permits import (
    ApprovalRevoked,
    ClockMarked,
    DifferenceMarked,
    LicenceDrawn,
    LicenceIssued,
    PriorityAnswered,
    PriorityRequested,
)
from special_channel.core.entries.private import (
    AccessEnded,
    AccessGranted,
    AccessRead,
    ActRecorded,
    AlertSent,
    ColumnsKept,
    DraftCleared,
    DraftReturned,
    EscalationAcknowledged,
    EscalationRaised,
    ExportMade,
    NodeStarted,
    NoteInternal,
    PrivateErased,
    PrivateRestored,
    RecordRepaired,
    SenseConfirmed,
    ThreadAssigned,
)
from special_channel.core.entries.record import LogRestored, PartErased, PeerRefused, PeerSeen
from special_channel.core.entries.scans import (
    FilesScanned,
    QuarantineAgreed,
    QuarantineAsked,
)
from special_channel.core.entries.signoff import DraftChecked, DraftRouted
from special_channel.core.entries.threads import (
    NoteAcknowledged,
    NoteCorrected,
    NotePosted,
    NoteTranslated,
    NoteWithdrawn,
    ThreadClosed,
    ThreadOpened,
    ThreadReopened,
)

SharedEntry = (
    PartyFounded
    | RootsRotated
    | RoleGranted
    | RoleEnded
    | PersonLeft
    | KeyEnrolled
    | MachineEnrolled
    | KeySuspended
    | KeyRestored
    | KeyRevoked
    | EntryReviewed
    | CharterAdopted
    | ThreadOpened
    | NotePosted
    | NoteCorrected
    | NoteTranslated
    | NoteWithdrawn
    | NoteAcknowledged
    | ThreadClosed
    | ThreadReopened
    | DateProposed
    | DeadlineMoved
    | DeadlinePassed
    | ReferralSent
    | BatchListed
    | BatchAmended
    | BatchAnswered
    | ApplicationAsserted
    | ApplicationLinked
    | MeetingHeld
    | PointNoted
    | PointMarked
    | ClockMarked
    | ApprovalRevoked
    | DifferenceMarked
    | LicenceIssued
    | LicenceDrawn
    | PriorityRequested
    | PriorityAnswered
    | PartErased
    | PeerSeen
    | PeerRefused
    | LogRestored
)
PrivateEntry = (
    NoteInternal
    | DraftCleared
    | DraftReturned
    | DraftRouted
    | DraftChecked
    | SenseConfirmed
    | ColumnsKept
    | EscalationRaised
    | EscalationAcknowledged
    | ThreadAssigned
    | AccessRead
    | AlertSent
    | ExportMade
    | PrivateErased
    | PrivateRestored
    | NodeStarted
    | RecordRepaired
    | AccessGranted
    | AccessEnded
    | ActRecorded
    | FilesScanned
    | QuarantineAsked
    | QuarantineAgreed
)
Entry = SharedEntry | PrivateEntry

Translatable = (
    ThreadOpened
    | NotePosted
    | NoteCorrected
    | NoteWithdrawn
    | MeetingHeld
    | PointNoted
    | PointMarked
)
"""Entries whose parts may be marked as a courtesy translation of the others."""


def _kinds(union: object) -> frozenset[str]:
    return frozenset(
        get_args(model.model_fields["kind"].annotation)[0] for model in get_args(union)
    )


SHARED_KINDS: Final = _kinds(SharedEntry)
PRIVATE_KINDS: Final = _kinds(PrivateEntry)
DIRECTORY_KINDS: Final = frozenset(
    {
        "party.founded",
        "roots.rotated",
        "role.granted",
        "role.ended",
        "person.left",
        "key.enrolled",
        "machine.enrolled",
        "key.suspended",
        "key.restored",
        "key.revoked",
        "entry.reviewed",
        "charter.adopted",
    }
)
COUNTED_KINDS: Final = DIRECTORY_KINDS | {"log.restored"}
"""Kinds that DIRECTORY counts in a leaf of a shared log (rules.md, K26)."""

COUNTED_PRIVATE_KINDS: Final = frozenset({"access.granted", "access.ended"})
"""Kinds that DIRECTORY counts in a leaf of a private log."""

MAX_PAYLOAD_BYTES: Final = 32 * 1024
"""Largest payload (docs/formats/entry.md, "Canonical JSON")."""

ENTRY: Final[TypeAdapter[Entry]] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])
"""The schema: names every key, bounds every number, and nests less deeply than payloads may."""

# Bypass `TypeAdapter.validate_json`, whose ten options cost time on every call.
_validate_json: Final[Callable[[bytes], Entry]] = ENTRY.validator.validate_json


def parse(payload: bytes) -> Entry:
    """Parse an entry from its payload.

    Raises:
        Malformed: The canonical codes of `canonical.loads`, `kind-unknown`,
            `field-unknown`, or `entry-malformed` with the field's name.
    """
    if len(payload) <= MAX_PAYLOAD_BYTES and canonical.is_plain(payload):
        # The schema covers the remaining checks of `canonical.loads`; a test compares the two.
        try:
            return _validate_json(payload)
        except ValidationError:
            pass  # `canonical.loads` below reports faults of form before faults of schema
    canonical.loads(payload, max_bytes=MAX_PAYLOAD_BYTES)
    return parse_canonical(payload)


def parse_canonical(payload: bytes) -> Entry:
    """Parse an entry from a payload written by `canonical.dumps`.

    Raises:
        Malformed: As `parse`, without checks on the form of the JSON text.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise Malformed("json-too-large", "The JSON text is too large.", limit=MAX_PAYLOAD_BYTES)
    try:
        return _validate_json(payload)
    except ValidationError as error:
        raise _refusal(error) from None


_M = TypeVar("_M", bound=Model)


def parse_model(model: type[_M], data: bytes) -> _M:
    """Parse a model of this package from canonical bytes, such as a sheet.

    Raises:
        Malformed: As `parse`.
    """
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Malformed:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = ".".join(str(step) for step in first["loc"])[:120]
    if first["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return Malformed("kind-unknown", "This kind of entry is not in the vocabulary.")
    if first["type"] == "extra_forbidden":
        return Malformed("field-unknown", "A field is not in this kind's schema.", field=field)
    return Malformed("entry-malformed", "A field does not fit this kind's schema.", field=field)


__all__ = [
    "COUNTED_KINDS",
    "COUNTED_PRIVATE_KINDS",
    "DIRECTORY_KINDS",
    "MAX_PAYLOAD_BYTES",
    "PRIVATE_KINDS",
    "SHARED_KINDS",
    "AccessEnded",
    "AccessGranted",
    "AccessRead",
    "ActRecorded",
    "AlertSent",
    "AmendmentSheet",
    "Answers",
    "ApplicationAsserted",
    "ApplicationLinked",
    "ApprovalRevoked",
    "Ask",
    "AskRef",
    "BatchAmended",
    "BatchAnswered",
    "BatchListed",
    "CharterAdopted",
    "ClockMarked",
    "ColumnsKept",
    "DateProposed",
    "DeadlineMoved",
    "DeadlinePassed",
    "DifferenceMarked",
    "DraftChecked",
    "DraftCleared",
    "DraftReturned",
    "DraftRouted",
    "Entry",
    "EntryReviewed",
    "EscalationAcknowledged",
    "EscalationRaised",
    "ExportMade",
    "FilesScanned",
    "FoundedPerson",
    "Header",
    "InThread",
    "KeyEnrolled",
    "KeyRestored",
    "KeyRevoked",
    "KeySuspended",
    "LicenceDrawn",
    "LicenceIssued",
    "ListRow",
    "ListSheet",
    "LogRestored",
    "Machine",
    "MachineEnrolled",
    "MeetingHeld",
    "Model",
    "NodeStarted",
    "NoteAcknowledged",
    "NoteCorrected",
    "NoteInternal",
    "NotePosted",
    "NoteTranslated",
    "NoteWithdrawn",
    "PartErased",
    "PartRef",
    "PartyFounded",
    "PeerRefused",
    "PeerSeen",
    "PersonLeft",
    "PointMarked",
    "PointNoted",
    "PriorityAnswered",
    "PriorityRequested",
    "PrivateEntry",
    "PrivateErased",
    "PrivateRestored",
    "Promise",
    "QuarantineAgreed",
    "QuarantineAsked",
    "RecordRepaired",
    "ReferralSent",
    "ReturnRow",
    "ReturnSheet",
    "Role",
    "RoleEnded",
    "RoleGranted",
    "RootSet",
    "RootsRotated",
    "Seen",
    "SenseConfirmed",
    "SharedEntry",
    "StatementRef",
    "ThreadAssigned",
    "ThreadClosed",
    "ThreadOpened",
    "ThreadReopened",
    "Translatable",
    "Translation",
    "Urgent",
    "parse",
    "parse_canonical",
    "parse_model",
]
