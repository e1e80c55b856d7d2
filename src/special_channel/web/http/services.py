"""What the handlers are given, in bundles, made in `wiring/`.

Does not look anything up by name and opens nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal, NoReturn, Protocol

from aiohttp import web

from special_channel.broker.append import Appender
from special_channel.broker.guarding import Behind
from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.broker.recovering import Recovery
from special_channel.channels.probes import ChannelTester
from special_channel.core.bytes.ids import KeyId, Party
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.writing import Signer
from special_channel.core.time.calendars import Calendar, CalendarRelease
from special_channel.core.time.due import Calendars
from special_channel.core.time.ladder import Ladder
from special_channel.core.time.routes import Routes
from special_channel.desk.access import AccessActs
from special_channel.desk.act_queue import ActQueue
from special_channel.desk.acts import ActDeps
from special_channel.desk.enrolment import EnrolmentDeps
from special_channel.desk.file_scanner import FileScanner
from special_channel.desk.known_numbers import RecordNumbers
from special_channel.desk.people_alarms import PeopleAlarmDeps
from special_channel.desk.reader import Reader
from special_channel.desk.readings import ReadingWriter
from special_channel.desk.signin import SignIn
from special_channel.desk.stop_cards import StopDeps
from special_channel.desk.text_templates import Templates
from special_channel.messages.catalogue import Lang
from special_channel.ports import Clock, Randomness
from special_channel.ports.damage import CheckState
from special_channel.stores.absences import Absences
from special_channel.stores.access import AccessGrants
from special_channel.stores.applications import Applications
from special_channel.stores.clearances import Clearances
from special_channel.stores.corrections import Corrections
from special_channel.stores.deadlines import Feeds, PastQuestions
from special_channel.stores.directory import DirectoryStore
from special_channel.stores.doubts import DoubtStore
from special_channel.stores.drafts import Drafts
from special_channel.stores.figures import FigureQueries
from special_channel.stores.file_references import FileReferences
from special_channel.stores.file_texts import FileTexts
from special_channel.stores.files import Files
from special_channel.stores.head_choices import HeadChoices
from special_channel.stores.history import Acknowledgements, AlertHistory
from special_channel.stores.lists import Lists
from special_channel.stores.mailbox import Mailbox
from special_channel.stores.meetings import Growth, Meetings
from special_channel.stores.menu_rows import MenuRows
from special_channel.stores.notice_choices import NoticeChoices
from special_channel.stores.numbers import NumberRows
from special_channel.stores.own_keys import OwnKeys
from special_channel.stores.people import Officials
from special_channel.stores.permits import Permits
from special_channel.stores.personal_notices import PersonalNotices
from special_channel.stores.reads import Reads
from special_channel.stores.record import PostgresRecord
from special_channel.stores.saved_views import SavedViews
from special_channel.stores.search import Search
from special_channel.stores.search_index import SearchIndex
from special_channel.stores.templates import TemplateStore
from special_channel.stores.thread_marks import ThreadMarks
from special_channel.stores.uploads import Uploads
from special_channel.stores.views import Views
from special_channel.stores.waiting import WaitingRoom
from special_channel.web.http.gate import Proxies
from special_channel.web.http.problems import ProblemPage
from special_channel.web.http.states import LinkState, RemindersState


@dataclass(frozen=True, slots=True)
class Bundle:
    """A finished export.

    Attributes:
        name: Name of the file, without its ending.
        length: Length in bytes.
        chunks: The bytes.
        damaged: Positions, such as EU-5, of entries left out because of damage in our database.
    """

    name: str
    length: int
    chunks: AsyncIterator[bytes]
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of clients.

    Attributes:
        request_bytes: Bytes of a request's body without files.
        file_bytes: Bytes of a file.
        form_fields: Fields or parts of a form.
        requests_per_minute: Requests of a signed-in person, with all keys and sessions.
        address_requests_per_minute: Requests of an address without a valid session.
        body_seconds: Seconds for a body, and one more for each `body_bytes_per_second`.
        unnamed_file_bytes_per_person: Bytes of a person's uploaded files without an entry.
        unnamed_file_days: Days until a file without an entry or draft is deleted.
        quarantine_hours: Hours for the download of a quarantined file after two persons let it out.
        streams_per_person: Live streams of a person in a web process.
    """

    request_bytes: int
    file_bytes: int
    requests_per_minute: int
    address_requests_per_minute: int
    body_seconds: float = 30
    body_bytes_per_second: int = 16384
    unnamed_file_bytes_per_person: int = 500 * 1024 * 1024
    unnamed_file_days: int = 7
    quarantine_hours: int = 24
    form_fields: int = 1000
    streams_per_person: int = 20


