"""Pages of our side's people, of the other side's, and of a single person; the list as a file.

Does not start acts on people: links lead to `/people/acts/new`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args

from aiohttp import web

from special_channel.core.bytes.ids import PARTIES, Party, PersonRole
from special_channel.core.rows.directory import PersonRow
from special_channel.core.rules import persons as acts
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Handler
from special_channel.web.http.sessions import Visitor
from special_channel.web.persons import journal, left, queries
from special_channel.web.persons.api import extract
from special_channel.web.persons.journal import JournalFilters, JournalPageQuery, reads_journal
from special_channel.web.persons.journal_table import JOURNAL_FILES
from special_channel.web.persons.left import takes_over
from special_channel.web.persons.queries import PartyQuery, PeopleFilters, PeoplePageQuery
from special_channel.web.persons.views import Changes, Journal, PeopleView, WaitingAct, WorkItem
from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.query import PageQuery, read_filters, read_query
from special_channel.web.shell.codes import InvitationItem, open_invitations, renew, take_back
from special_channel.web.shell.context import REGISTRAR, PageContext, page_context
from special_channel.web.shell.directory import MACHINES, SideReader, read_side
from special_channel.web.shell.directory_views import PERSON_STATES, PersonItem
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import ViewPage, may_see_registrar
from special_channel.web.shell.render import ENDINGS, Ending, show, take_along

PAGE: Final = 50
"""Persons of one page."""

MAX_ROWS: Final = 20_000
"""Persons of a file: more than a side will have."""

CHANGES: Final = 50
"""Changes of one page."""

LINES: Final = 100
"""Lines of the journal on one page."""

NEWEST: Final = 5
"""Lines of the journal on the page of people."""

ACTS: Final = ("role.granted", "role.ended", "key.suspended", "key.restored", "person.left")
"""Acts on a person that a person's page offers, in this order; keys have acts of their own."""


@dataclass(frozen=True, slots=True)
class PeopleForReader:
    """Values on the page of people that depend on the reader.

    Attributes:
        may: Kinds of acts open to the reader's signature.
        stoppable: Pseudonyms of persons whose keys the reader may stop.
        waits: Number of acts waiting for a signature; None for readers who don't lead.
        acts: Acts waiting for a signature; empty for readers who don't lead.
        journal: Newest lines of the journal; None for readers without access to the journal.
        enrols: Roles of machines for which the reader can begin the enrolment of a key.
        invitations: One-time codes not used; None for readers who draw no codes for others.
    """

    may: frozenset[str] = frozenset()
    stoppable: frozenset[str] = frozenset()
    waits: int | None = None
    acts: tuple[WaitingAct, ...] = ()
    journal: Journal | None = None
    enrols: tuple[str, ...] = ()
    invitations: tuple[InvitationItem, ...] | None = None


async def get_people(request: web.Request) -> web.Response:
    """Show our side's people."""
    context = await page_context(request)
    query = read_filters(PeoplePageQuery, request.query.items())
    side = await read_side(context, context.party)
    view = queries.people_of(side, query, (query.page - 1) * PAGE, PAGE)
    held = await journal.waiting_acts(side) if _sees_acts(context) else None
    newest = JournalFilters()
    lines = (
        await journal.journal(side, newest, 0, NEWEST) if reads_journal(context.reader) else None
    )
    for_reader = PeopleForReader(
        may=frozenset(kind for kind in ACTS if may_sign(context.reader, kind)),
        stoppable=frozenset(i.person for i in view.items if may_stop(context.reader, i)),
        waits=None if held is None else len(held),
        acts=held or (),
        enrols=MACHINES if may_sign(context.reader, "machine.enrolled") else (),
        journal=lines,
        invitations=await open_invitations(context) if _invites(context) else None,
    )
    return await show(context, people_page(view, query, for_reader))


async def get_journal(request: web.Request) -> web.Response:
    """Show our side's journal of acts on people.

    Raises:
        NotAllowed: `role-access`, and as `page_context`.
    """
    context = await page_context(request, *journal.KEEPERS)
    query = read_filters(JournalPageQuery, request.query.items())
    side = await read_side(context, context.party)
    view = await journal.journal(side, query, (query.page - 1) * LINES, LINES)
    return await show(context, journal_page(view, query))


