"""One charter as a page: what it changes, who adopted it, and what a registrar would sign.

Does not compare or check: `reading` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from special_channel.messages.catalogue import Lang
from special_channel.web.pages.calendars import CharterLine
from special_channel.web.shared.words import Facts


@dataclass(frozen=True, slots=True)
class Said:
    """One field that differs, in the reader's words; empty where one charter lacks the thing.

    Attributes:
        lang: Of a text that stands in the charter in one language; else empty.
    """

    field: str
    before: str
    after: str
    mono: bool = False
    lang: Lang | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the fields are of, with the code that the document has for it."""

    name: str
    code: str
    fields: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a charter in which something differs."""

    name: str
    subjects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class ToSign:
    """What `charter.adopted` would be: the data part but for its salt, and the payload's body."""

    part: str
    body: str

    @property
    def part_bytes(self) -> int:
        """How many bytes would cross."""
        return len(self.part.encode())


@dataclass(frozen=True, slots=True)
class Compared:
    """A charter beside the one before it.

    Attributes:
        number: Its number; `before` that of the one it is compared with, 0 if it is the first.
        sections: What differs; none where only the order of things does.
    """

    number: int
    digest: str
    before: int
    sections: tuple[Section, ...]
    to_sign: ToSign | None = None


@dataclass(frozen=True, slots=True)
class CharterPage:
    """A charter that a side adopted.

    Attributes:
        registrar: Whether the reader may adopt, by their role.
        open_here: Whether the other side has adopted it and our side may do so next.
        lacking: Calendar releases that it names and that are not here.
    """

    template: ClassVar[str] = "charter.html"
    page: ClassVar[str] = "rules"

    line: CharterLine
    compared: Compared
    registrar: bool = False
    open_here: bool = False
    lacking: tuple[str, ...] = ()
    refused: tuple[str, Facts] | None = None


@dataclass(frozen=True, slots=True)
class ProposePage:
    """A charter that a registrar brings as a file; with nothing at the beginning.

    Attributes:
        following: The number that the next charter has.
        force: The number in force, 0 before the first; `force_url` where its file is.
        file: The file's name.
        refused: Code and facts by which it can't be proposed.
    """

    template: ClassVar[str] = "propose.html"
    page: ClassVar[str] = "rules"

    following: int
    force: int = 0
    force_url: str = ""
    file: str = ""
    compared: Compared | None = None
    refused: tuple[str, Facts] | None = None
