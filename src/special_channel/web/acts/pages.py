"""Pages of acts on people: waiting acts, one act, and the form that begins one.

Does not sign: officials' browsers do. Every act on people begins at `/people/acts/new`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast
from urllib.parse import urlencode

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotFound, RuleBroken, Unavailable
from special_channel.core.bytes.ids import PersonId, Role
from special_channel.core.bytes.suites import in_groups
from special_channel.core.entries import Entry, parse
from special_channel.desk import acts
from special_channel.desk.act_second import Acting, beginning
from special_channel.desk.act_words import REASONS, aim_of
from special_channel.messages.catalogue import language_of
from special_channel.stores.people import Official
from special_channel.web.acts import before, forms, machines, queries, words
from special_channel.web.acts.api import refuse, withdraw
from special_channel.web.acts.forms import ActQuery, Look, NewAct, Stated, Target
from special_channel.web.acts.tables import FILES
from special_channel.web.http.openapi import Route
from special_channel.web.http.sessions import visitor
from special_channel.web.shared.acts import ActDetail, ActFilters
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.codes import check_code, draw_code, invite_person
from special_channel.web.shell.colleagues import own_desks
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.forms import posted, read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

LIST: Final = "/people/acts"


async def get_acts(request: web.Request) -> web.Response:
    """Show the waiting acts that the reader may see."""
    context = await page_context(request)
    query = read_filters(ActFilters, request.query.items())
    found = await queries.waiting_details(context, query)
    laid = await queries.waiting_charters(context, query)
    return await show(context, acts_page(found, query, laid))


def acts_page(
    found: Sequence[ActDetail], query: ActFilters, laid: Sequence[queries.LaidCharter] = ()
) -> ViewPage:
    """Make the page of waiting acts.

    Args:
        found: The acts.
        query: Filter and order.
        laid: Charters that wait among the releases.
    """
    more = {"laid_charters": laid, "query": query}
    return ViewPage("acts/acts.html", "people", tuple(found), more)


async def get_act(request: web.Request) -> web.Response:
    """Show one act, waiting or over."""
    context = await page_context(request)
    found = await queries.act_detail(context, request.match_info["id"])
    return await show(context, ViewPage("acts/acts.html", "people", (found,), {"one": True}))


async def post_refuse(request: web.Request) -> web.Response:
    """Refuse a waiting act."""
    await read_form(request, await visitor(request))
    return see_other(f"{LIST}/{(await refuse(request)).id}")


async def post_withdraw(request: web.Request) -> web.Response:
    """Take back an act begun by the reader."""
    await read_form(request, await visitor(request))
    return see_other(f"{LIST}/{(await withdraw(request)).id}")


async def get_new(request: web.Request) -> web.Response:
    """Show the form of an act; once it is filled, the act in words with the signing button."""
    context = await page_context(request)
    query = read_query(ActQuery, request.query.items())
    people = await queries.our_people(context)
    found = forms.target(query, people)
    stops = forms.open_stops(found) if query.kind == "key.restored" else []
    form = NewAct(
        query=query,
        found=found,
        name=queries.name_of(context, people, found.person),
        stops=[(one.id, await queries.stop_words(context, people, one)) for one in stops],
        reasons_in_words=_in_words(context, "act-reason", _reasons(query)),
        roles_in_words=_in_words(context, "role", forms.ROLES),
        desks=own_desks(context),
        others=_others(people, found),
        absent=queries.name_of(context, people, query.absent) if query.absent else "",
        grants=_grants(context, found),
        machine=machines.form(context, people, query) if query.kind == machines.KIND else None,
    )
    return await show(context, (await _answered(context, people, form)).page())


async def get_request(request: web.Request) -> web.Response:
    """Return the bytes that a node's or service's new key signs itself, as a file."""
    context = await page_context(request, *machines.MAY_BEGIN)
    query = read_query(ActQuery, request.query.items())
    found = machines.form(context, people := await queries.our_people(context), query)
    if not found.signs:
        raise Malformed("request-malformed", "This key does not sign its enrolment.", field="role")
    stated = await machines.stated(context, people, query)
    return web.Response(
        body=machines.payload(context, stated.body),
        content_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{query.role}-request.json"',
        },
    )


async def post_machine(request: web.Request) -> web.Response:
    """Begin the act of a node's or service's key with the file that the key has signed."""
    context = await page_context(request, *machines.MAY_BEGIN)
    await read_form(request, context.reader)
    files = (await posted(request)).files_of("signed")
    if len(files) != 1:
        raise Malformed("request-malformed", "A file is asked for.", field="signed")
    sent, entry = machines.signed_by_machine(files[0].file.read())
    deps, me = context.own.desk.acts, context.reader.key
    begun = await acts.offer(deps, sent, entry.by, "", sent_by=me)
    return see_other(f"{LIST}/{begun.act.id}")


async def post_invite(request: web.Request) -> web.Response:
    """Add a person to our directory, and go on to the grant of the function."""
    context = await page_context(request, "registrar")
    fields = await read_form(request, context.reader)
    lang = language_of(fields.get("language", "")) or context.lang
    typed = {name: fields.get(name, "").strip() for name in ("name", "unit", "desk", "email")}
    role = cast(Role, fields.get("role", ""))
    official = Official(
        id=0,
        name=typed["name"],
        role=role,
        unit=typed["unit"],
        desk=typed["desk"],
        email=typed["email"],
        language=lang,
    )
    added = await invite_person(context.own, official)
    if context.own.desk.registrars:
        return see_other(
            f"{LIST}/new?{urlencode({'kind': 'key.enrolled', 'person': added.person})}"
        )
    asked = {"kind": "role.granted", "person": added.person, "look": "1", "role": role}
    return see_other(f"{LIST}/new?{urlencode(asked | {n: typed[n] for n in ('desk', 'unit')})}")


async def post_code(request: web.Request) -> web.Response:
    """Draw a one-time code for a person with a function, and show it once."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    query = ActQuery(kind="key.enrolled", person=fields.get("person", ""))
    people = await queries.our_people(context)
    found = forms.target(query, people)
    official = people.officials.get(found.person)
    if official is None:
        raise NotFound("official-unknown", "There is no such person in the own directory.")
    check_code(context.reader, official)
    code, _ = await draw_code(context.own, context.reader, official)
    form = NewAct(query=query, found=found, name=official.name, code=code)
    return await show(context, form.page())


