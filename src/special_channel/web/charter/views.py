"""Views of charters: changes against the charter before, and the data that a registrar signs."""

from __future__ import annotations

from typing import Literal

from special_channel.messages.catalogue import Lang
from special_channel.web.shared.view import View
from special_channel.web.shared.words import Facts
from special_channel.web.shell.charters import CharterView

Refusal = tuple[str, Facts]
"""Code of an error, and the facts in its sentence."""


class FieldChange(View):
    """A changed field in the reader's words; the value of an absent field is empty.

    Attributes:
        mono: The values are digests.
        lang: Language of a text in one language; else empty.
    """

    field: str
    before: str
    after: str
    mono: bool = False
    lang: Lang | Literal[""] = ""


class SubjectChanges(View):
    """Changed fields of a subject, such as a reply rule; `code`: its code in the charter."""

    name: str
    code: str
    fields: tuple[FieldChange, ...]


class SectionChanges(View):
    """Changed subjects of a section."""

    name: str
    subjects: tuple[SubjectChanges, ...]


class Comparison(View):
    """A charter compared with the charter before; `before` is 0 for the first charter.

    Without sections, the charters differ in number and order of lines only.
    """

    number: int
    digest: str
    before: int
    sections: tuple[SectionChanges, ...]


class ToSign(View):
    """The entry `charter.adopted` before its signature: data part with a zero salt, and body."""

    part: str
    body: str

    @property
    def part_bytes(self) -> int:
        """Size of the data part in bytes."""
        return len(self.part.encode())


class CharterDetail(View):
    """A charter adopted by a side.

    Attributes:
        registrar: The reader's role may adopt charters.
        to_sign: Data for the registrar's signature, if our side can adopt the charter now.
        refused: The reason if our side can't adopt the charter yet.
        lacking: Calendar releases named in the charter and missing on this node.
    """

    line: CharterView
    changes: Comparison
    registrar: bool
    to_sign: ToSign | None = None
    refused: Refusal | None = None
    lacking: tuple[str, ...] = ()


class ProposalView(View):
    """The form for a charter of our side, and the check of an uploaded file.

    Attributes:
        following: Number of the next charter.
        force: Number of the charter in force, 0 before the first; `force_url`: its file.
        file: Name of the uploaded file.
        refused: The reason if our side can't propose the charter.
        gone: Whether the file whose changes were asked for is not kept any more.
    """

    following: int
    force: int
    force_url: str
    file: str = ""
    changes: Comparison | None = None
    to_sign: ToSign | None = None
    refused: Refusal | None = None
    gone: bool = False