def journal_page(view: Journal, query: JournalPageQuery) -> ViewPage:
    """Make a page of the journal."""
    pages = paging(query.page, view.total, LINES, f"/people/journal?{query.address}")
    return ViewPage("persons/journal.html", "journal", view, {"pages": pages, "query": query})


def people_page(view: PeopleView, query: PeoplePageQuery, for_reader: PeopleForReader) -> ViewPage:
    """Make the page of our side's people: persons by filters, and the reader's rights."""
    more = {
        "query": query,
        "pages": paging(query.page, view.total, PAGE, f"/people?{query.address}"),
        "roles": get_args(PersonRole),
        "states": PERSON_STATES,
        "may": for_reader.may,
        "stoppable": for_reader.stoppable,
        "waits": for_reader.waits,
        "acts_waiting": for_reader.acts,
        "enrols": for_reader.enrols,
        "journal": for_reader.journal,
        "invitations": for_reader.invitations,
    }
    return ViewPage("persons/people.html", "people", view, more)


def party_page(view: PeopleView, changes: Changes, *, page: int) -> ViewPage:
    """Make the page of a side's people as seen by the other side.

    Args:
        view: The persons, without names.
        changes: Changes of the side's directory.
        page: Number of the page, of persons and of changes.
    """
    url = f"/people/{view.party}?"
    more = {
        "changes": changes,
        "pages": paging(page, view.total, PAGE, url),
        "change_pages": paging(page, changes.total, CHANGES, url),
    }
    return ViewPage("persons/party.html", "peer-people", view, more)


def person_page(
    view: PersonItem,
    changes: Changes,
    *,
    page: int,
    may: Sequence[str] = (),
    held: Sequence[WaitingAct] = (),
    work: Sequence[WorkItem] | None = None,
) -> ViewPage:
    """Make the page of a person.

    Args:
        view: The person.
        changes: Entries about the person.
        page: Number of the page of changes.
        may: Kinds of acts on the person open to the reader's signature.
        held: Acts on the person waiting for a further signature.
        work: Work begun by the person that the reader may continue; None for other readers.
    """
    pages: Paging = paging(page, changes.total, CHANGES, f"{view.url}?")
    more = {"changes": changes, "change_pages": pages, "may": may, "held": held, "work": work}
    return ViewPage("persons/person.html", "person", view, more)


def may_sign(reader: Visitor, kind: str) -> bool:
    """Tell whether a role of the reader signs a kind, as author or as second person."""
    roles = acts.LEADERS if kind in acts.ACTS else MAY_SIGN[kind]
    return not reader.row.roles_now.isdisjoint(roles)


def leads(reader: Visitor) -> bool:
    """Tell whether the reader is a registrar, head or director, also as a stand-in."""
    return bool(reader.row.roles_now & acts.LEADERS)


def may_stop(reader: Visitor, item: PersonItem) -> bool:
    """Tell whether the reader may stop a person's keys: K11."""
    if item.usable == 0:
        return False
    if leads(reader) or reader.row.person == item.person:
        return True
    desks = {each.desk for each in item.functions if each.ended is None}
    return any(grant.desk in desks for grant in reader.row.functions_now)


def acts_on(reader: Visitor, item: PersonItem, row: PersonRow) -> list[str]:
    """Return the acts on a person that a reader may sign and the person's state allows.

    The suspension of a single key is lifted on the page of the key.
    """
    if item.state == "left" or reader.row.party != item.party:
        return []
    myself = reader.row.person == item.person
    leader = leads(reader)
    fitting = {
        "role.granted": may_sign(reader, "role.granted") and not myself,
        "role.ended": (leader or myself) and item.state != "no-function",
        "key.suspended": may_stop(reader, item),
        "key.restored": any(stop.restored is None for stop in row.stops) and leader and not myself,
        "person.left": leader and not myself,
    }
    return [kind for kind in ACTS if fitting[kind]]


