"""Assemble the services for the handlers of pages and API. Does not open stores or engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from special_channel.channels.probes import ChannelTester
from special_channel.desk.access import AccessActs
from special_channel.desk.act_queue import ActQueue
from special_channel.desk.acts import ActDeps
from special_channel.desk.enrolment import EnrolmentDeps
from special_channel.desk.known_numbers import RecordNumbers
from special_channel.desk.people_alarms import PeopleAlarmDeps
from special_channel.desk.readings import ReadingWriter
from special_channel.desk.sessions import end_sessions_of
from special_channel.link.link import Link
from special_channel.stores.absences import Absences
from special_channel.stores.access import AccessGrants
from special_channel.stores.acts import AccessActRows, ActRow, Acts
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
from special_channel.stores.head_choices import HeadChoices
from special_channel.stores.history import Acknowledgements, AlertHistory
from special_channel.stores.key_holders import KeyHolders
from special_channel.stores.lists import Lists
from special_channel.stores.meetings import Growth, Meetings
from special_channel.stores.menu_rows import MenuRows
from special_channel.stores.notice_choices import NoticeChoices
from special_channel.stores.numbers import NumberRows
from special_channel.stores.own_keys import OwnKeys
from special_channel.stores.people import Enrolments
from special_channel.stores.people_acts import PeopleActs
from special_channel.stores.permits import Permits
from special_channel.stores.personal_notices import PersonalNotices
from special_channel.stores.reads import Readings, Reads
from special_channel.stores.saved_views import SavedViews
from special_channel.stores.search import Search
from special_channel.stores.search_index import SearchIndex
from special_channel.stores.shown import ShownRows
from special_channel.stores.templates import TemplateStore
from special_channel.stores.thread_marks import ThreadMarks
from special_channel.stores.views import Views
from special_channel.stores.waiting import WaitingRoom
from special_channel.web.http.services import (
    ActServices,
    AlertServices,
    DeskServices,
    NodeServices,
    Services,
    StatusServices,
    StoreServices,
    TimeServices,
)
from special_channel.web.http.states import RemindersState
from special_channel.web.shell.problem_page import show_problem
from special_channel.wiring import files, limiting
from special_channel.wiring.escalating import Escalation
from special_channel.wiring.exporting import exporter
from special_channel.wiring.founding import guard_folder
from special_channel.wiring.guards import make_recovery
from special_channel.wiring.linking import state_of

if TYPE_CHECKING:
    from special_channel.wiring.node import Core


def _ended(core: Core) -> Callable[[ActRow], Awaitable[None]]:
    """Return what follows an act: who was stopped as a person, or left, is signed out at once.

    The sessions of a single key end once the record is read again, within a second.
    """

    async def end(act: ActRow) -> None:
        if act.person and act.kind in {"key.suspended", "person.left"}:
            await end_sessions_of(core.door, act.person)

    return end


def services(core: Core, link: Link, escalating: Escalation) -> Services:
    """Make the services for the handlers."""
    settings, pool = core.settings, core.record.pool
    rows = ShownRows(pool, core.checking.state)
    life, hourly = limiting.act_life(settings), settings.limits.acts_per_hour
    deps = ActDeps(
        acts=Acts(pool),
        appender=core.appender,
        identity=core.identity,
        clock=core.clock,
        life=life,
        an_hour=hourly,
        done=_ended(core),
        holders=KeyHolders(pool),
    )

    def reminders() -> RemindersState:
        seen = escalating.watch.state
        return RemindersState(
            seen.stopped_since, seen.peer_stopped_since, seen.canary_at, seen.canary_lost
        )

    reader = limiting.reader(settings)
    return Services(
        node=NodeServices(
            identity=core.identity,
            url=settings.node.url,
            language=settings.node.language,
            clock=core.clock,
            randomness=core.randomness,
            changes=core.changes,
            measures=core.metrics,
            show_problem=show_problem,
            proxies=limiting.proxies(settings),
            duty_telephone=settings.node.duty_telephone,
        ),
        stores=StoreServices(
            record=core.record,
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
            waiting=WaitingRoom(pool),
            files=core.files,
            search=Search(rows),
            search_index=SearchIndex(rows),
            file_texts=FileTexts(rows),
        ),
        desk=DeskServices(
            officials=core.officials,
            enrolment=EnrolmentDeps(
                deps, Enrolments(pool), core.officials, Views(rows), core.identity, core.clock
            ),
            acts=deps,
            door=core.door,
            drafts=Drafts(pool, limiting.draft_quota(settings)),
            clearances=Clearances(pool, core.changes.notify, limiting.waiting_quota(settings)),
            reads=Reads(pool),
            corrections=Corrections(pool),
            reading=ReadingWriter(Readings(pool)),
            access=AccessGrants(rows),
            queue=ActQueue(deps.acts, Views(rows), core.identity.party),
            uploads=core.uploads,
            saved=SavedViews(pool),
            templates=TemplateStore(pool),
            feeds=Feeds(pool),
            titles=settings.notices.titles,
            reader=reader,
            numbers=RecordNumbers(Lists(rows), reader),
            scanner=core.scanner,
            own_keys=OwnKeys(rows),
            absences=Absences(pool),
            notices=PersonalNotices(pool),
            choices=NoticeChoices(pool),
            head_choices=HeadChoices(pool),
            marks=ThreadMarks(pool),
            references=FileReferences(pool),
            stop=core.stop,
            registrars=files.registrars(settings),
            mailbox=core.mailbox if settings.demo.mailbox else None,
        ),
        alerts=AlertServices(
            history=AlertHistory(rows),
            acknowledgements=Acknowledgements(rows),
            ways=ChannelTester(
                escalating.channels, escalating.composer, core.clock, core.randomness
            ),
            people=PeopleAlarmDeps(PeopleActs(pool), core.appender, core.identity, core.clock),
        ),
        times=TimeServices(
            calendars=escalating.calendars,
            ladder=escalating.ladder,
            adopted=escalating.shelf.adopted,
            releases=escalating.shelf,
            routes=files.routes(settings.release.routes, core.identity.party)
            if settings.release.routes
            else None,
            templates=files.templates(settings.writing.templates, core.identity.party)
            if settings.writing.templates
            else None,
        ),
        acts=ActServices(
            appender=core.appender,
            export=exporter(
                core.engines.node,
                guard_folder(settings),
                core.identity,
                core.clock,
                core.appender.act,
                tuple(core.scanner.scanners),
            ),
            access=AccessActs(core.appender.act, AccessActRows(pool), core.clock),
            recovery=make_recovery(core, link),
        ),
        status=StatusServices(
            link=lambda: state_of(link.status, core.late),
            ready=core.reason,
            reminders=reminders,
            alarms=core.codes,
            check=core.checking.state,
            private_behind=lambda: core.guards.private.behind,
        ),
        limits=limiting.limits(settings),
    )
