"""The EU's people with what they chose, and the notices and letters to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from typing import Any

from special_channel.broker.act import Act
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import data_part, file_part, part_refs, sign
from special_channel.core.rules.notifying import Following, NoticeChoice
from special_channel.desk.payloads import Author, draft_returned
from special_channel.desk.route_payloads import StepTurn, step_answered
from special_channel.desk.written import Wording, assigned, quarantine_asked
from special_channel.escalation.event_notices import EventNotices, NoticeStores
from special_channel.escalation.event_sender import NoticeSender
from special_channel.escalation.unit_digests import UnitStores
from special_channel.ports.scanning import Engine, Scan
from special_channel.stores.absences import Absences
from special_channel.stores.clearances import Clearance, Clearances
from special_channel.stores.corrections import Corrections
from special_channel.stores.draft_turns import DraftTurns
from special_channel.stores.drafts import DraftQuota
from special_channel.stores.file_scans import FileScans
from special_channel.stores.files import Files
from special_channel.stores.notice_choices import NoticeChoices
from special_channel.stores.people import Official
from special_channel.stores.permits import Permits
from special_channel.stores.personal_notices import PersonalNotices
from special_channel.stores.thread_marks import ThreadMarks
from special_channel.stores.views import Views
from tests.escalation.bureau import altered
from tests.escalation.conftest import CANARIES, Story
from tests.permits import list_row

ROLES = {"desk": "desk", "clerk": "desk", "head": "head"}


class Desk:
    """The EU's people, and the notices to them."""

    def __init__(self, story: Story, bureau: Any) -> None:
        self.story, self.bureau, self.world = story, bureau, story.world
        pool = bureau.node.record.pool
        self.notices, self.choices = PersonalNotices(pool), NoticeChoices(pool)
        self.turns, self.absences = DraftTurns(pool), Absences(pool)
        self.clearances = Clearances(pool, most=DraftQuota(100_000, 2**32))
        self.scans, self.marks = FileScans(pool), ThreadMarks(pool)
        self.stores = NoticeStores(
            self.notices,
            self.turns,
            self.choices,
            self.absences,
            self.scans,
            UnitStores(Views(pool), self.clearances),
            self.marks,
            Permits(pool),
        )
        self.events = EventNotices(bureau.house, self.stores)
        self.corrections = Corrections(pool)
        self.sender = NoticeSender(bureau.house, self.notices, self.corrections)
        self.numbers, self.holder = count(), "desk"

    def office(self) -> None:
        """Let notices wait for office hours."""
        self.events = EventNotices(altered(self.bureau.house, office_hours=True), self.stores)

    def person(self, who: str) -> str:
        return self.world.eu.person(who)

    async def choose(self, who: str, **choice: Any) -> None:
        await self.choices.choose(self.person(who), NoticeChoice(**choice))

    async def follow(self, who: str, how: Following) -> None:
        await self.choices.follow(self.person(who), self.story.thread, how)

    async def private(self, made: Any) -> None:
        async def decide(_transaction: object, _heads: object) -> Act:
            return Act(private=[made])

        await self.bureau.node.appender.act(decide)

    def author(self, who: str) -> Author:
        side, at, salt = self.world.eu, self.story.in_(0), next(self.numbers)
        return Author(side.keys[who], side.private_origin, at, (), salt.to_bytes)

    async def assign(self, who: str, by: str = "head") -> None:
        words = Wording("en", CANARIES[2])
        to = self.person(who)
        await self.private(assigned(self.author(by), self.story.thread, to, words))

    async def lay(self, name: str, by: str = "desk", act: str = "", **row: Any) -> str:
        """Lay a list for release; return the draft's id. `act`: the act of several."""
        parts = [self.world.data("list", {"rows": [list_row(1, CANARIES[0], **row)]})]
        payload = self.world.payload("eu", "batch.listed", by=by, body={"list": name, "rows": 1})
        signer = self.world.eu.keys[by]
        made = sign(payload | {"parts": part_refs(parts)}, [signer], parts)
        now = self.bureau.clock.now()
        id_ = read(made, whole=True).id
        await self.clearances.put(
            [Clearance(id_, made.envelope, tuple(parts), signer.key, now, "waiting", act=act)]
        )
        return id_

    async def route(self, id_: str, author: str, *steps: dict[str, Any]) -> None:
        """Place a draft on a sign-off route, as the node does when it queues the draft."""
        draft = await self.turns.get(id_)
        assert draft is not None
        at = timestamp(self.bureau.clock.now())
        whole = data_part(
            next(self.numbers).to_bytes(32), "draft", {"envelope": draft.envelope.decode()}
        )
        body: dict[str, Value] = {
            "id": id_,
            "route": "lists",
            "author": self.person(author),
            "steps": [*steps],
        }

        async def decide(_transaction: object, heads: Any) -> Act:
            signer = NodeEntrySigner(self.bureau.house.node.identity, heads, at)
            return Act(private=[signer.private("draft.routed", body, (whole, *draft.parts))])

        await self.bureau.node.appender.act(decide)

    async def check(self, id_: str, who: str, step: int, desk: str = "") -> None:
        """Answer a step of a draft's route."""
        turn = StepTurn(id_, step, self.person(who), desk, ())
        await self.private(step_answered(self.author(who), turn, "agreed", CANARIES[2], "en"))

    async def send_back(self, id_: str, by: str = "head", to: int | None = None) -> None:
        await self.private(draft_returned(self.author(by), id_, "en", CANARIES[2], to))
        if to:
            return
        await self.clearances.close(id_, "returned", CANARIES[2])

    async def find(self) -> str:
        """Let a file of CN arrive that a scanner refuses; return its digest in the private log."""

        async def chunks() -> AsyncIterator[bytes]:
            yield CANARIES[0].encode()

        for node in self.story.nodes.values():
            files = Files(node.record.pool)
            state = await files.put(chunks(), max_bytes=2**20, type_="text/plain")
        scan = Scan(found=True, threat=CANARIES[0], engine=Engine("Sample"))
        await self.scans.record(state.sha256, "one", scan, self.bureau.clock.now(), bytes(32))
        named = file_part(bytes(32), CANARIES[1], "text/plain", state.length, state.sha256)
        words = self.world.text(CANARIES[2])
        fields = {"thread": self.story.thread, "lang": "en", "parts": part_refs([words, named])}
        payload = self.world.payload("cn", "note.posted", **fields)
        signer = self.world.cn.keys["desk"]
        made = sign(payload, [signer], [words, named])
        await self.story.nodes["cn"].appender.submit([made])
        await self.story.delivered()
        [find] = await self.scans.finds(9)
        return find.files[0]

    async def ask_for(self, file: str, who: str) -> str:
        """Ask for a quarantined file; return the request's entry."""
        words = Wording("en", CANARIES[2])
        made = quarantine_asked(self.author(who), file, self.person(who), words)
        await self.private(made)
        return read(made, whole=True).id

    async def arrive(self, *words: str, **fields: Any) -> Accepted:
        """Let a note of CN arrive."""
        note = await self.story.submit(
            "cn", "note.posted", *(words or CANARIES[2:]), lang="zh-CN", **fields
        )
        await self.story.delivered()
        return note

    async def work(self, *, mornings: bool = False) -> dict[str, list[str]]:
        """Look and send; return the subjects of new mails by recipient.

        `mornings`: with the morning mails of heads, which only their own tests count.
        """
        mail = self.bureau.mail
        mail.envelopes.clear()
        await self.events.step()
        while await self.sender.step():
            pass
        assert not any(word.encode() in mail.raw for word in CANARIES)
        found: dict[str, list[str]] = {}
        for to, subject in zip(mail.recipients, mail.subjects(), strict=True):
            if mornings or not subject.startswith("Our unit: "):
                found.setdefault(to.partition("@")[0], []).append(subject)
        return found

    async def page(self, who: str) -> list[str]:
        """Return what is new on a person's page, the latest first."""
        return [row.kind for row in await self.notices.new(self.person(who), 50)]


async def opened(story: Story, bureau: Any) -> Desk:
    """Enter the people in the directory; nothing of before is news."""
    composer = replace(bureau.house.alerts.composer, url=bureau.house.node.url)
    bureau.house = altered(bureau.house, composer=composer)
    officials = bureau.house.alerts.officials
    for who, role in ROLES.items():
        person = Official(0, f"Fictional {who}", role, "A.1", "permits", f"{who}@eu.example", "en")  # type: ignore[arg-type]
        await officials.add(person, story.world.eu.person(who))
    made = Desk(story, bureau)
    assert await made.work() == {}
    return made
