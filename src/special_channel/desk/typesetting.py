"""Typeset a document as a tagged PDF (PDF/UA-1).

The document is passed to the template as data, never as source: no text can become a command.
"""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import manimgx_fonts_cjk
import orjson
import typst

from special_channel.core.bytes.scripts import visible

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_FONTS: Final = str(Path(manimgx_fonts_cjk.__file__).parent)
"""Noto Sans CJK (OFL); its Latin letters match Source Sans of the pages."""


def pdf(template: str, document: DataclassInstance, made: datetime) -> bytes:
    """Typeset a document; the output is deterministic for a document and an instant.

    Args:
        template: Name of a template of this package, such as `brief.typ`.
        document: The data that the template reads.
        made: Time of creation, for the PDF's metadata.

    Takes 0.3 s at least, mostly for loading the font: call it in a thread.
    """
    compiler = typst.Compiler(
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        sys_inputs={
            # Marks of direction are written out: on paper nobody could find them.
            "document": visible(orjson.dumps(document).decode()),
            "made": f"{made:%Y-%m-%d-%H-%M-%S}",
        },
    )
    source: bytes = (files(__package__) / template).read_bytes()
    typeset = compiler.compile(source, output=None, format="pdf", pdf_standards=["ua-1"])
    assert isinstance(typeset, bytes)  # noqa: S101 - own bug: one document, no path
    return typeset