def _party(party: Party) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        query = read_query(PartyQuery, request.query.items())
        side = await read_side(context, party, named=False)
        page = query.page
        if query.change is not None:
            page = await queries.newer_changes(side, query.change) // CHANGES + 1
        first = (page - 1) * CHANGES
        view = queries.people_of(side, PeopleFilters(), first, PAGE)
        changes = await queries.changes(side, first, CHANGES)
        return await show(context, party_page(view, changes, page=page))

    handler.__name__ = f"get_people_{party}"
    handler.__doc__ = f"Show the people of {party.upper()} as the other side sees them."
    return handler


def _person(party: Party) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        query = read_query(PageQuery, request.query.items())
        side, item = await queries.person(context, party, request.match_info["number"])
        first = (query.page - 1) * CHANGES
        changes = await queries.changes(side, first, CHANGES, item.person)
        may = acts_on(context.reader, item, side.persons[item.person])
        held = await _waiting(side, item)
        work = await left.work_of(context, item) if takes_over(context.reader, item) else None
        page = person_page(item, changes, page=query.page, may=may, held=held, work=work)
        return await show(context, page)

    handler.__name__ = f"get_person_{party}"
    handler.__doc__ = f"Show a person of {party.upper()} with functions, keys and changes."
    return handler


async def post_draft(request: web.Request) -> web.Response:
    """Take over a draft of a person of our side who has no function any more."""
    context = await page_context(request)
    fields = await read_form(request, context.reader)
    _, item = await queries.person(context, context.party, request.match_info["number"])
    await left.take_draft(context, item, fields.get("place", ""))
    return see_other(item.url + "#work")


async def post_new_code(request: web.Request) -> web.Response:
    """Replace an unused code by a new code, and show the new code once."""
    context = await page_context(request, REGISTRAR)
    await read_form(request, context.reader)
    official, code, expires = await renew(request, context.own, context.reader)
    return await show(context, code_page(official.name, code, expires))


async def post_take_back(request: web.Request) -> web.Response:
    """Take back an unused one-time code."""
    context = await page_context(request, REGISTRAR)
    await read_form(request, context.reader)
    await take_back(request, context.own.desk, context.reader)
    return see_other("/people#invitations")


def code_page(name: str, code: str, expires: datetime) -> ViewPage:
    """Make the page that shows a new code once, with the person's name and the expiry time."""
    return ViewPage("persons/code.html", "people", code, {"name": name, "expires": expires})


def _invites(context: PageContext) -> bool:
    return not context.reader.row.roles_now.isdisjoint({REGISTRAR})


def _sees_acts(context: PageContext) -> bool:
    """Tell whether the reader sees every waiting act; other readers see acts they may sign."""
    return leads(context.reader) or may_see_registrar(context.own.desk, context.reader)


async def _waiting(side: SideReader, item: PersonItem) -> Sequence[WaitingAct]:
    if side.party != side.context.party or not _sees_acts(side.context):
        return ()
    found = await journal.waiting_acts(side)
    return [act for act in found if act.person == item.number]


def _file(ending: Ending) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        context = await page_context(request)
        query = read_query(PeopleFilters, request.query.items())
        view = await queries.people(context, context.party, query, 0, MAX_ROWS)
        return await take_along(context, extract(context, view), "people", ending)

    handler.__name__ = f"get_people_{ending}"
    handler.__doc__ = f"Return our side's people that match as {ending.upper()}."
    return handler


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/people", get_people),
    *(("GET", f"/people.{ending}", _file(ending)) for ending in ENDINGS),
    ("GET", "/people/journal", get_journal),
    *JOURNAL_FILES,
    *(("GET", f"/people/{party}", _party(party)) for party in PARTIES),
    *(("GET", f"/people/{party}/{{number}}", _person(party)) for party in PARTIES),
    ("POST", "/people/left/{number}/drafts", post_draft),
    ("POST", "/people/invitations/{number}/renew", post_new_code),
    ("POST", "/people/invitations/{number}/take-back", post_take_back),
)
