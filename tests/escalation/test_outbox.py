"""Alerts until they are sent: retries, refusals and alerts that became irrelevant."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
import pytest_asyncio

from special_channel.desk.thread_titles import ThreadTitles
from special_channel.escalation.grouping import GATHER
from special_channel.escalation.outbox import BACKOFF
from special_channel.escalation.people import Channels
from special_channel.escalation.worker import Worker
from special_channel.stores.thread_views import ThreadViews
from tests.escalation.bureau import altered
from tests.escalation.conftest import CANARIES


@pytest_asyncio.fixture
async def due(story, waiting):
    """Post a question whose due time has passed, and queue its alert."""
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle(mail=False)
    return ask


async def states(bureau) -> list[str]:
    return [state for _, state in await bureau.outbox()]


async def test_busy_mail_server_gets_the_same_mail_later(story, waiting, due):
    waiting.mail.answer = "451 try later"
    await waiting.settle()
    assert await states(waiting) == ["waiting"]
    waiting.mail.answer = "250 taken"
    await waiting.settle()
    assert waiting.mail.envelopes == [], "not before its time"
    await story.forward(6)
    await waiting.settle()
    assert await states(waiting) == ["sent"]
    assert len(waiting.mail.envelopes) == 1


async def test_alert_never_accepted_is_given_up_and_recorded(story, waiting, due):
    waiting.mail.answer = "451 try later"
    tries = 0
    while await states(waiting) == ["waiting"]:
        assert tries <= len(BACKOFF) + 1
        await waiting.settle()
        await story.forward(2 * 86_400)
        tries += 1
    assert tries == len(BACKOFF) + 1
    # The next step is due by then; nobody holds its role.
    assert await states(waiting) == ["undeliverable"]
    assert "alert-undeliverable" in waiting.node.alarms.ringing
    assert (await waiting.private()).count("alert.sent") == 1


async def test_refused_alert_is_recorded_and_not_retried(story, waiting, due):
    waiting.mail.answer = "550 no such person"
    await waiting.settle()
    waiting.mail.answer = "250 taken"
    await story.forward(86_400)
    await waiting.settle()
    assert await states(waiting) == ["refused"]
    assert waiting.mail.envelopes == []
    assert waiting.node.alarms.ringing["alert-undeliverable"]["reason"] == "mail-refused"


async def test_alert_of_an_answered_question_is_closed_unsent(story, waiting, due):
    waiting.mail.answer = "451 try later"
    await waiting.settle()
    await story.answer("cn", due)
    await story.delivered()
    waiting.mail.answer = "250 taken"
    await story.forward(10)
    await waiting.settle()
    assert await states(waiting) == ["superseded"]
    assert waiting.mail.envelopes == []
    assert (await waiting.private()).count("alert.sent") == 1


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("channel", ["mail", "chat"])
async def test_title_is_in_alerts_and_digests_by_mail_if_allowed(story, waiting, allowed, channel):
    smtp = waiting.house.alerts.channels.by_name["mail"]
    titles = ThreadTitles(ThreadViews(waiting.node.record.pool), "eu") if allowed else None
    channels = Channels({channel: smtp}, (channel,))
    waiting.worker = Worker(altered(waiting.house, channels=channels, titles=titles))
    shown = "Samples for laboratories"
    hidden = {"Marked matter": {"marking": "limited"}, "Application FIKTIV-26-0119": {}}
    opened = [await story.open("eu", title, **more) for title, more in hidden.items()]
    opened += [await story.open("eu", f"{shown} {letter}") for letter in "ABC"]
    for seconds, threads in ((90, opened[1:3]), (9_000, opened)):  # two mails, later a digest
        for thread in threads:
            asks = [story.world.ask("eu", story.in_(seconds))]
            fields = {"thread": thread, "lang": "en", "asks": asks}
            if thread == opened[0]:
                fields["marking"] = "limited"
            await story.submit("eu", "note.posted", CANARIES[2], **fields)
        await story.delivered()
        await waiting.settle()
        await story.forward(seconds)
        await waiting.settle()
        await story.forward(GATHER.seconds)
        await waiting.settle()
    subjects, told = waiting.mail.subjects(), allowed and channel == "mail"
    assert [subject[:10] for subject in subjects] == ["No answer ", "No answer ", "5 awaiting"]
    for parts in (waiting.mail.texts(), waiting.mail.htmls()):
        assert [shown in part for part in parts] == [False, told, told]
        assert not [title for title in hidden if title in "".join(parts)]
    assert shown not in "".join(subjects)


async def test_two_senders_at_once_send_each_alert_once(waiting, due):
    senders = [waiting.worker.sender, Worker(waiting.house).sender]
    await asyncio.gather(*(sender.step() for sender in senders))
    assert len(waiting.mail.envelopes) == 1
    assert (await waiting.private()).count("alert.sent") == 1


async def test_mails_about_one_question_form_a_thread(story, waiting, due):
    await waiting.settle()
    await waiting.node.record.pool.execute(
        "UPDATE desk.officials SET role = 'director' WHERE role = 'desk'"
    )
    await story.forward(60)
    await waiting.settle()
    assert waiting.mail.recipients == ["p1@eu.example", "p0@eu.example"]
    first = waiting.mail.message_ids()[0]
    assert f"In-Reply-To: {first}".encode() in waiting.mail.envelopes[1].content


async def test_official_without_address_is_skipped_with_an_alarm(story, waiting):
    await waiting.node.record.pool.execute("UPDATE desk.officials SET email = ''")
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    assert "address-missing" in waiting.node.alarms.ringing
    await story.forward(90)
    await waiting.settle()
    assert await waiting.steps(ask) == [((await story.row("eu", ask)).due, 1, "confirmed")]
    assert await waiting.outbox() == []
    assert "escalation-unmanned" in waiting.node.alarms.ringing


async def test_link_role_reads_neither_outbox_nor_private_log(story, waiting, due):
    for table in ("work.outbox", "work.looks", "private.entries", "desk.officials"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await story.nodes["eu"].shared.pool.fetch(f"TABLE {table}")
