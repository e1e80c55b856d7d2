"""What the handlers are given, in bundles, made in `wiring/`.

Does not look anything up by name and opens nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

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
from special_channel.desk.enrolment import EnrolmentDeps
from special_channel.desk.reader import Reader
from special_channel.desk.signin import SignIn
from special_channel.messages.catalogue import Lang
from special_channel.ports import Clock, Randomness
from special_channel.ports.damage import CheckState
from special_channel.stores.applications import Applications
from special_channel.stores.clearances import Clearances
from special_channel.stores.deadlines import Feeds, PastQuestions
from special_channel.stores.drafts import Drafts
from special_channel.stores.figures import FigureQueries
from special_channel.stores.files import Files
from special_channel.stores.filters import Filters
from special_channel.stores.history import Acknowledgements, AlertHistory
from special_channel.stores.lists import Lists
from special_channel.stores.mailbox import Mailbox
from special_channel.stores.meetings import Growth, Meetings
from special_channel.stores.numbers import NumberRows
from special_channel.stores.people import Officials
from special_channel.stores.permits import Permits
from special_channel.stores.reads import Reads
from special_channel.stores.record import PostgresRecord
from special_channel.stores.uploads import Uploads
from special_channel.stores.views import Views
from special_channel.stores.waiting import WaitingRoom
from special_channel.web.http.gate import Proxies
from special_channel.web.http.problems import ProblemPage


@dataclass(frozen=True, slots=True)
class LinkState:
    """What the node knows of its link: since when the peer does not answer, if so.

    Attributes:
        down_since: Since when the peer does not answer, None while it does.
        last_heard: When it answered last.
        stopped: The code for which its log is not followed, empty if it is.
        gap: Index of its entry that did not come whole and for which others wait, if any.
        behind: How many of its entries are not judged here.
        undelivered_since: Since when nothing of ours arrives, None while all does.
        peer_undelivered_since: The same of the other side's, by its own node's word.
    """

    down_since: datetime | None = None
    last_heard: datetime | None = None
    stopped: str = ""
    gap: int | None = None
    behind: int = 0
    undelivered_since: datetime | None = None
    peer_undelivered_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemindersState:
    """Whether reminders go on, here and by the other node's own word.

    Attributes:
        stopped_since: Since when ours do not run, None while they do.
        peer_stopped_since: The same of the other side's.
        canary_at: When a trial of the whole way last came through.
        canary_lost: Whether one did not.
    """

    stopped_since: datetime | None = None
    peer_stopped_since: datetime | None = None
    canary_at: datetime | None = None
    canary_lost: bool = False


class Bundle(Protocol):
    """An export that is ready: its name, its length in bytes, and the bytes in pieces.

    `damaged` are numbers of entries that it leaves out, because they are damaged in our database.
    """

    @property
    def damaged(self) -> tuple[str, ...]:
        """Numbers, such as EU-5."""
        ...

    @property
    def name(self) -> str:
        """Name of the file, without its ending."""
        ...

    @property
    def length(self) -> int:
        """Bytes."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask.

    Attributes:
        request_bytes: Of one request's body, files apart.
        file_bytes: Of one file.
        form_fields: Of one form: its fields, or the parts that it is sent in.
        requests_per_minute: Of one signed-in person, with all their keys and sessions.
        address_requests_per_minute: Of one address, without or before a good session.
        body_seconds: How long a body may take, and for each second more
        body_bytes_per_second: of which so many bytes must have come.
        unnamed_file_bytes_per_person: Of uploaded files that no entry names.
        unnamed_file_days: After how many days such a file is deleted, if no draft names it either.
        streams_per_person: Live streams of one person in one web process.
    """

    request_bytes: int
    file_bytes: int
    requests_per_minute: int
    address_requests_per_minute: int
    body_seconds: float = 30
    body_bytes_per_second: int = 16384
    unnamed_file_bytes_per_person: int = 500 * 1024 * 1024
    unnamed_file_days: int = 7
    form_fields: int = 1000
    streams_per_person: int = 20


class Measures(Protocol):
    """What the web tells the figures: never content, never names."""

    def stored(self, log: str, count: int) -> None:
        """Count stored entries."""
        ...

    def refused(self, code: str) -> None:
        """Count a refused request."""
        ...

    def unreadable(self, source: Literal["browser"]) -> None:
        """Count a request that broke off."""
        ...

    def answered(self, route: str, seconds: float) -> None:
        """Note how long a request took."""
        ...

    def streaming(self, change: int) -> None:
        """Note that a live stream began (1) or ended (-1)."""
        ...


class Pages(Protocol):
    """What the middleware asks of the pages."""

    async def problem(self, request: web.Request, page: ProblemPage) -> web.Response:
        """Show an error as a page."""
        ...


class Releases(Protocol):
    """Calendar releases that this node holds as files."""

    def held(self) -> Sequence[CalendarRelease]:
        """Return all of them."""
        ...

    def keep(self, release: CalendarRelease, text: bytes) -> None:
        """Keep another one durably; nothing if it is held. It counts once a charter adopts it."""
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
        pages: Shows errors as pages.
        proxies: Proxies that may state the address of a client.
    """

    identity: Identity
    url: str
    language: Lang
    clock: Clock
    randomness: Randomness
    changes: Changes
    measures: Measures
    pages: Pages
    proxies: Proxies = field(default_factory=Proxies)


