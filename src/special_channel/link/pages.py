"""Messages of the link: pages of a log, heads, cosignatures (`docs/formats/link.md`).

Parses form only. Does not verify logs: `checking.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from special_channel.core.bytes.dsse import MAX_BYTES as MAX_ENVELOPE_BYTES
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Digest, Origin
from special_channel.core.bytes.parts import MAX_DATA_BYTES
from special_channel.core.log.leaf import MAX_BYTES as MAX_LEAF_BYTES
from special_channel.core.log.note import MAX_NOTE_CHARACTERS
from special_channel.ports import Stored

PREFIX: Final = "/link/v1"
"""Path of the service."""

HOLD_SECONDS: Final = 25.0
"""Longest wait of a poll: below the idle time-outs of common proxies (30 s and more)."""

PAGE_BYTES: Final = 2 * 1024 * 1024
"""Target size of a page in bytes. Commits are never split, so a page may be larger."""

PAGE_ENTRIES: Final = 256
"""Most entries of a page; a larger first commit is sent whole. A page is judged in one
transaction under the head's lock, 0.3 ms an entry, while appends of both sides wait."""

MAX_REPLY_BYTES: Final = 96 * 1024 * 1024
"""Larger than any commit: `broker.append` bounds the bytes of a group far below this limit."""

_MAX_COMMITS: Final = 4096
_MAX_PARTS: Final = 1000

Size = Annotated[int, Field(ge=0, le=2**53 - 1)]
NoteField = Annotated[str, StringConstraints(max_length=MAX_NOTE_CHARACTERS)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class SentEntry(_Model):
    """One entry. `envelope` and the items of `parts` are empty if missing at the sender."""

    leaf: Annotated[str, StringConstraints(max_length=MAX_LEAF_BYTES)]
    envelope: Annotated[str, StringConstraints(max_length=MAX_ENVELOPE_BYTES)]
    parts: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=MAX_DATA_BYTES)], ...],
        Field(max_length=_MAX_PARTS),
    ]


class SentCommit(_Model):
    """One commit: entries in order, and the checkpoint of the tree after the last of them."""

    note: NoteField
    entries: Annotated[tuple[SentEntry, ...], Field(min_length=1, max_length=_MAX_COMMITS)]


class Page(_Model):
    """Whole commits of a log from `first` on. `size` is the log's size at the sender.

    `cosigned` is the sender's newest cosignature on the reader's log if requested and larger
    than the reader's own, else empty.
    """

    v: Annotated[int, Field(ge=1, le=1)]
    log: Origin
    first: Size
    size: Size
    commits: Annotated[tuple[SentCommit, ...], Field(max_length=_MAX_COMMITS)]
    cosigned: NoteField = ""


class SentState(_Model):
    """Sizes of both logs, the state digest at these sizes, and the rules' version (rule 6)."""

    eu: Size
    cn: Size
    digest: Digest
    rules: Size


class HeadReply(_Model):
    """A freshly stamped head, and the sender's notes on the reader's log.

    Attributes:
        v: 1.
        head: The sender's checkpoint with the sender's timestamped cosignature.
        state: The sender's state.
        cosigned: The sender's newest cosignature on the reader's log, or empty.
        stamped: The newest stamped head of the reader's log at the sender, or empty.
    """

    v: Annotated[int, Field(ge=1, le=1)]
    head: NoteField
    state: SentState
    cosigned: NoteField
    stamped: NoteField


class SentCosignature(_Model):
    """The body of `POST /cosignature`."""

    v: Annotated[int, Field(ge=1, le=1)]
    note: NoteField


_M = TypeVar("_M", bound=_Model)


def read(model: type[_M], body: bytes) -> _M:
    """Parse a message body.

    Raises:
        Malformed: `link-message-malformed`, with the field.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(str(step) for step in first["loc"])[:120]
        raise Malformed(
            "link-message-malformed", "This is not a message of the link.", field=field
        ) from None


def write(message: _Model) -> bytes:
    """Serialize a message other than a page."""
    return orjson.dumps(message.model_dump())


@dataclass(frozen=True, slots=True)
class StoredCommit:
    """One commit as read from the record."""

    note: str
    entries: tuple[Stored, ...]


def write_page(
    origin: str, first: int, size: int, commits: Sequence[StoredCommit], *, cosigned: str = ""
) -> bytes:
    """Serialize a page of commits."""
    # Without the pydantic models: the busiest path of the link.
    return orjson.dumps(
        {
            "v": 1,
            "log": origin,
            "first": first,
            "size": size,
            "commits": [
                {"note": commit.note, "entries": [_entry(entry) for entry in commit.entries]}
                for commit in commits
            ],
            "cosigned": cosigned,
        }
    )


def _entry(entry: Stored) -> dict[str, object]:
    return {
        "leaf": entry.leaf.decode("ascii"),
        "envelope": entry.envelope.decode("ascii"),
        "parts": [part.decode() if part is not None else "" for part in entry.parts],
    }
