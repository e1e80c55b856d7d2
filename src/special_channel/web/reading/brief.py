"""A one-page brief of a level: from the shared record, in the reader's language.

An internal brief adds what `own_words` holds; one that may be handed over is made of the shared
record alone. Does not write HTML or PDF.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from special_channel.core.bytes.times import timestamp
from special_channel.desk.briefs import Brief
from special_channel.messages.dates import full_date
from special_channel.ports.meetings import Sizes
from special_channel.web.pages.brief import BriefPage
from special_channel.web.reading.brief_changes import changed
from special_channel.web.reading.brief_ground import Ground, ground_of
from special_channel.web.reading.brief_questions import asked, promises
from special_channel.web.reading.brief_states import differences, stops
from special_channel.web.reading.meetings import level_name, levels
from special_channel.web.shared.capitals import both
from special_channel.web.shared.references import last_entries
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import effect_text

Kind = Literal["internal", "handover"]


async def brief_page(context: PageContext, level: str, kind: Kind, since: date | None) -> BriefPage:
    """Read a brief's page."""
    query = f"since={since.isoformat()}&" if since else ""
    other = "handover" if kind == "internal" else "internal"
    langs = ("en", "zh-CN") if context.lang == "en" else ("zh-CN", "en")
    return BriefPage(
        brief=await brief(context, level, kind, since),
        level=level_name(context, level),
        levels=tuple(level_name(context, each.level) for each in levels(context)),
        other_url=f"/brief/{level}/{other}",
        pdfs=tuple((code, f"/brief/{level}/{kind}.pdf?{query}lang={code}") for code in langs),
        since=since,
    )


async def brief(context: PageContext, level: str, kind: Kind, since: date | None) -> Brief:
    """Read what stands on a brief."""
    ground = await ground_of(context, level, internal=kind == "internal")
    title = level_name(context, level).title.first(context.lang).text
    mark = f"internal-{context.party}" if ground.internal else "handover"
    return Brief(
        lang=context.lang,
        internal=ground.internal,
        mark=context.t.label("brief-kind", mark),
        title=ground.say("title", level=title),
        facts=_facts(ground, since),
        sections=(
            await asked(ground, context.party, "ask"),
            await asked(ground, context.peer, "raise"),
            await promises(ground),
            await stops(ground),
            await differences(ground),
            await changed(ground, await _sizes(ground, since), _when(ground, since)),
        ),
        private_word=ground.say("only-ours"),
        foot=ground.say("foot"),
        effect=effect_text(context),
    )


def _facts(ground: Ground, since: date | None) -> tuple[tuple[str, str], ...]:
    context, comma = ground.context, ground.say("comma")
    last = ground.held[0][0] if ground.held else None
    found = [
        (ground.say("as-of"), both(context.now, context.party, context.lang, context.now)),
        (
            ground.say("record"),
            comma.join(last_entries(context.heads["eu"].size, context.heads["cn"].size)),
        ),
    ]
    if last is not None:
        on = full_date(date.fromisoformat(last.on), context.lang)
        found.append((ground.say("last-meeting"), comma.join((on, last.place, str(last.position)))))
    if since is not None:
        found.append((ground.say("since"), full_date(since, context.lang)))
    return tuple(found)


def _when(ground: Ground, since: date | None) -> str:
    """Say since when changes are told: a date, or the last meeting."""
    if since is not None:
        return full_date(since, ground.context.lang)
    return ground.say("meeting", number=str(ground.held[0][0].position)) if ground.held else ""


async def _sizes(ground: Ground, since: date | None) -> Sizes | None:
    """Return where counting begins: at a date in the own capital, else after the last meeting."""
    context = ground.context
    if since is not None:
        zone = context.calendar(context.party).local(context.now).tzinfo
        start = datetime(since.year, since.month, since.day, tzinfo=zone)
        return await context.own.growth.sizes_at(timestamp(start))
    if not ground.held:
        return None
    row = ground.held[0][0]
    stored = (await context.own.record.find([row.meeting]))[row.meeting]
    own, peer = row.index + 1, stored.frontier
    return Sizes(own, peer) if row.party == "eu" else Sizes(peer, own)


def in_language(context: PageContext, lang: str) -> PageContext:
    """Return the same view in another language, where one is named."""
    if lang == "en":
        return replace(context, lang="en")
    return replace(context, lang="zh-CN") if lang == "zh-CN" else context