class Measures(Protocol):
    """Metrics of the web, without content or names."""

    def stored(self, log: str, count: int) -> None:
        """Count stored entries."""
        ...

    def refused(self, code: str) -> None:
        """Count a refused request."""
        ...

    def unreadable(self, source: Literal["browser"]) -> None:
        """Count an interrupted request."""
        ...

    def answered(self, route: str, seconds: float) -> None:
        """Record the duration of a request."""
        ...

    def streaming(self, change: int) -> None:
        """Record the start (1) or end (-1) of a live stream."""
        ...


class Releases(Protocol):
    """Calendar releases stored as files on this node."""

    def held(self) -> Sequence[CalendarRelease]:
        """Return the stored releases."""
        ...

    def keep(self, release: CalendarRelease, text: bytes) -> None:
        """Store a release durably, if new; it counts once a charter adopts it."""
        ...


@dataclass(frozen=True, slots=True)
class NodeServices:
    """The node, its time and its randomness.

    Attributes:
        identity: Party and keys of the node.
        url: The node's web address as browsers know it: the origin that is signed.
        language: Language of pages for a visitor without one.
        clock: Current and monotonic time.
        randomness: Source of nonces and tokens.
        changes: Wakes tasks that wait for a change of the record.
        measures: Counts requests for the metrics.
        show_problem: Shows an error as a page; must not fail.
        proxies: Proxies that may state the address of a client.
        duty_telephone: Number of the duty officer, day and night; empty if the setting is.
    """

    identity: Identity
    url: str
    language: Lang
    clock: Clock
    randomness: Randomness
    changes: Changes
    measures: Measures
    show_problem: Callable[[web.Request, ProblemPage], Awaitable[web.Response]]
    proxies: Proxies = field(default_factory=Proxies)
    duty_telephone: str = ""


@dataclass(frozen=True, slots=True)
class StoreServices:
    """Queries of the record, without rows that are known to be damaged.

    Attributes:
        record: Both logs, receipts and rows.
        views: Threads, questions, batches, keys, and the private log.
        directory: All keys, persons, sides and charters, cached.
        doubts, menu: Entries in doubt; what the menu counts.
        past_asks, asked: Answered and ended questions; questions of a period, for response times.
        waiting, files: Entries behind a gap in the peer's log, not judged yet; attachments.
        search, search_index: Full-text search; its index and the texts found.
        file_texts: Texts of files for full-text search.
    """

    record: PostgresRecord
    views: Views
    directory: DirectoryStore
    doubts: DoubtStore
    applications: Applications
    permits: Permits
    past_asks: PastQuestions
    asked: FigureQueries
    lists: Lists
    numbers: NumberRows
    meetings: Meetings
    growth: Growth
    menu: MenuRows
    waiting: WaitingRoom
    files: Files
    search: Search
    search_index: SearchIndex
    file_texts: FileTexts


@dataclass(frozen=True, slots=True)
class DeskServices:
    """Our side's people: directory, sign-in, drafts and files.

    Attributes:
        corrections: The other side's corrections that a person has not seen.
        door, reading, acts: Signs people in and out; writes readings; acts on people that wait.
        own_keys, absences, notices, choices: A person's keys, absence, news, and choice of news.
        marks, references: A person's marks of threads; file references of our records office.
        access, queue: What overseers and services may read; acts on people by who may sign them.
        stop, reader, scanner: Takes codes of stop cards; reads files apart; our virus scanners.
        numbers: The numbers of the record, with which those of texts and sheets are compared.
        titles: Whether calendar links show the titles of threads without a marking.
        registrars, mailbox: Of a demonstration: keys of both registrars; the mailbox, else None.
    """

    officials: Officials
    enrolment: EnrolmentDeps
    acts: ActDeps
    door: SignIn
    drafts: Drafts
    clearances: Clearances
    reads: Reads
    corrections: Corrections
    reading: ReadingWriter
    access: AccessGrants
    queue: ActQueue
    uploads: Uploads
    saved: SavedViews
    templates: TemplateStore
    feeds: Feeds
    reader: Reader
    numbers: RecordNumbers
    scanner: FileScanner
    own_keys: OwnKeys
    absences: Absences
    notices: PersonalNotices
    choices: NoticeChoices
    head_choices: HeadChoices
    marks: ThreadMarks
    references: FileReferences
    stop: StopDeps
    titles: bool = False
    registrars: tuple[Signer, ...] = ()
    mailbox: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class AlertServices:
    """Alerts to our people, and the channels. `people`: alarms about acts on people."""

    history: AlertHistory
    acknowledgements: Acknowledgements
    ways: ChannelTester
    people: PeopleAlarmDeps


