"""Verdicts of our side's virus scanners, and files let out of quarantine, in its private log."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import Lang, Model, Name, Word
from special_channel.core.bytes.ids import Date, Digest, EntryId, PersonId, Timestamp
from special_channel.core.entries.header import Header, PartRef


class FileScan(Model):
    """A scanner's verdict on a file.

    `file` is the digest of salt and file digest, so that an erased file cannot be recognised. Our
    side's database keeps the salt as long as the file. `dated`: date of the signatures.
    """

    file: Digest
    scanner: Word
    verdict: Literal["clean", "found"]
    threat: Name | None = None
    engine: Name
    signatures: Name | None = None
    dated: Date | None = None
    at: Timestamp


class FileScans(Model):
    """First and changed verdicts since the entry before, oldest first."""

    scans: Annotated[tuple[FileScan, ...], Field(min_length=1, max_length=100)]


class FilesScanned(Header):
    """Our side's scanners gave verdicts on files; recorded for our side alone."""

    kind: Literal["files.scanned"]
    body: FileScans


class QuarantineRequest(Model):
    """A quarantined file, by a digest that a verdict in `files.scanned` has, and its requester."""

    file: Digest
    person: PersonId


class QuarantineAsked(Header):
    """A person asks to download a quarantined file. The parts are the reason, in `lang`."""

    kind: Literal["quarantine.asked"]
    parts: Annotated[tuple[PartRef, ...], Field(min_length=1, max_length=20)]
    lang: Lang
    body: QuarantineRequest


class QuarantineConsent(Model):
    """The person who agrees."""

    person: PersonId


class QuarantineAgreed(Header):
    """Another person agrees to the request `ref`: the requester may download the file."""

    kind: Literal["quarantine.agreed"]
    ref: EntryId
    body: QuarantineConsent
