"""A node whose pages are asked for over HTTP: a real database, filled from a `World`.

Sessions are put in place; signing in has its own tests. Time is the world's.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, cast

import aiohttp
import asyncpg
from aiohttp.test_utils import TestServer

from special_channel.broker.act import Act
from special_channel.core.bytes.ids import PARTIES, Role
from special_channel.core.rows.writing import sign
from special_channel.core.time.ladder import parse_ladder
from special_channel.desk.access import AccessActs
from special_channel.desk.act_queue import ActQueue
from special_channel.desk.acts import ActDeps
from special_channel.desk.enrolment import EnrolmentDeps
from special_channel.desk.file_scanner import FileScanner
from special_channel.desk.known_numbers import RecordNumbers
from special_channel.desk.people_alarms import PeopleAlarmDeps
from special_channel.desk.reader import Reader
from special_channel.desk.readings import ReadingWriter
from special_channel.desk.signin import SignIn, token_digest
from special_channel.desk.stop_cards import StopDeps
from special_channel.messages.catalogue import Lang
from special_channel.ports.conditions import Health
from special_channel.ports.damage import CheckState
from special_channel.ports.scanning import Scanner
from special_channel.stores.absences import Absences
from special_channel.stores.access import AccessGrants
from special_channel.stores.acts import AccessActRows, Acts
from special_channel.stores.applications import Applications
from special_channel.stores.clearances import Clearances
from special_channel.stores.corrections import Corrections
from special_channel.stores.deadlines import Feeds, PastQuestions
from special_channel.stores.desk_sessions import Session, Sessions
from special_channel.stores.directory import DirectoryStore
from special_channel.stores.doubts import DoubtStore
from special_channel.stores.drafts import Drafts
from special_channel.stores.figures import FigureQueries
from special_channel.stores.file_references import FileReferences
from special_channel.stores.file_scans import FileScans
from special_channel.stores.file_texts import FileTexts
from special_channel.stores.files import Files
from special_channel.stores.head_choices import HeadChoices
from special_channel.stores.history import Acknowledgements, AlertHistory
from special_channel.stores.key_holders import KeyHolders
from special_channel.stores.lists import Lists
from special_channel.stores.mailbox import Mailbox
from special_channel.stores.meetings import Growth, Meetings
from special_channel.stores.menu_rows import MenuRows
from special_channel.stores.notice_choices import NoticeChoices
from special_channel.stores.numbers import NumberRows
from special_channel.stores.own_keys import OwnKeys
from special_channel.stores.people import Enrolments, Official, Officials
from special_channel.stores.people_acts import PeopleActs
from special_channel.stores.permits import Permits
from special_channel.stores.personal_notices import PersonalNotices
from special_channel.stores.reads import Readings, Reads
from special_channel.stores.saved_views import SavedViews
from special_channel.stores.search import Search
from special_channel.stores.search_index import SearchIndex
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows
from special_channel.stores.stop_cards import StopCards
from special_channel.stores.templates import TemplateStore
from special_channel.stores.thread_marks import ThreadMarks
from special_channel.stores.uploads import Uploads
from special_channel.stores.views import Views
from special_channel.telemetry import Metrics
from special_channel.web.http.app import make_app
from special_channel.web.http.health import Monitored
from special_channel.web.http.services import (
    ActServices,
    AlertServices,
    DeskServices,
    Limits,
    NodeServices,
    Services,
    StatusServices,
    StoreServices,
    TimeServices,
)
from special_channel.web.http.sessions import csrf_token
from special_channel.web.http.states import LinkState
from special_channel.web.http.statics import read_statics
from special_channel.web.shell.problem_page import show_problem
from special_channel.wiring.files import CalendarFiles, calendars
from tests.channels.test_trying import ways
from tests.link.nodes import Counted, Node
from tests.web.reading import Page
from tests.world import OFFICIALS

MONITORED = Monitored("eu", ("web",), lambda: Health(""))
CONFIG = Path(__file__).resolve().parents[2] / "config"
URL = "http://localhost"
NAMES = {
    "eu": {"desk": "Ilona Kőszegi", "clerk": "Łukasz Żelazny", "head": "Tereza Šťastná"},
    "cn": {"desk": "陈思远", "clerk": "李文静", "head": "周明"},
}
"""Fictional."""


@dataclass
class Shown:
    """A page as received by a browser without JavaScript."""

    status: int
    html: str
    url: str
    headers: dict[str, str]

    @property
    def page(self) -> Page:
        """The page, to be read by role and visible text."""
        return Page(self.html)

    @property
    def text(self) -> str:
        """Readable text, a blank for each tag; without templates and the strings of scripts."""
        words = " ".join(" ".join(self.page.pieces()).split())
        return re.sub(r" ([.,;:，。：；])", r"\1", words)


@dataclass
class PagesNode:
    """A node's pages, with sessions for officials."""

    node: Node
    own: Services
    base: str
    client: aiohttp.ClientSession
    statements: list[str] = field(default_factory=list)
    scoped: bool = False

    async def grant_access(self, who: str = "oversight", **body: Any) -> str:
        """Let an official read by a grant of the root; return its id."""
        side = self.node.world.sides[self.node.party]
        stated = {
            "person": side.person(who),
            "until": "2099-12-31T23:59:59Z",
            "purpose": "Audit of 2026",
            "order": "Order 7/2026",
        }
        said = {name: value for name, value in (stated | body).items() if value is not None}
        payload = self.node.world.payload(self.node.party, "access.granted", by="root", body=said)
        payload |= {"log": side.private_origin, "seen": []}
        signed = sign(payload, [side.keys["root"], side.keys["root-2"]])

        async def decide(_transaction: object, _heads: object) -> Act:
            return Act(private=[signed])

        [accepted] = await self.node.appender.act(decide)
        return accepted.id

    async def sign_in(self, who: str) -> str:
        """Open a session for an official of the world; return its token.

        An overseer may read everything, unless `scoped`.
        """
        if who == "oversight" and not self.scoped:
            self.scoped = True
            await self.grant_access()
        key = self.node.world.sides[self.node.party].keys[who].key
        token = f"token of {who}"
        expires = self.own.node.clock.now() + timedelta(hours=1)
        official = await self.own.desk.officials.of_key(key)
        session = Session(key, official.id if official else None, "browser", expires)
        with contextlib.suppress(Exception):
            await self.own.desk.door.sessions.open(token_digest(token), session)
        return token

    async def get(self, path: str, who: str = "desk", lang: str = "en", **options) -> Shown:
        return await self.ask("GET", path, who, lang, **options)

    async def post(
        self, path: str, fields: dict[str, Any], who: str = "desk", lang: str = "en"
    ) -> Shown:
        token = await self.sign_in(who)
        data = {"csrf": csrf_token(token)} | fields
        return await self.ask("POST", path, who, lang, data=data)

    async def ask(self, method: str, path: str, who: str, lang: str, **options) -> Shown:
        party = self.node.party
        cookies = {f"sc-lang-{party}": lang} if lang else {}
        if who:
            cookies[f"sc-session-{party}"] = (await self.sign_in(who)).replace(" ", "%20")
            cookies[f"sc-session-{party}"] = await self.sign_in(who)
        headers = {
            "Accept": "text/html",
            "Cookie": "; ".join(f'{name}="{value}"' for name, value in cookies.items()),
        } | options.pop("headers", {})
        options.setdefault("allow_redirects", False)
        self.statements.clear()
        async with self.client.request(
            method, self.base + path, headers=headers, **options
        ) as response:
            body = await response.text()
            return Shown(response.status, body, str(response.url), dict(response.headers))

    async def watch(self, pool: Pool | None = None) -> None:
        """Record statements that the node sends to its database from now on; on the pages' pool."""
        pool = pool or self.node.record.pool
        async with contextlib.AsyncExitStack() as stack:
            held = [
                await stack.enter_async_context(pool.acquire()) for _ in range(pool.get_max_size())
            ]
            for connection in held:
                connection.add_query_logger(self._note)

    def _note(self, record: asyncpg.connection.LoggedQuery) -> None:
        # The client itself looks up types once on each connection that meets a new one, and
        # which connection a page gets is chance.
        if "typeinfo_tree" not in record.query and "'jit'" not in record.query:
            self.statements.append(record.query)


