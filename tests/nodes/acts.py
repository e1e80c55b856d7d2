"""Random acts open to an official, chosen from the node's current entries."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.rows.writing import Signer, data_part, text_part
from special_channel.ports import Stored
from tests.channel import Channel
from tests.nodes.whole import entries

LATER = ("2027-01-15T16:30:00Z", "2027-02-15T16:30:00Z", "2027-03-15T16:30:00Z")


@dataclass
class Held:
    """A node's entries by kind, as seen by an official."""

    party: Party
    entries: list[Stored] = field(default_factory=list)

    def of(self, kind: str, by: Party | None = None) -> list[Stored]:
        return [
            entry
            for entry in self.entries
            if entry.kind == kind and (by is None or entry.log == by)
        ]


Act = tuple[str, dict[str, Any], tuple[bytes, ...]]


class Officials:
    """Both sides' officials; each acts on the entries of their node."""

    def __init__(self, channel: Channel, seed: int) -> None:
        self._channel = channel
        self._random = random.Random(seed)  # noqa: S311 - a test's choice
        self._asks: dict[str, int] = {}

    async def act(self, party: Party) -> str:
        """Do an act at a node; return its kind."""
        record = self._channel.nodes[party].core.record
        held = Held(party)
        for log in PARTIES:
            held.entries.extend(await entries(record, log))
        kind, fields, parts = self._draw(held)
        key = self._channel.officials[party, "desk", 1]
        signers: list[Signer] = [key.signer]
        if kind.startswith("batch."):
            signers.append(self._channel.officials[party, "head", 1].signer)
        payload = await self._channel.payload(party, key.key, kind, **{"body": {}} | fields)
        accepted = await self._channel.submit(party, payload, *signers, parts=parts)
        self._asks[accepted.id] = len(fields.get("asks", ()))
        return kind

    def _draw(self, held: Held) -> Act:
        acts: list[Callable[[Held], Act | None]] = [
            self._opens,
            self._writes,
            self._asks_something,
            self._answers,
            self._acknowledges,
            self._corrects,
            self._withdraws,
            self._closes,
            self._reopens,
            self._proposes,
            self._moves,
            self._lists,
            self._asserts,
            self._settles,
        ]
        while True:
            drawn = self._random.choice(acts)(held)
            if drawn is not None:
                return drawn

    def _one(self, found: list[Stored]) -> Stored | None:
        return self._random.choice(found[-8:]) if found else None

    def _opens(self, _held: Held) -> Act:
        fields = {"thread": os.urandom(16).hex(), "body": {"batch": "standing"}, "lang": "en"}
        return "thread.opened", fields, (_words("Subject", "subject"),)

    def _writes(self, held: Held) -> Act | None:
        thread = self._one(held.of("thread.opened"))
        return (
            None
            if thread is None
            else (
                "note.posted",
                {"thread": thread.thread, "lang": "zh-CN"},
                (_words("补正材料。"), _words("Further papers.")),
            )
        )

    def _asks_something(self, held: Held) -> Act | None:
        thread = self._one(held.of("thread.opened"))
        asks = [self._channel.ask(held.party, self._random.choice(LATER), q) for q in ("1", "2")]
        return (
            None
            if thread is None
            else (
                "note.posted",
                {"thread": thread.thread, "lang": "en", "asks": asks},
                (_words("Two questions."),),
            )
        )

    def _asked(self, held: Held, by: Party) -> Stored | None:
        return self._one([note for note in held.of("note.posted", by) if self._asks.get(note.id)])

    def _answers(self, held: Held) -> Act | None:
        note = self._asked(held, peer_of(held.party))
        q = self._random.choice(("1", "2", "1-2"))
        return (
            None
            if note is None
            else (
                "note.posted",
                {"thread": note.thread, "lang": "en", "answers": [{"id": note.id, "q": [q]}]},
                (_words("It is sent."),),
            )
        )

    def _about(self, kind: str, note: Stored | None, **fields: Any) -> Act | None:
        return (
            None if note is None else (kind, {"thread": note.thread, "ref": note.id} | fields, ())
        )

    def _acknowledges(self, held: Held) -> Act | None:
        notes = held.of("note.posted", peer_of(held.party))
        chosen = self._random.sample(notes, min(len(notes), self._random.choice((1, 1, 3))))
        threads = {note.thread for note in chosen}
        fields: dict[str, Any] = {"body": {"entries": [note.id for note in chosen]}}
        if len(threads) == 1:
            fields["thread"] = threads.pop()
        return ("note.acknowledged", fields, ()) if chosen else None

    def _own(self, held: Held) -> Stored | None:
        """Choose a note of the side that is not withdrawn."""
        gone = {_payload(entry)["ref"] for entry in held.of("note.withdrawn", held.party)}
        notes = held.of("note.posted", held.party)
        return self._one([note for note in notes if note.id not in gone])

    def _corrects(self, held: Held) -> Act | None:
        note = self._own(held)
        if note is None:
            return None
        fields = {"thread": note.thread, "ref": note.id, "lang": "en"}
        return "note.corrected", fields, (_words("Corrected."),)

    def _withdraws(self, held: Held) -> Act | None:
        return self._about("note.withdrawn", self._own(held))

    def _closes(self, held: Held) -> Act | None:
        thread = self._one(held.of("thread.opened", held.party))
        note = self._asked(held, held.party)
        asks = (
            [{"id": note.id, "q": "1"}]
            if note and note.thread == getattr(thread, "thread", "")
            else []
        )
        return (
            None
            if thread is None
            else ("thread.closed", {"thread": thread.thread, "body": {"asks": asks}}, ())
        )

    def _reopens(self, held: Held) -> Act | None:
        return self._about("thread.reopened", self._one(held.of("thread.closed")))

    def _proposes(self, held: Held) -> Act | None:
        note = self._asked(held, peer_of(held.party))
        return self._about(
            "date.proposed", note, body={"q": "2", "due": self._random.choice(LATER)}
        )

    def _moves(self, held: Held) -> Act | None:
        """Agree to a date that the other side proposed, if the question still waits."""
        over = {
            (ended["id"], "2") if kind == "answers" else ended
            for entry in held.entries
            for kind, ended in _ends(entry)
        }
        payloads = [(each, _payload(each)) for each in held.of("date.proposed")]
        open_ = [
            (each, said)
            for each, said in payloads
            if each.log != held.party and not {(said["ref"], "2"), said["ref"]} & over
        ]
        if not open_:
            return None
        proposal, said = self._random.choice(open_)
        body = said["body"] | {"basis": "agreed", "proposal": proposal.id}
        fields = {"thread": proposal.thread, "ref": said["ref"], "body": body}
        return "deadline.moved", fields, ()

    def _lists(self, held: Held) -> Act | None:
        number = f"A-{self._random.randrange(9)}"
        if held.party == "cn":
            batch = self._one(held.of("batch.listed"))
            row = {"row": 1, "number": number, "match": "found", "state": "accepted"}
            wrong = self._one(held.of("batch.answered", "cn"))
            if wrong is not None and self._random.random() < 0.7:
                number = orjson.loads(wrong.parts[0] or b"")["data"]["rows"][0]["number"]
                row |= {"number": number, "corrects": {"id": wrong.id, "row": 1}}
            return (
                None
                if batch is None
                else (
                    "batch.answered",
                    {"ref": batch.id, "body": {"rows": 1}},
                    (data_part(os.urandom(32), "return-sheet", {"rows": [row]}),),
                )
            )
        row = {
            "row": 1,
            "number": number,
            "urgency": "normal",
            "rank": 1,
            "first_listed": "2026-11-20",
            "times_listed": 1,
        }
        body = {"list": f"W{self._random.randrange(52)}", "rows": 1}
        sheet = data_part(os.urandom(32), "list", {"rows": [row]})
        return "batch.listed", {"body": body}, (sheet,)

    def _asserts(self, _held: Held) -> Act:
        body = {
            "number": f"A-{self._random.randrange(9)}",
            "state": self._random.choice(("accepted", "approved")),
            "as_of": "2026-11-20",
            "source": "meeting",
        }
        if self._random.random() < 0.3:
            linked = {"number": body["number"], "former": "A-former", "basis": "refiled"}
            return "application.linked", {"body": linked}, ()
        return "application.asserted", {"body": body}, ()

    def _settles(self, held: Held) -> Act | None:
        """Correct or revoke a statement of this side, or mark a difference from the other's."""
        stated = {
            party: {_payload(each)["body"]["number"]: each for each in held.of(_ASSERTED, party)}
            for party in PARTIES
        }
        own, other = (stated[party] for party in (held.party, peer_of(held.party)))
        if not own:
            return None
        number = self._random.choice(sorted(own))
        body: dict[str, Any] = {"number": number}
        if number in other and self._random.random() < 0.5:
            units = {party: {"id": stated[party][number].id} for party in PARTIES}
            return "difference.marked", {"body": body | _MAINTAINED | units}, ()
        corrected = {"id": own[number].id}
        if held.party == "cn" and _payload(own[number])["body"]["state"] == "approved":
            revoked = {"approval": corrected, "on": "2026-11-21", "after": "review"}
            return "approval.revoked", {"body": body | revoked}, ()
        right = {"state": "review", "as_of": "2026-11-20", "source": "meeting"}
        return _ASSERTED, {"body": body | right | {"corrects": corrected}}, ()


_ASSERTED = "application.asserted"
_MAINTAINED = {"field": "state", "act": "maintained"}


def _payload(entry: Stored) -> dict[str, Any]:
    payload: dict[str, Any] = orjson.loads(dsse.decode(entry.envelope).payload)
    return payload


def _ends(entry: Stored) -> list[tuple[str, Any]]:
    """The questions that an entry answers, or the author of the note that it withdraws."""
    if entry.kind == "note.withdrawn":
        return [("withdrawn", _payload(entry)["ref"])]
    if entry.kind == "note.posted":
        ticked = _payload(entry).get("answers", [])
        return [("answers", each) for each in ticked if each["q"] != ["1"]]
    return []


def _words(text: str, role: str = "text") -> bytes:
    return text_part(role, os.urandom(32), text)
