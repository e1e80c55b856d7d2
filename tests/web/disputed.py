"""A world of every kind of shared entry, whose authors' keys are put in doubt and then reviewed.

On each side the entries of `desk` and, on people, of `registrar` come into doubt; those of `clerk`
do not, and are what the disputed ones are compared with.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.charter_calendars import stated
from tests.core.calendar_files import both_sides
from tests.permits import amend, draw, issue, list_row, mark, reply, request
from tests.stories import COUNTED, DUE, attached
from tests.world import Entry, World

LONG = "2026-12-18T09:00:00Z"
NEXT = "2026-12-02T09:30:00Z"
NUMBERS = ("A-1", "A-2", "A-3")
WORDS: Final = ("confirmed", "disowned")
PEOPLE: Final = frozenset({"role.granted", "key.enrolled"})
STATED = {"state": "review", "as_of": "2026-11-20"}


class DisputedWorld:
    """Threads, questions, lists, permits, meetings and acts on people of both sides.

    Attributes:
        world: The world.
        since: Index of each log from which doubt is stated: of an entry that is in no doubt.
        thread: The thread with the most kinds in it; `note`: its note, with questions.
        overdue: A question that was not answered in time; `overdue_thread`: its thread.
        moot: A note that is withdrawn.
        batch: A list, amended and answered; `batch_thread`: a thread about it.
        meeting: A meeting with points that are marked.
        priority: A request for priority, answered.
        licence: A licence, drawn down twice.
    """

    def __init__(self, **charter: Any) -> None:
        charter["calendars"] = [stated(held) for held in both_sides().values()]
        self.world = world = World.founded(**charter)
        document = world.charter(**charter)
        self.charter = sha256(canonical.dumps(document)).hexdigest()
        for party in PARTIES:
            world.add_key(party, "desk", "laptop")
            world.add_key(party, "registrar", "spare")
        world.exchange()
        opened = {party: world.open_thread(party, "First", by="clerk") for party in PARTIES}
        self.since = {party: entry.position.index for party, entry in opened.items()}
        world.exchange()
        self._people()
        self._lists()
        self._threads()
        self._permits()
        self._meetings()

    def _ask(self, party: Party, due: str, q: str = "1", **changed: Any) -> dict[str, Value]:
        return self.world.ask(party, due, q, part=0, charter=self.charter, **changed)

    def _people(self) -> None:
        for party in PARTIES:
            self.world.grant(party, "newcomer", grant=1)
            self.world.add_key(party, "newcomer", "newcomer")
        self.world.exchange()

    def _lists(self) -> None:
        world = self.world
        self.batch = world.list_batch(NUMBERS, **STATED)
        world.exchange()
        returned = {"state": "returned", "as_of": "2026-11-23"}
        rows = [{"row": row, "number": NUMBERS[row - 1], **returned} for row in (1, 2)]
        world.answer_batch(self.batch, rows)
        amend(
            world, self.batch, added=[list_row(4, "A-4", **STATED)],
            changed=[{"row": 1, "rank": 9, "urgency": "urgent"}],
            withdrawn=[{"row": 3, "reason": "issued"}],
        )  # fmt: skip
        world.exchange()
        self.batch_thread = world.open_thread("eu", "Rows without answer", batch=self.batch.id)
        world.note("eu", self.batch_thread.leaf.thread, ("Row 2?",))
        world.exchange()

    def _threads(self) -> None:
        world = self.world
        self.thread = world.open_thread("eu")
        id_ = self.thread.leaf.thread
        questions = [self._ask("eu", LONG), self._ask("eu", NEXT, "2")]
        questions.append(self._ask("eu", COUNTED, "3", rule="three-working-days"))
        self.note = world.note("eu", id_, ("Is it complete?",), asks=questions)
        world.exchange()
        world.acknowledge("cn", self.note)
        later = {"q": "1", "due": "2026-12-22T09:30:00Z"}
        proposal = world.about("cn", "date.proposed", self.note, body=later)
        world.exchange()
        moved = later | {"basis": "agreed", "proposal": proposal.id}
        world.about("eu", "deadline.moved", self.note, body=moved)
        self._texts()
        answered = world.answer("cn", self.note, ("2",))
        world.exchange()
        world.acknowledge("eu", answered)
        attached(world, self.thread)
        theirs = world.open_thread("cn", "海关编码")
        due = [self._ask("cn", NEXT)]
        self.theirs = world.note("cn", theirs.leaf.thread, ("请说明。",), lang="zh-CN", asks=due)
        self.their_thread = theirs
        world.exchange()
        self._overdue()
        self._closed()

    def _texts(self) -> None:
        world, id_ = self.world, self.thread.leaf.thread
        translated = world.payload(
            "cn", "note.translated", thread=id_, ref=self.note.id, lang="zh-CN"
        )
        world.append("cn", translated, [world.text("是否齐全？")])
        corrected = world.payload("eu", "note.corrected", thread=id_, ref=self.note.id, lang="en")
        world.append("eu", corrected, [world.text("Is it complete, with the stamp?")])
        self.moot = world.note("eu", id_, ("By mistake.",))
        world.exchange()
        withdrawn = world.payload("eu", "note.withdrawn", thread=id_, ref=self.moot.id)
        world.append("eu", withdrawn)
        world.note("eu", id_, ("By the clerk, not in doubt.",), by="clerk")
        world.exchange()

    def _overdue(self) -> None:
        world = self.world
        self.overdue_thread = world.open_thread("eu", "Not answered in time")
        question = [self._ask("eu", DUE)]
        self.overdue = world.note(
            "eu", self.overdue_thread.leaf.thread, ("By when?",), asks=question
        )
        world.exchange()
        world.clock.forward(2 * 3600)
        world.pass_due("eu", self.overdue, DUE, head=world.stamp("cn"))
        body = {"q": "1", "level": "director"}
        world.about("eu", "referral.sent", self.overdue, by="head", body=body)
        world.exchange()

    def _closed(self) -> None:
        world = self.world
        self.closed_thread = world.open_thread("eu", "Settled")
        world.exchange()
        id_ = self.closed_thread.leaf.thread
        body: dict[str, Any] = {"asks": []}
        world.append("eu", world.payload("eu", "thread.closed", thread=id_, body=body))
        world.exchange()

    def _permits(self) -> None:
        world = self.world
        mark(world, "cn", "A-1", "accepted", "2026-11-02")
        self.licence = issue(world, applications=["A-2"])
        draw(world, "5")
        draw(world, "7")
        self.priority = request(world, "A-1", "A-2")
        world.exchange()
        reply(world, self.priority, {"A-1": "granted", "A-2": "not_now"})
        body = {"number": "A-9", "former": "A-1", "basis": "refiled"}
        world.append("eu", world.payload("eu", "application.linked", body=body))
        said = {"number": "A-4", "state": "approved", "as_of": "2026-11-23", "source": "bureau"}
        world.append("cn", world.payload("cn", "application.asserted", body=said))
        world.exchange()

    def _meetings(self) -> None:
        world = self.world
        self.meeting = world.meeting("eu")
        # The first entries after it on both sides, which briefs name, are in no doubt.
        for party in PARTIES:
            world.note(party, self.thread.leaf.thread, ("After it.",), by="clerk")
        promise = world.point("eu", self.meeting, point="promise", who="cn", due="2026-12-01")
        statement = world.point("eu", self.meeting, "Lines stop.")
        world.point("eu", self.meeting, "Open.", point="promise", who="cn")
        world.exchange()
        agreed = world.mark("cn", (promise, ()), (statement, ["Not so."]))
        world.exchange()
        about = world.open_thread("eu", "On the promise", by="clerk")
        linked = {"point": promise.id, "agreed": agreed.id}
        ask = self._ask("eu", LONG, promise=linked)
        self.promised = world.note("eu", about.leaf.thread, ("When?",), asks=[ask])
        world.exchange()

    # What is stated about the entries -------------------------------------------------

    @property
    def disputed(self) -> list[Entry]:
        """Entries that are in doubt once it is stated, in the order of each log."""
        found = []
        for party, side in self.world.sides.items():
            stolen = {side.keys[name].key for name in ("desk", "registrar")}
            for entry in side.own.entries[self.since[party] :]:
                signers = {each.keyid for each in entry.envelope.signatures}
                found += [entry] if signers & stolen else []
        return found

    def doubt(self) -> None:
        """State doubt on both sides, of all that the two keys signed since then."""
        for party, since in self.since.items():
            for name in ("desk", "registrar"):
                self.world.append(party, self.world.suspension(party, name, since=since))
        self.world.exchange()

    def review(self) -> dict[str, str]:
        """Confirm every other entry and disown the rest; return the words by number."""
        words = {str(each.position): WORDS[each.position.index % 2] for each in self.disputed}
        for party in PARTIES:
            for by, people in (("spare", True), ("laptop", False)):
                own = [each for each in self.disputed if each.position.party == party]
                own = [each for each in own if (each.payload["kind"] in PEOPLE) == people]
                for word in WORDS:
                    ids = [each.id for each in own if words[str(each.position)] == word]
                    body: dict[str, Any] = {"word": word, "entries": ids}
                    payload = self.world.payload(party, "entry.reviewed", by=by, body=body)
                    self.world.append(party, payload)
        self.world.exchange()
        return words
