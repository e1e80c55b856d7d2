"""Types of fields of entries, and the strict base model.

Does not know kinds of entries: see `entries/`.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Version = Annotated[int, Field(ge=1, le=1)]
"""`1`. Not a `Literal`, which would also accept `true`."""

Ordinal = Annotated[int, Field(ge=0, le=999)]
"""Index of a part in an entry's `parts`, counted from 0."""

Lang = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")]
"""BCP 47 tag of the authentic text, such as `en` or `zh-CN`."""

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,47}$")]
"""A coded term; `messages/` has its wording in both languages."""

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
"""A line of text: a desk's title, a list's number. Never a person's name."""

ListedNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f]+$")
]
"""MOFCOM's number, opaque: no public source defines its format; or a reference of the EU."""

REFERENCE_MARK: Final = "REF:"
"""First characters of the EU's reference for an application whose number it does not know."""


def is_reference(number: str) -> bool:
    """Return whether a listed number is a reference of the EU."""
    return number.startswith(REFERENCE_MARK)


def _no_reference(number: str) -> str:
    if is_reference(number):
        raise ValueError("a reference is no application number")
    return number


ApplicationNumber = Annotated[ListedNumber, AfterValidator(_no_reference)]
"""MOFCOM's number, which does not begin like a reference."""

ControlCode = Annotated[str, StringConstraints(pattern=r"^[0-9][A-E][0-9]{3}(\.[a-z0-9.]{1,8})?$")]
"""A code of the control list, such as `1C905.a`."""

SenseRule = Annotated[str, StringConstraints(pattern=r"^S-[0-9]{3}$")]
"""Id of a rule of plausibility, such as `S-035`."""

NoteText = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
"""A whole C2SP signed note, its signature lines included."""

Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{2,200}={0,2}$")]

Marking = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]

Suite = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,32}$")]
"""A signature suite. A verifier reports an unknown suite as `suite-unsupported` and continues."""


HostName = Annotated[
    str,
    StringConstraints(
        max_length=253,
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$",
    ),
]
"""A host name in lower case, without port: the relying party of an authenticator's key."""


class Model(BaseModel):
    """Strict, frozen, no unknown fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
