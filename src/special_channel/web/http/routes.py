"""Routes of pages and API. Handlers parse, call a use case and render, and nothing else.

The link has a separate application.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from special_channel.web.access import api as access_api
from special_channel.web.access import pages as access_pages
from special_channel.web.acts import api as acts_api
from special_channel.web.acts import pages as acts_pages
from special_channel.web.alerts import api as alerts_api
from special_channel.web.alerts import pages as alerts_pages
from special_channel.web.answers import api as answers_api
from special_channel.web.answers import pages as answers_pages
from special_channel.web.applications import pages as applications_pages
from special_channel.web.approvals import api as approvals_api
from special_channel.web.approvals import pages as approvals_pages
from special_channel.web.approvals import steps as approvals_steps
from special_channel.web.assign import pages as assign_pages
from special_channel.web.briefs import pages as briefs_pages
from special_channel.web.calendars import pages as calendars_pages
from special_channel.web.charter import pages as charter_pages
from special_channel.web.deadlines import api as deadlines_api
from special_channel.web.deadlines import pages as deadlines_pages
from special_channel.web.dossiers import pages as dossiers_pages
from special_channel.web.drafts import api as drafts_api
from special_channel.web.drafts import pages as drafts_pages
from special_channel.web.entries import api as entries_api
from special_channel.web.entries import pages as entries_pages
from special_channel.web.feeds import pages as feeds_pages
from special_channel.web.figures import api as figures_api
from special_channel.web.figures import pages as figures_pages
from special_channel.web.files import pages as files_pages
from special_channel.web.help import pages as help_pages
from special_channel.web.http.api_files import with_files
from special_channel.web.http.openapi import Route
from special_channel.web.http.stream import get_stream
from special_channel.web.inbox import api as inbox_api
from special_channel.web.inbox import pages as inbox_pages
from special_channel.web.key import api as key_api
from special_channel.web.key import pages as key_pages
from special_channel.web.licences import api as licences_api
from special_channel.web.licences import pages as licences_pages
from special_channel.web.listed import pages as listed_pages
from special_channel.web.lists import api as lists_api
from special_channel.web.lists import pages as lists_pages
from special_channel.web.marks import pages as marks_pages
from special_channel.web.meetings import api as meetings_api
from special_channel.web.meetings import pages as meetings_pages
from special_channel.web.mykeys import api as mykeys_api
from special_channel.web.mykeys import pages as mykeys_pages
from special_channel.web.node import api as node_api
from special_channel.web.node import pages as node_pages
from special_channel.web.notes import pages as notes_pages
from special_channel.web.notices import api as notices_api
from special_channel.web.notices import pages as notices_pages
from special_channel.web.numbers import api as numbers_api
from special_channel.web.numbers import pages as numbers_pages
from special_channel.web.people import api as people_api
from special_channel.web.people import pages as people_pages
from special_channel.web.people_alarms import pages as people_alarms_pages
from special_channel.web.persons import api as persons_api
from special_channel.web.persons import pages as persons_pages
from special_channel.web.preferences import pages as preferences_pages
from special_channel.web.priority import api as priority_api
from special_channel.web.priority import pages as priority_pages
from special_channel.web.quarantine import pages as quarantine_pages
from special_channel.web.received import pages as received_pages
from special_channel.web.reference import pages as reference_pages
from special_channel.web.reviews import pages as reviews_pages
from special_channel.web.search import pages as search_pages
from special_channel.web.stop import pages as stop_pages
from special_channel.web.thread import pages as thread_pages
from special_channel.web.unit import pages as unit_pages
from special_channel.web.usual import api as usual_api
from special_channel.web.usual import pages as usual_pages


async def get_new_thread(request: web.Request) -> web.Response:
    """Show the form of a new thread: of a promise, or on a list."""
    promise = request.query.get("promise")
    handler = meetings_pages.get_promise_thread if promise else thread_pages.get_new_thread
    return await handler(request)


@dataclass(frozen=True, slots=True)
class Noun:
    """The routes of a folder of the web.

    Attributes:
        pages: Routes of pages.
        api: Routes of the API, described in the OpenAPI document.
        reaches: Names of the services that the handlers use, besides `services.COMMON`.
    """

    pages: tuple[Route, ...] = ()
    api: tuple[Route, ...] = ()
    reaches: frozenset[str] = frozenset()

    @property
    def routes(self) -> tuple[Route, ...]:
        """Return all routes."""
        return (*self.api, *self.pages)


def _noun(pages: tuple[Route, ...], api: tuple[Route, ...], reaches: str) -> Noun:
    return Noun(pages, with_files(api, pages), frozenset(reaches.split()))


NOUNS: Final[Mapping[str, Noun]] = {
    # First, since `/threads/{which}` fits `/threads/new` as well.
    "http": _noun(
        (("GET", "/threads/new", get_new_thread),),
        (("GET", "/api/stream", get_stream),),
        "desk.drafts desk.templates stores.applications stores.meetings",
    ),
    "node": _noun(
        node_pages.PAGES,
        node_api.API,
        "acts.appender acts.export alerts.history alerts.ways desk.scanner desk.uploads"
        " stores.files stores.waiting",
    ),
    "people": _noun(
        people_pages.PAGES,
        people_api.API,
        "acts.recovery desk.acts desk.enrolment",
    ),
    "acts": _noun(acts_pages.PAGES, acts_api.API, "desk.acts desk.enrolment desk.own_keys"),
    "persons": _noun(
        persons_pages.PAGES, persons_api.API, "acts.appender desk.acts desk.drafts desk.enrolment"
    ),
    "key": _noun(key_pages.PAGES, key_api.API, ""),
    "mykeys": _noun(
        mykeys_pages.PAGES, mykeys_api.API, "desk.acts desk.feeds desk.own_keys desk.stop"
    ),
    "preferences": _noun(preferences_pages.PAGES, preferences_pages.API, ""),
    "notices": _noun(notices_pages.PAGES, notices_api.API, "desk.choices"),
    "marks": _noun(marks_pages.PAGES, marks_pages.API, "desk.choices desk.marks desk.reads"),
    "people_alarms": _noun(people_alarms_pages.PAGES, people_alarms_pages.API, "alerts.people"),
    "quarantine": _noun(
        quarantine_pages.PAGES, quarantine_pages.API, "acts.appender desk.scanner stores.files"
    ),
    "files": _noun(files_pages.PAGES, files_pages.API, "desk.scanner stores.files"),
    "search": _noun(
        search_pages.PAGES,
        search_pages.API,
        "desk.saved desk.scanner stores.file_texts stores.search stores.search_index",
    ),
    "stop": _noun(stop_pages.PAGES, stop_pages.API, "desk.stop"),
    "entries": _noun(
        entries_pages.PAGES,
        entries_api.API,
        "acts.appender alerts.history desk.acts desk.drafts desk.numbers desk.reader desk.scanner"
        " stores.meetings stores.permits",
    ),
    "inbox": _noun(
        inbox_pages.PAGES,
        inbox_api.API,
        "alerts.acknowledgements desk.corrections desk.drafts desk.marks desk.reads"
        " desk.references desk.saved stores.growth stores.past_asks",
    ),
    "usual": _noun(
        usual_pages.PAGES, usual_api.API, "desk.drafts desk.templates stores.applications"
    ),
    "drafts": _noun(
        drafts_pages.PAGES,
        drafts_api.API,
        "desk.drafts desk.numbers desk.reader desk.scanner stores.meetings stores.permits",
    ),
    "thread": _noun(
        thread_pages.PAGES,
        thread_pages.API,
        "alerts.acknowledgements alerts.history desk.choices desk.drafts desk.marks desk.reads"
        " desk.references desk.scanner desk.templates stores.applications stores.meetings"
        " stores.permits stores.waiting",
    ),
    "reference": _noun(reference_pages.PAGES, reference_pages.API, "desk.references"),
    "notes": _noun(notes_pages.PAGES, (), ""),
    "assign": _noun(assign_pages.PAGES, assign_pages.API, ""),
    "unit": _noun(unit_pages.PAGES, unit_pages.API, "alerts.acknowledgements"),
    "received": _noun(received_pages.PAGES, received_pages.API, ""),
    "lists": _noun(
        lists_pages.PAGES,
        lists_api.API,
        "desk.corrections desk.drafts desk.head_choices desk.numbers desk.reader stores.growth"
        " stores.lists",
    ),
    "answers": _noun(
        answers_pages.PAGES, answers_api.API, "desk.drafts desk.head_choices desk.reader"
    ),
    "applications": _noun(
        applications_pages.PAGES,
        applications_pages.API,
        "alerts.acknowledgements desk.corrections desk.numbers desk.reader desk.saved"
        " stores.applications"
        " stores.growth stores.lists stores.permits",
    ),
    "licences": _noun(
        licences_pages.PAGES,
        licences_api.API,
        "desk.corrections desk.numbers desk.reader stores.growth stores.permits",
    ),
    "priority": _noun(priority_pages.PAGES, priority_api.API, "stores.permits"),
    "meetings": _noun(
        meetings_pages.PAGES,
        meetings_api.API,
        "alerts.acknowledgements desk.drafts desk.templates stores.applications stores.meetings",
    ),
    "briefs": _noun(
        briefs_pages.PAGES,
        (),
        "alerts.acknowledgements stores.applications stores.growth stores.meetings",
    ),
    "dossiers": _noun(
        dossiers_pages.PAGES,
        dossiers_pages.API,
        "alerts.acknowledgements alerts.history desk.reads desk.references desk.scanner"
        " stores.applications stores.lists stores.permits stores.waiting",
    ),
    "deadlines": _noun(
        deadlines_pages.PAGES,
        deadlines_api.API,
        "alerts.acknowledgements stores.past_asks",
    ),
    "feeds": _noun(
        feeds_pages.PAGES,
        (),
        "desk.feeds desk.titles stores.meetings stores.past_asks stores.permits",
    ),
    "figures": _noun(figures_pages.PAGES, figures_api.API, "stores.asked stores.growth"),
    "numbers": _noun(numbers_pages.PAGES, numbers_api.API, "stores.growth stores.numbers"),
    "approvals": _noun(
        approvals_pages.PAGES,
        (*approvals_api.API, *approvals_steps.API),
        "acts.appender alerts.history desk.drafts desk.numbers desk.reader desk.scanner"
        " stores.meetings stores.permits",
    ),
    "alerts": _noun(alerts_pages.PAGES, alerts_api.API, "alerts.acknowledgements alerts.history"),
    "calendars": _noun(calendars_pages.PAGES, (), ""),
    "listed": _noun(listed_pages.PAGES, listed_pages.API, "stores.permits"),
    "charter": _noun(charter_pages.PAGES, (), "desk.drafts desk.reader"),
    "reviews": _noun(reviews_pages.PAGES, reviews_pages.API, "alerts.acknowledgements desk.acts"),
    "help": _noun(help_pages.PAGES, (), ""),
    "access": _noun(
        access_pages.PAGES, access_api.API, "acts.access acts.appender alerts.history desk.scanner"
    ),
}
"""All routes by folder, with what their handlers can reach; a test compares it with the modules."""

API: Final[tuple[Route, ...]] = tuple(route for noun in NOUNS.values() for route in noun.api)

ROUTES: Final[tuple[Route, ...]] = tuple(
    route for noun in NOUNS.values() for route in (*noun.api, *noun.pages)
)

PUBLIC: Final = frozenset(
    {
        ("GET", "/"),  # goes on to sign-in
        ("GET", "/sign-in"),
        ("GET", "/enrol"),
        ("GET", "/lang"),
        ("POST", "/lang"),
        ("GET", "/stop"),  # whoever lost a laptop has no key to sign in with
        ("POST", "/stop"),
        ("POST", "/api/stop"),
        ("GET", "/calendar/{token}.ics"),  # the address is the secret
        ("POST", "/api/signin/challenge"),
        ("POST", "/api/signin"),
        ("POST", "/api/enrol/start"),
        ("POST", "/api/enrol"),
        ("GET", "/api/enrol/status"),
    }
)
"""Routes without a session. On all others `security.around` asks for one before anything else."""