@contextlib.asynccontextmanager
async def serve_pages(node: Node, **changed) -> AsyncIterator[PagesNode]:
    """Serve a node's pages on loopback, its officials named in its own directory."""
    scanners = changed.pop("scanners", {})
    own = altered(services_of(node, changed.get("check", CheckState), scanners), **changed)
    await name_officials(node, own)
    server = TestServer(make_app(own, read_statics(), MONITORED), host="127.0.0.1")
    await server.start_server()
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
            base = str(server.make_url("")).rstrip("/")
            yield PagesNode(node, own, base, client)
    finally:
        await server.close()


def services_of(
    node: Node,
    check: Callable[[], CheckState] = CheckState,
    scanners: Mapping[str, Scanner] | None = None,
) -> Services:
    """Services of the handlers, as made by `wiring`."""
    pool = node.record.pool
    officials, clock = Officials(pool), node.clock
    rows = ShownRows(pool, check)
    door = SignIn(
        sessions=Sessions(pool),
        officials=officials,
        record=node.record,
        party=node.party,
        origin=URL,
        clock=clock,
        randomness=Counted(),
        browser_life=timedelta(hours=10),
        bearer_life=timedelta(minutes=15),
        ended=node.changes.notify,
    )
    with (CONFIG / "ladders" / f"{node.party}.toml").open("rb") as file:
        ladder = parse_ladder(tomllib.load(file))

    acts = ActDeps(Acts(pool), node.appender, node.identity, clock, holders=KeyHolders(pool))

    def export(_scope: str, _key: str) -> NoReturn:
        raise NotImplementedError

    return Services(
        node=NodeServices(
            identity=node.identity,
            url=URL,
            language="en" if node.party == "eu" else "zh-CN",
            clock=clock,
            randomness=Counted(),
            changes=node.changes,
            measures=Metrics(),
            show_problem=show_problem,
        ),
        stores=StoreServices(
            record=node.record,
            views=Views(rows),
            directory=DirectoryStore(rows),
            doubts=DoubtStore(rows),
            applications=Applications(rows),
            permits=Permits(rows),
            past_asks=PastQuestions(rows),
            asked=FigureQueries(rows),
            lists=Lists(rows),
            numbers=NumberRows(rows),
            meetings=Meetings(rows),
            growth=Growth(rows),
            menu=MenuRows(rows),
            waiting=node.house.stores.room,
            files=Files(pool),
            search=Search(rows),
            search_index=SearchIndex(rows),
            file_texts=FileTexts(rows),
        ),
        desk=DeskServices(
            officials=officials,
            enrolment=EnrolmentDeps(
                acts, Enrolments(pool), officials, Views(rows), node.identity, clock
            ),
            acts=acts,
            door=door,
            drafts=Drafts(pool),
            clearances=Clearances(pool, node.changes.notify),
            reads=Reads(pool),
            corrections=Corrections(pool),
            reading=ReadingWriter(Readings(pool)),
            access=AccessGrants(rows),
            queue=ActQueue(acts.acts, Views(rows), node.party),
            uploads=Uploads(pool),
            saved=SavedViews(pool),
            templates=TemplateStore(pool),
            feeds=Feeds(pool),
            reader=Reader(),
            numbers=RecordNumbers(Lists(rows), Reader()),
            scanner=FileScanner(
                Files(pool), FileScans(pool), scanners or {}, clock, Counted(), Reader()
            ),
            own_keys=OwnKeys(rows),
            absences=Absences(pool),
            notices=PersonalNotices(pool),
            choices=NoticeChoices(pool),
            head_choices=HeadChoices(pool),
            marks=ThreadMarks(pool),
            references=FileReferences(pool),
            stop=StopDeps(StopCards(pool), door, node.appender, node.identity, clock, Counted()),
            mailbox=Mailbox(pool),
        ),
        alerts=AlertServices(
            AlertHistory(rows),
            Acknowledgements(rows),
            ways(),
            PeopleAlarmDeps(PeopleActs(pool), node.appender, node.identity, clock),
        ),
        times=TimeServices(
            calendars=calendars(CONFIG / "calendars"),
            ladder=ladder,
            adopted=CalendarFiles(CONFIG / "calendars").adopted,
        ),
        acts=ActServices(
            appender=node.appender,
            export=export,
            access=AccessActs(node.appender.act, AccessActRows(pool), clock),
        ),
        status=StatusServices(link=LinkState, ready=lambda: ""),
        limits=Limits(1024 * 1024, 1024 * 1024, 100_000, 100_000),
    )