def _reasons(query: ActQuery) -> tuple[str, ...]:
    if query.kind == "role.ended":
        return forms.ENDINGS
    return machines.REASONS if query.kind == machines.KIND else REASONS.get(query.kind, ())


def _in_words(context: PageContext, group: str, codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, context.t.label(group, code)) for code in codes]


def _grants(context: PageContext, found: Target) -> list[tuple[int, str]]:
    """Return the functions in force of a person: number and words."""
    open_ = [grant for grant in found.row.grants if grant.end is None] if found.row else []
    return [(grant.number, queries.function_of(context, grant.role, grant.desk)) for grant in open_]


def _others(people: queries.People, found: Target) -> list[tuple[str, str]]:
    """Return the officials for whom somebody may stand in: pseudonym and name."""
    return [
        (person, official.name)
        for person, official in sorted(people.officials.items(), key=lambda each: each[1].name)
        if person != found.person and _holds(people, person)
    ]


def _holds(people: queries.People, person: PersonId) -> bool:
    """Tell whether a person holds a function now."""
    row = people.persons.get(person)
    return row is not None and any(grant.end is None for grant in row.grants)


async def _answered(context: PageContext, people: queries.People, form: NewAct) -> NewAct:
    """Return the form with the act in words, the same act that waits, or what is wrong."""
    query, found = form.query, form.found
    # Which suspension is lifted is known before the form is filled.
    aim = forms.restoration_aim(query, found)
    if aim and (waits := await queries.waiting_with(context, people, aim)):
        return replace(form, waits=waits)
    choosing = len(form.stops) > 1 and not query.stop
    # A stand-in who is not chosen yet.
    choosing = choosing or bool(query.absent and not found.person)
    if not query.look or choosing:
        return form
    try:
        stated = await _stated(context, people, form)
        entry = _unsigned(context, query.kind, stated)
        if waits := await queries.waiting_with(context, people, aim_of(entry)):
            return replace(form, waits=waits)
        return replace(form, look=await _look(context, people, form, (entry, stated)))
    except (Malformed, RuleBroken, Unavailable) as error:
        return replace(form, fault=context.t.sentence(error.code, **error.facts))


async def _stated(context: PageContext, people: queries.People, form: NewAct) -> Stated:
    if form.query.kind == machines.KIND:
        return await machines.stated(context, people, form.query)
    return await forms.stated(context, form.query, form.found)


async def _look(
    context: PageContext, people: queries.People, form: NewAct, act: tuple[Entry, Stated]
) -> Look:
    """Return the act in words, and what the button signs."""
    (entry, stated), query, found = act, form.query, form.found
    names = await queries.names_of(context, people, found.person, query.key, entry)
    acting = Acting(entry, (), found.person, found.row, people.keys, people.answered)
    return Look(
        hint=await before.hindrance(context, acting) or before.useless(context, acting),
        disputed=await before.disputed(context, entry, found.key, found.row),
        title=words.title(entry, found.person, names),
        facts=words.facts(entry, found.person, stated.reason, names),
        peer_reads=queries.peer_reads(context, people, entry),
        button=words.button(entry, names),
        body=canonical.dumps(stated.body).decode(),
        ref=stated.ref,
        reason=stated.reason,
        final=query.kind in queries.FINAL,
        groups=in_groups(queries.fingerprint_of(entry)),
        address=urlencode(_typed(query)),
        functions=[grant.number for grant in beginning(acting, context.reader.row)],
    )


def _typed(query: ActQuery) -> list[tuple[str, str]]:
    """Return what was typed of a machine's key, for the address of the file to be signed."""
    names = ("kind", "role", "public", "next", "reason", "owner", "desk")
    typed = [(name, str(getattr(query, name))) for name in names if getattr(query, name)]
    return [*typed, *(("kinds", kind) for kind in query.kinds)]


def _unsigned(context: PageContext, kind: str, stated: Stated) -> Entry:
    """Return the entry as it would be signed now, to be put into words.

    Raises:
        Malformed: As `entries.parse`.
    """
    payload: dict[str, canonical.Value] = {
        "v": 1,
        "log": context.own.node.identity.origin(context.party),
        "kind": kind,
        "by": context.reader.key,
        "at": "2000-01-01T00:00:00Z",
        "seen": [],
        "body": stated.body,
    }
    if stated.ref:
        payload["ref"] = stated.ref
    return parse(canonical.dumps(payload))


PAGES: Final[tuple[Route, ...]] = (
    ("GET", LIST, get_acts),
    *FILES,
    ("GET", f"{LIST}/new", get_new),
    ("GET", f"{LIST}/request", get_request),
    ("GET", f"{LIST}/{{id}}", get_act),
    ("POST", f"{LIST}/invite", post_invite),
    ("POST", f"{LIST}/code", post_code),
    ("POST", f"{LIST}/machine", post_machine),
    ("POST", f"{LIST}/{{id}}/refuse", post_refuse),
    ("POST", f"{LIST}/{{id}}/withdraw", post_withdraw),
)
