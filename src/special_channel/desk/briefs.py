"""A one-page brief as a tagged PDF, with the text of both languages in it.

Does not read the record and chooses no words: the brief comes in the reader's language. What is
written here is data to the template (`brief.typ`), never source: no text can become a command.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import manimgx_fonts_cjk
import orjson
import typst

from special_channel.core.scripts import visible

_TEMPLATE: Final = files(__package__) / "brief.typ"
_FONTS: Final = str(Path(manimgx_fonts_cjk.__file__).parent)
"""Noto Sans CJK (OFL): its Latin letters are those of the pages' Source Sans."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a brief names.

    Attributes:
        number: Its registration number, as people look it up.
        text: The words, in the language `lang`.
        details: What the record says of it, the own side first.
        private: What the own side alone holds: only in an internal brief.
        url: Its page; not in the PDF.
    """

    number: str
    text: str
    lang: str
    details: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines; `empty` is said where there are none, `more` of those left out."""

    code: str
    title: str
    lines: tuple[Line, ...] = ()
    empty: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief, in the reader's language.

    Attributes:
        internal: For the own side alone, with what it alone holds; else it may be handed over.
        mark: That in words, on each page.
        facts: What it is of: word and value.
        foot: What it is not.
        effect: Text of the charter in force; empty before the first charter.
    """

    lang: str
    internal: bool
    mark: str
    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    private_word: str
    foot: str
    effect: str


def pdf(brief: Brief, made: datetime) -> bytes:
    """Write a brief as PDF/UA-1, A4. The same brief and instant give the same bytes.

    Takes about 0.3 s, most of it to read the font: call it in a thread.
    """
    compiler = typst.Compiler(
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        sys_inputs={
            # Marks of direction are written out: on paper nobody could find them.
            "brief": visible(orjson.dumps(asdict(brief)).decode()),
            "made": f"{made:%Y-%m-%d-%H-%M-%S}",
        },
    )
    source: bytes = _TEMPLATE.read_bytes()
    written = compiler.compile(source, output=None, format="pdf", pdf_standards=["ua-1"])
    assert isinstance(written, bytes)  # noqa: S101 - own bug: one document, no path
    return written