@dataclass(frozen=True, slots=True)
class TimeServices:
    """Calendars, and our side's ladder, sign-off routes and templates.

    `adopted`: calendars that a charter adopts; None while one of the stored `releases` is missing.
    """

    calendars: Mapping[Party, Calendar]
    ladder: Ladder
    adopted: Callable[[Charter], Calendars | None] = lambda _charter: None
    releases: Releases | None = None
    routes: Routes | None = None
    templates: Templates | None = None


@dataclass(frozen=True, slots=True)
class ActServices:
    """Acts on our side's logs.

    Attributes:
        appender, access: Appends entries; grants and ends access of overseers and services.
        export: Makes a bundle of a scope for a person; deleted when the block ends.
        recovery: Continues a log after a loss, by people's signatures.
    """

    appender: Appender
    export: Callable[[str, KeyId], AbstractAsyncContextManager[Bundle]]
    access: AccessActs
    recovery: Recovery | None = None


@dataclass(frozen=True, slots=True)
class StatusServices:
    """Functions that return what the node knows of itself now.

    Attributes:
        link: State of the link.
        ready: Why the node is not ready; empty if ready.
        reminders: Whether reminders run.
        alarms: Codes of active conditions.
        check: Known damage of the record, and when a check last passed.
        private_behind: Whether the private log is behind its guard and accepts nothing.
    """

    link: Callable[[], LinkState]
    ready: Callable[[], str]
    reminders: Callable[[], RemindersState] = RemindersState
    alarms: Callable[[], tuple[str, ...]] = field(default=tuple)
    check: Callable[[], CheckState] = CheckState
    private_behind: Callable[[], Behind | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Services:
    """Services from `wiring` for the web, in bundles; a route declares those it reaches."""

    node: NodeServices
    stores: StoreServices
    desk: DeskServices
    alerts: AlertServices
    times: TimeServices
    acts: ActServices
    status: StatusServices
    limits: Limits


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
OWN: web.RequestKey[Services] = web.RequestKey("own", Services)

_COMMON: Final = (
    "stores.record stores.views stores.directory stores.doubts stores.menu"
    " desk.door desk.officials desk.absences"
    " desk.clearances desk.registrars desk.mailbox desk.reading desk.access desk.queue desk.notices"
)
COMMON: Final = frozenset(_COMMON.split())
"""Services of sessions, readings, the frame, names and entries laid for release: any handler's."""


class Undeclared:
    """Takes the place of a service that a route does not declare; any use is a bug of ours."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> NoReturn:
        raise AssertionError(f"{self._name} is not among the services of this route")


def narrowed(own: Services, reaches: frozenset[str]) -> Services:
    """Return services whose stores, desk, alerts and acts are `COMMON` ones and those named.

    `reaches`: names such as `stores.permits`. Node, times, status and limits stay.
    """
    bundles: dict[str, Any] = {}
    for bundle in ("stores", "desk", "alerts", "acts"):
        whole: Any = getattr(own, bundle)
        closed = {
            each.name: Undeclared(f"{bundle}.{each.name}")
            for each in fields(whole)
            if f"{bundle}.{each.name}" not in COMMON | reaches
        }
        bundles[bundle] = replace(whole, **closed)
    return replace(own, **bundles)


def services(request: web.Request) -> Services:
    """Return the services that the request's route declares (`http/routes.py`)."""
    return request[OWN]
