"""List, use, keep and remove templates. Does not write notes: the browser does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound
from special_channel.core.search.folding import fold
from special_channel.desk.marked_texts import refuse_marked
from special_channel.desk.text_templates import MAX_TEXT, MAX_TITLE, filled, number_gaps
from special_channel.stores.templates import KeptTemplate, TemplateKind
from special_channel.web.shell import composer
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.templates import KEPT, TemplateItem, templates
from special_channel.web.shell.threads import find_thread
from special_channel.web.usual.views import TemplateFilters, TemplatesView, TemplateText

MOST_KEPT: Final = 100
"""Templates that a desk keeps."""

MAX_DIGITS: Final = 18

EVERY_TEMPLATE: Final = TemplateFilters()


async def listed(
    context: PageContext, filters: TemplateFilters = EVERY_TEMPLATE, draft: str = ""
) -> TemplatesView:
    """Return the templates that match; `draft`: name of a draft whose texts are to be kept."""
    everything = await templates(context)
    items = [item for item in everything if _fits(item, filters)]
    if filters.sort == "name":
        items.sort(key=lambda item: item.title.casefold())
    view = TemplatesView(items=tuple(items), total=len(everything))
    if not draft:
        return view
    saved = await composer.draft(context, draft)
    return view.model_copy(update={"text": saved.text, "translation": saved.translation})


def _fits(item: TemplateItem, filters: TemplateFilters) -> bool:
    keeper = "desk" if item.kept else "side"
    text = fold(filters.text)
    return (
        filters.kind in {"", item.kind}
        and filters.keeper in {"", keeper}
        and any(text in fold(each) for each in (item.title, item.en, item.zh))
    )


async def use(
    context: PageContext, id_: str, thread: str, applications: Sequence[str]
) -> TemplateText:
    """Return a template's text for a note, and remember that the reader used it.

    Args:
        context: The reader.
        id_: Id of the template.
        thread: Number or id of the note's thread; empty for a new thread.
        applications: Numbers of the applications of a new thread.

    Raises:
        NotFound: `template-unknown`, `thread-unknown`.
    """
    item = next((each for each in await templates(context) if each.id == id_), None)
    if item is None:
        raise NotFound("template-unknown", "There is no such template.", id=id_)
    if thread:
        applications = (await find_thread(context, thread)).opening.applications
    alone = applications[0] if len(applications) == 1 else ""
    gaps = dict.fromkeys(number_gaps(), alone) if alone else {}
    await context.own.desk.templates.use(context.reader.marks_as, id_, context.now)
    texts = {"en": filled(item.en, gaps), "zh-CN": filled(item.zh, gaps)}
    own, other = context.languages
    return TemplateText(kind=item.kind, text=texts[own], translation=texts[other])


async def keep(
    context: PageContext, kind: TemplateKind, title: str, text: str, translation: str
) -> TemplatesView:
    """Keep a template for the reader's desk; return all templates.

    Args:
        context: The reader.
        kind: Whether it is a question or an answer.
        title: Its name.
        text: Its text in the reader's language.
        translation: Its text in the other language; may be empty.

    Raises:
        Malformed: `template-empty`, `template-long`.
        NotAllowed: `templates-full`.
        RuleBroken: As `refuse_marked`.
    """
    refuse_marked((title, text, translation))
    desk, title = context.reader.row.desk, " ".join(title.split())
    en, zh = (text.strip(), translation.strip())
    if context.languages[0] != "en":
        en, zh = zh, en
    if not title or not text.strip():
        raise Malformed("template-empty", "A template has a name and a text.")
    if len(title) > MAX_TITLE or max(len(en), len(zh)) > MAX_TEXT or not title.isprintable():
        raise Malformed("template-long", "Too long.", title=MAX_TITLE, text=MAX_TEXT)
    if "\0" in en + zh:
        raise Malformed("request-malformed", "A text has no such character.", field="text")
    store = context.own.desk.templates
    if len(await store.of_desk(desk)) >= MOST_KEPT:
        raise NotAllowed("templates-full", "No more templates are kept.", limit=MOST_KEPT)
    template = KeptTemplate(0, kind, title, en, zh)
    await store.keep(desk, context.reader.marks_as, template, context.now)
    return TemplatesView(items=await templates(context))


async def remove(context: PageContext, id_: str) -> TemplatesView:
    """Remove a template of the reader's desk, if it is there; return the others.

    Raises:
        NotAllowed: `template-side` for one of the side's file.
    """
    number = id_.removeprefix(KEPT)
    if number == id_:
        raise NotAllowed("template-side", "The file of our side has it.", id=id_)
    if number.isascii() and number.isdigit() and len(number) <= MAX_DIGITS:
        await context.own.desk.templates.remove(context.reader.row.desk, int(number))
    return TemplatesView(items=await templates(context))
