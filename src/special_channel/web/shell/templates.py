"""Read templates for the composer: of our side's file, and kept by the reader's desk.

Does not write notes: the browser puts a template into the composer's fields.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from special_channel.core.bytes.times import timestamp
from special_channel.stores.templates import TemplateKind
from special_channel.web.shared.view import View
from special_channel.web.shell.context import PageContext

KEPT: Final = "kept:"
"""Begins the id of a template that a desk keeps; the id of one of the file is a word."""


class TemplateItem(View):
    """A template.

    Attributes:
        id: Names the template for `use`.
        title: Name, in the reader's language if the file has one.
        en: Text in English, `zh`: in Chinese; either text of a kept template may be empty.
        kept: Whether the reader's desk keeps the template, and may remove it.
        used: When the reader used it last; None if never.
    """

    id: str
    kind: TemplateKind
    title: str
    en: str
    zh: str
    kept: bool = False
    used: str | None = None


async def templates(context: PageContext) -> tuple[TemplateItem, ...]:
    """Return the reader's templates, the last used first, then in the order of file and desk."""
    desk, own = context.own.desk, context.own.times.templates
    kept = await desk.templates.of_desk(context.reader.row.desk)
    used = await desk.templates.used(context.reader.marks_as)
    items = [
        *(
            TemplateItem(
                id=each.id,
                kind=each.kind,
                title=each.title.en if context.lang == "en" else each.title.zh,
                en=each.text.en,
                zh=each.text.zh,
                used=_used(used.get(each.id)),
            )
            for each in (own.templates if own else ())
        ),
        *(
            TemplateItem(
                id=f"{KEPT}{each.id}",
                kind=each.kind,
                title=each.title,
                en=each.en,
                zh=each.zh,
                kept=True,
                used=_used(used.get(f"{KEPT}{each.id}")),
            )
            for each in kept
        ),
    ]
    return tuple(sorted(items, key=lambda item: item.used or "", reverse=True))


def _used(at: datetime | None) -> str | None:
    return timestamp(at) if at else None
