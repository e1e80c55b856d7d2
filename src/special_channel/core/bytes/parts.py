"""Parts: salted disclosures, and the commitments to them in entries.

Does not draw salts. Does not contain file bytes: a `file` part describes a file, whose bytes are
sent and hashed separately. Does not know the roles that a kind of entry allows.

A salt is 32 bytes, written as standard padded base64.
"""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Digest

Role = Literal["subject", "text", "data", "file"]

DOMAIN: Final = b"special-channel/part/v1\n"
# Without a salt a short text could be guessed from its hash even after the text was erased.
SALT_BYTES: Final = 32

MAX_PART_BYTES: Final = 256 * 1024
"""Limit for the disclosure of a subject, text or file."""

MAX_DATA_BYTES: Final = 1024 * 1024
"""Limit for a disclosure of data: a list of 500 rows with all columns of the charter."""

MAX_DEPTH: Final = 8
"""Two more than a payload: the disclosure wraps a document in `data`."""

MAX_SUBJECT: Final = 300
"""Characters (Unicode scalar values)."""

MAX_FILE_NAME_BYTES: Final = 255
"""In UTF-8; the limit of common file systems."""

# Unicode's control category without LF. The category never changes (Unicode stability policy),
# so the pattern depends on no version of Unicode.
_CONTROLS: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_LINE_BREAKS: Final = re.compile("[\n\u2028\u2029]")
# Bidi_Control of PropList.txt: these characters can disguise a line as another (UAX 9, UTR 36).
_BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _plain(value: str) -> str:
    if _CONTROLS.search(value):
        raise ValueError("control character")
    return value


def _one_line(value: str) -> str:
    if _LINE_BREAKS.search(value) or _BIDI.search(value):
        raise ValueError("line break or bidirectional control")
    return _plain(value)


def _file_name(value: str) -> str:
    if value in {".", ".."} or "/" in value or "\\" in value:
        raise ValueError("a path")
    if len(value.encode()) > MAX_FILE_NAME_BYTES:
        raise ValueError("too long")
    return _one_line(value)


# 43 digits have two bits more than 32 bytes. Zero bits there leave one spelling for each salt.
Salt = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$")]
MediaType = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]{0,62}/[a-z0-9][a-z0-9.+-]{0,126}$")
]
"""A media type in lower case, without parameters."""

DataType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9.-]{0,63}$")]
"""Name of the schema of `data`."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    role: Role
    salt: Salt

    def encode(self) -> bytes:
        """Return the bytes of the disclosure.

        Raises:
            Malformed: the codes of `canonical.dumps`.
        """
        return canonical.dumps(self.model_dump(), max_depth=MAX_DEPTH)


class SubjectPart(_Part):
    """The subject of a thread, one line."""

    role: Literal["subject"] = "subject"
    text: Annotated[
        str, StringConstraints(min_length=1, max_length=MAX_SUBJECT), AfterValidator(_one_line)
    ]


class TextPart(_Part):
    """A paragraph, exactly as typed."""

    role: Literal["text"] = "text"
    text: Annotated[str, StringConstraints(min_length=1), AfterValidator(_plain)]


class FilePart(_Part):
    """Name, media type, length in bytes and SHA-256 of a file."""

    role: Literal["file"] = "file"
    name: Annotated[str, StringConstraints(min_length=1), AfterValidator(_file_name)]
    type: MediaType
    len: Annotated[int, Field(ge=0, le=canonical.MAX_INTEGER)]
    sha256: Digest


class DataPart(_Part):
    """A structured document. In a shared log: without personal data, and never erased."""

    role: Literal["data"] = "data"
    type: DataType
    data: dict[str, Any]


Part: TypeAlias = SubjectPart | TextPart | FilePart | DataPart

_PART: Final[TypeAdapter[Part]] = TypeAdapter(Annotated[Part, Field(discriminator="role")])
# Bypass `TypeAdapter.validate_python`, whose ten options cost time on every call.
_validate: Final = _PART.validator.validate_python


def salt_text(salt: bytes) -> str:
    """Encode 32 random bytes, drawn by the caller, as a part's salt.

    Raises:
        ValueError: `salt` has another length.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(len(salt))
    return base64.b64encode(salt).decode()


def commitment(disclosure: bytes) -> str:
    r"""Return hex(SHA-256("special-channel/part/v1\n" || disclosure))."""
    return sha256(DOMAIN + disclosure).hexdigest()


def check(commitment_: str, disclosure: bytes) -> None:
    """Check a disclosure against its commitment.

    Raises:
        Malformed: `part-digest`.
    """
    if commitment(disclosure) != commitment_:
        raise Malformed("part-digest", "The part is not the one that was signed.")


def parse(disclosure: bytes) -> Part:
    """Parse a disclosure; `parse(d).encode() == d` for every accepted `d`.

    Raises:
        Malformed: `part-too-large`, `part-malformed`.
    """
    if len(disclosure) > MAX_DATA_BYTES:
        raise _too_large(MAX_DATA_BYTES)
    try:
        value = canonical.loads(disclosure, max_bytes=MAX_DATA_BYTES, max_depth=MAX_DEPTH)
        part: Part = _validate(value)
    except Malformed as error:
        raise _malformed(error.code) from error
    except ValidationError as error:
        raise _malformed(".".join(str(step) for step in error.errors()[0]["loc"])) from None
    if not isinstance(part, DataPart) and len(disclosure) > MAX_PART_BYTES:
        raise _too_large(MAX_PART_BYTES)
    return part


def _malformed(field: str) -> Malformed:
    return Malformed("part-malformed", "This is not a part.", field=field)


def _too_large(limit: int) -> Malformed:
    return Malformed("part-too-large", "A part is too large.", limit=limit)