@dataclass(frozen=True, slots=True)
class StoreServices:
    """Queries of the record, without rows that are known to be damaged.

    Attributes:
        record: Both logs, receipts and rows.
        views: Threads, questions, batches, keys, and the private log.
        past_asks: Answered and ended questions.
        asked: Questions of a period, for response times.
        waiting: Entries behind a gap in the peer's log, not judged yet.
        files: Attachments.
    """

    record: PostgresRecord
    views: Views
    applications: Applications
    permits: Permits
    past_asks: PastQuestions
    asked: FigureQueries
    lists: Lists
    numbers: NumberRows
    meetings: Meetings
    growth: Growth
    waiting: WaitingRoom
    files: Files


@dataclass(frozen=True, slots=True)
class DeskServices:
    """Our side's people: who they are, how they sign in, and what they have not sent yet.

    Attributes:
        door: Signs people in and out.
        registrar: A registrar's key on this node, in a demonstration only.
        reader: Reads files of people in a process of its own.
        mailbox: The demonstration's mailbox; None elsewhere.
    """

    officials: Officials
    enrolment: EnrolmentDeps
    door: SignIn
    drafts: Drafts
    clearances: Clearances
    reads: Reads
    uploads: Uploads
    filters: Filters
    feeds: Feeds
    reader: Reader
    registrar: Signer | None = None
    mailbox: Mailbox | None = None


@dataclass(frozen=True, slots=True)
class AlertServices:
    """Alerts to our people: what was sent, who took over, and the channels to be tried."""

    history: AlertHistory
    acknowledgements: Acknowledgements
    ways: ChannelTester | None = None


@dataclass(frozen=True, slots=True)
class TimeServices:
    """Calendars and our side's ladder.

    Attributes:
        adopted: Returns the calendars that a charter adopted; None while a release is missing.
        releases: The stored calendar releases, which a registrar may add to.
    """

    calendars: Mapping[Party, Calendar]
    ladder: Ladder
    adopted: Callable[[Charter], Calendars | None] = lambda _charter: None
    releases: Releases | None = None


@dataclass(frozen=True, slots=True)
class ActServices:
    """Acts on our side's logs.

    Attributes:
        appender: Appends entries.
        export: Makes a bundle of a scope for a person; deleted when the block ends.
        recovery: Continues a log after a loss, by people's signatures.
    """

    appender: Appender
    export: Callable[[str, KeyId], AbstractAsyncContextManager[Bundle]]
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
    """What wiring passes to the web, in bundles; a handler takes the bundles that it uses."""

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


def services(request: web.Request) -> Services:
    """Return the services of this application; looked up once a request."""
    own = request.get(OWN)
    if own is None:
        own = request.app.get(SERVICES)
        # Only a request to an application within this one has to look further: that takes longer.
        own = request[OWN] = request.config_dict[SERVICES] if own is None else own
    return own
