"""Assemble the services for the handlers of pages and API. Does not open stores or engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from special_channel.channels.probes import ChannelTester
from special_channel.desk.enrolment import EnrolmentDeps
from special_channel.link.link import Link
from special_channel.stores.applications import PostgresApplications
from special_channel.stores.deadlines import PostgresFeeds, PostgresPastAsks
from special_channel.stores.desk import (
    PostgresClearances,
    PostgresEnrolments,
    PostgresOfficials,
    PostgresReads,
)
from special_channel.stores.drafts import PostgresDrafts
from special_channel.stores.figures import PostgresAskedRows
from special_channel.stores.files import PostgresFiles
from special_channel.stores.filters import PostgresFilters
from special_channel.stores.history import PostgresAcknowledgements
from special_channel.stores.lists import PostgresLists
from special_channel.stores.mailbox import PostgresMailbox
from special_channel.stores.meetings import PostgresGrowth, PostgresMeetings
from special_channel.stores.numbers import PostgresNumberRows
from special_channel.stores.outbox import PostgresAlertHistory
from special_channel.stores.permits import PostgresPermits
from special_channel.stores.shown import ShownRows
from special_channel.stores.uploads import PostgresUploads
from special_channel.stores.views import PostgresViews
from special_channel.stores.waiting import PostgresWaitingRoom
from special_channel.web.http.services import RemindersState, Services
from special_channel.web.shell.problem_page import make_pages
from special_channel.wiring import files, limiting
from special_channel.wiring.escalating import Escalation
from special_channel.wiring.exporting import exporter
from special_channel.wiring.founding import guard_folder
from special_channel.wiring.guards import make_recovery
from special_channel.wiring.linking import state_of
from special_channel.wiring.signing_in import door

if TYPE_CHECKING:
    from special_channel.wiring.node import Core


def services(core: Core, link: Link, escalating: Escalation) -> Services:
    """Make the services for the handlers."""
    settings, pool = core.settings, core.record.pool
    officials, enrolments = PostgresOfficials(pool), PostgresEnrolments(pool)
    rows = ShownRows(pool, core.checking.state)

    def reminders() -> RemindersState:
        seen = escalating.watch.state
        return RemindersState(
            seen.stopped_since, seen.peer_stopped_since, seen.canary_at, seen.canary_lost
        )

    file_store = PostgresFiles(pool)
    return Services(
        identity=core.identity,
        record=core.record,
        views=PostgresViews(rows),
        applications=PostgresApplications(rows),
        permits=PostgresPermits(rows),
        past_asks=PostgresPastAsks(rows),
        feeds=PostgresFeeds(pool),
        asked=PostgresAskedRows(rows),
        lists=PostgresLists(rows),
        numbers=PostgresNumberRows(rows),
        filters=PostgresFilters(pool),
        meetings=PostgresMeetings(rows),
        growth=PostgresGrowth(rows),
        waiting=PostgresWaitingRoom(pool),
        history=PostgresAlertHistory(rows),
        acknowledgements=PostgresAcknowledgements(rows),
        appender=core.appender,
        files=file_store,
        uploads=PostgresUploads(pool),
        door=door(core, officials),
        enrolment=EnrolmentDeps(enrolments, officials, core.appender, core.identity, core.clock),
        officials=officials,
        reader=limiting.reader(settings),
        drafts=PostgresDrafts(pool, limiting.draft_quota(settings)),
        clearances=PostgresClearances(pool, core.changes.notify, limiting.waiting_quota(settings)),
        reads=PostgresReads(pool),
        changes=core.changes,
        clock=core.clock,
        randomness=core.randomness,
        measures=core.metrics,
        limits=limiting.limits(settings),
        proxies=limiting.proxies(settings),
        url=settings.node.url,
        language=settings.node.language,
        calendars=escalating.calendars,
        adopted=escalating.shelf.adopted,
        releases=escalating.shelf,
        ladder=escalating.ladder,
        link=lambda: state_of(link.status, core.late),
        ready=core.reason,
        export=exporter(
            core.engines.node,
            guard_folder(settings),
            core.identity,
            core.clock,
            core.appender.act,
        ),
        pages=make_pages(),
        mailbox=PostgresMailbox(pool) if settings.demo.mailbox else None,
        ways=ChannelTester(escalating.channels, escalating.composer, core.clock, core.randomness),
        registrar=files.registrar(settings),
        alarms=core.codes,
        private_behind=lambda: core.guards.private.behind,
        recovery=make_recovery(core, link),
        private=core.record,
        reminders=reminders,
        check=core.checking.state,
    )