def altered(own: Services, **changed: Any) -> Services:
    """Return a copy with other parts, each named as in its bundle."""
    for name, value in changed.items():
        if name == "limits":
            own = replace(own, limits=value)
            continue
        [bundle] = [each.name for each in fields(own) if hasattr(getattr(own, each.name), name)]
        own = replace(own, **{bundle: replace(getattr(own, bundle), **{name: value})})
    return own


async def name_officials(node: Node, own: Services) -> None:
    """Put the world's officials into the own directory, those not yet in it."""
    known = {each.person for each in await own.desk.officials.all()}
    for who, name in NAMES[node.party].items():
        role, desk = cast("tuple[Role, str]", OFFICIALS[who])
        language: Lang = "en" if node.party == "eu" else "zh-CN"
        person = Official(0, name, role, "unit", desk, f"{who}@{node.party}.example", language)
        side = node.world.sides[node.party]
        if side.person(who) in known:
            continue
        number = await own.desk.officials.add(person, side.person(who))
        await own.desk.officials.bind(side.keys[who].key, number)


async def catch_up(node: Node) -> None:
    """Store the world's logs with their cosignatures."""
    await node.catch_up_alone()
    for party in PARTIES:
        copy = node.world.sides[node.party].copies[party]
        async with node.record.begin() as transaction:
            for size, note in sorted(copy.cosigned.items()):
                await transaction.note(party, note, size=size, cosigned=True)
