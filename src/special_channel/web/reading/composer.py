"""The form in which an official writes: what it answers, by when the other side would.

Does not sign or send: the browser does. Shown to roles that write, under a charter.
"""

from __future__ import annotations

from typing import Any

import orjson

from special_channel.core.rows.charter import InForce
from special_channel.core.rules.replying import due_by
from special_channel.core.time.due import counts_from
from special_channel.web.pages.composer import Composer, Draft, OpenAsk, ReplyRule
from special_channel.web.shared.dues import due_at
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import author_of

MIB = 1024 * 1024


async def note_composer(
    context: PageContext, thread: str, asks: tuple[OpenAsk, ...]
) -> Composer | None:
    """Return the form under a thread; None for who may not write."""
    if not context.writes or context.charter is None:
        return None
    lang, other = context.languages
    return Composer(
        what="note",
        key=context.reader.key,
        author=author_of(context, context.reader.row, context.reader.official),
        charter=context.charter.digest,
        lang=lang,
        translation_lang=other,
        draft_name=thread,
        draft=await draft(context, thread),
        thread=thread,
        calendar=context.calendar(context.peer).digest,
        asks_to_answer=asks,
        reply_rules=reply_rules(context, context.charter),
        markings=context.charter.charter.markings,
        max_file_mib=context.charter.charter.limits.file_bytes // MIB,
    )


async def thread_composer(
    context: PageContext, batch: str, applications: tuple[str, ...]
) -> Composer | None:
    """Return the form of a new thread; None for who may not write."""
    if not context.writes or context.charter is None:
        return None
    lang, other = context.languages
    name = "new" if batch == "standing" else f"new-{batch}"
    document = context.charter.charter
    return Composer(
        what="thread",
        key=context.reader.key,
        author=author_of(context, context.reader.row, context.reader.official),
        charter=context.charter.digest,
        lang=lang,
        translation_lang=other,
        draft_name=name,
        draft=await draft(context, name),
        batch=batch,
        applications=applications,
        calendar=context.calendar(context.peer).digest,
        reply_rules=reply_rules(context, context.charter),
        markings=document.markings,
        max_file_mib=document.limits.file_bytes // MIB,
    )


def reply_rules(context: PageContext, charter: InForce) -> tuple[ReplyRule, ...]:
    """Return the charter's reply rules, each with the instant that it gives now."""
    found = []
    for rule in charter.charter.reply_rules:
        counted = due_by(rule, context.calendars, context.peer, context.now)
        at = due_at(context, counted.instant, context.peer, provisional=counted.provisional)
        reached = counts_from(context.calendars, context.peer, context.now, rule.count)
        found.append(
            ReplyRule(
                rule.rule,
                rule.working_days,
                at,
                title=rule.title_en if context.lang == "en" else rule.title_zh,
                counts_from=reached.first,
                outside_hours=reached.outside_hours,
                seconds=rule.seconds,
            )
        )
    return tuple(found)


async def draft(context: PageContext, name: str) -> Draft:
    """Return what was typed; empty where that can't be read."""
    held = await context.own.drafts.load(context.reader.key, name)
    if held is None:
        return Draft()
    try:
        fields = orjson.loads(held.text)
    except orjson.JSONDecodeError:
        return Draft()
    if not isinstance(fields, dict):
        return Draft()
    return Draft(
        text=_text(fields, "text"),
        translation=_text(fields, "text_tr"),
        subject=_text(fields, "subject"),
        subject_translation=_text(fields, "subject_tr"),
        saved_at=held.at,
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""
