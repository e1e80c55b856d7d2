"""Write a one-page brief as a tagged PDF with text in both languages.

Does not read the record and chooses no words: the brief arrives in the reader's language. The
text is passed to the template (`brief.typ`) as data, never as source: no text can become a command.
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

from special_channel.core.bytes.scripts import visible

_TEMPLATE: Final = files(__package__) / "brief.typ"
_FONTS: Final = str(Path(manimgx_fonts_cjk.__file__).parent)
"""Noto Sans CJK (OFL); its Latin letters match Source Sans of the pages."""


@dataclass(frozen=True, slots=True)
class BriefLine:
    """One item of a brief.

    Attributes:
        number: Registration number, for looking up the item.
        text: The item's words, in the language `lang`.
        details: Facts from the record, our side's first.
        private: Facts from our private log: only in an internal brief.
        url: The item's page; omitted from the PDF.
    """

    number: str
    text: str
    lang: str
    details: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines; `empty` is shown without lines, `more` mentions omitted lines."""

    code: str
    title: str
    lines: tuple[BriefLine, ...] = ()
    empty: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief, in the reader's language.

    Attributes:
        internal: Whether the brief is for our side alone and includes private facts.
        mark: The words on each page that say whether the brief is internal.
        facts: The subject of the brief: pairs of word and value.
        foot: Disclaimer at the foot.
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
    """Write a brief as PDF/UA-1, A4; output is deterministic for a brief and an instant.

    Takes about 0.3 s, mostly for loading the font: call it in a thread.
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
    document = compiler.compile(source, output=None, format="pdf", pdf_standards=["ua-1"])
    assert isinstance(document, bytes)  # noqa: S101 - own bug: one document, no path
    return document
