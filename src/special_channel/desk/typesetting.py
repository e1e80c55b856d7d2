"""Typeset a document as a tagged PDF (PDF/UA-1).

The document is passed to the template as data, never as source: no text can become a command.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import manimgx_fonts_cjk
import orjson
import typst

from special_channel.core.bytes.scripts import visible
from special_channel.messages.script_runs import script_runs

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_FONTS: Final = (
    str(Path(manimgx_fonts_cjk.__file__).parent),
    str(Path(__file__).parent / "fonts"),
)
"""Noto Sans CJK (OFL), whose Latin letters match Source Sans of the pages; and of Source Sans the
letters that it lacks, such as ő, Ł and Š in names."""


def pdf(template: str, document: DataclassInstance, made: datetime) -> bytes:
    """Typeset a document; the output is deterministic for a document and an instant.

    Args:
        template: Name of a template of this package, such as `brief.typ`.
        document: The data that the template reads.
        made: Time of creation, for the PDF's metadata.

    The template also gets `runs`: texts without a language of their own, such as the name of an
    author, that have runs of the other script, as pairs of text and language (WCAG 3.1.2).

    Takes 0.3 s at least, mostly for loading the font: call it in a thread.
    """
    # Marks of direction are written out: on paper nobody could find them.
    written = visible(orjson.dumps(document).decode())
    filed: dict[str, Any] = orjson.loads(written)
    lang = filed["lang"]
    parted = {text: [*script_runs(text, lang)] for text in {*_unmarked(filed)}}
    runs = {text: found for text, found in parted.items() if any(other for _, other in found)}
    compiler = typst.Compiler(
        font_paths=[*_FONTS],
        ignore_system_fonts=True,
        sys_inputs={
            "document": written,
            "runs": orjson.dumps(runs).decode(),
            "made": f"{made:%Y-%m-%d-%H-%M-%S}",
        },
    )
    source: bytes = (files(__package__) / template).read_bytes()
    typeset = compiler.compile(source, output=None, format="pdf", pdf_standards=["ua-1"])
    assert isinstance(typeset, bytes)  # noqa: S101 - own bug: one document, no path
    return typeset


def _unmarked(part: object) -> Iterator[str]:
    """Yield the texts of a document that say no language of their own."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for each in part:
            yield from _unmarked(each)
    elif isinstance(part, dict):
        for name, each in part.items():
            if name != "text" or not part.get("lang"):
                yield from _unmarked(each)
