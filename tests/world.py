"""In-memory harness: a world of two parties, with a method for each entry to write.

Start with `World.founded()`, then call `open_thread`, `note`, `exchange`, `pass_due` and so on.
Appending and mirroring are in `ground.py`, the sides in `sides.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import PARTIES, Party, ThreadId, peer_of
from special_channel.core.bytes.suites import Suite
from special_channel.core.replay.replay import UnjudgedEntry
from special_channel.core.rows.charter_calendars import stated
from special_channel.core.rows.submission import read
from tests.core.calendar_files import both_sides
from tests.ground import Ground
from tests.sides import MACHINES, OFFICIALS, REGISTRARS, Copy, Entry, Side, merged, public_text

__all__ = ["OFFICIALS", "Copy", "Entry", "Side", "World", "merged"]

FOUNDED = 2 + 2 * len(OFFICIALS)
"""Entries in each log of `World.founded()`: founding, each official's grant and key, charter."""

AGREED = "some-seconds"
"""A reply rule by which a due time of any instant is agreed."""


class World(Ground):
    """Two sides, with methods that write their entries."""

    @classmethod
    def founded(cls, suite: Suite = "ed25519", **charter: Any) -> World:
        """Return a world with both parties founded, officials enrolled and a charter in force."""
        world = cls(suite)
        for party in PARTIES:
            world.found(party)
        for party in PARTIES:
            for name in OFFICIALS:
                world.enrol(party, name)
        # Each side's charter shows that it knows the other's officials: they are seasoned (K3).
        world.exchange()
        for party in PARTIES:
            world.adopt(party, **charter)
        world.exchange()
        return world

    # Entries of the vocabulary -------------------------------------------------------

    def founding(self, party: Party, **changed: Any) -> dict[str, Value]:
        """Return the payload of a founding: the root, two registrars, four machines."""
        side = self.sides[party]
        names = {"checkpoint": side.origin, "cosigning": side.cosigning_name}
        body: dict[str, Value] = {
            "party": party,
            "private": side.private_origin,
            "roots": side.roots(),
            "persons": [
                self._person(side, name, "registrar", "registry")
                | {"suite": side.keys[name].private.suite, "public": public_text(side.keys[name])}
                for name in REGISTRARS
            ],
            "machines": [
                {"role": role, "suite": "ed25519", "public": public_text(side.keys[role])}
                | ({"name": names[role]} if role in names else {})
                for role in MACHINES
            ],
        }
        return self.payload(party, "party.founded", by="root", body=body | changed)

    def found(self, party: Party) -> Entry:
        return self.append(party, self.founding(party), also=["root-2", *REGISTRARS])

    def _person(self, side: Side, name: str, role: str, desk: str) -> dict[str, Value]:
        return {"person": side.person(name), "role": role, "desk": desk, "unit": "Unit A.1"}

    def granting(
        self, party: Party, name: str, by: str = "registrar", **changed: Any
    ) -> dict[str, Value]:
        """Return the payload that grants a person a function, by default as `OFFICIALS` says."""
        side = self.sides[party]
        role, desk = OFFICIALS.get(name, ("desk", "licensing"))
        body = self._person(side, name, role, desk) | {"grant": 1} | changed
        return self.payload(party, "role.granted", by=by, body=body)

    def grant(self, party: Party, name: str, by: str = "registrar", **changed: Any) -> Entry:
        """Grant a person a function; by default the first one, as `OFFICIALS` states it."""
        return self.append(party, self.granting(party, name, by, **changed))

    def enrolment(self, party: Party, name: str, key: str = "", **changed: Any) -> dict[str, Value]:
        """Return the payload that enrols a person's key, by default the key of that name."""
        signer = self.sides[party].keys[key or name]
        body = {
            "person": self.sides[party].person(name),
            "suite": signer.private.suite,
            "public": public_text(signer),
        }
        return self.payload(party, "key.enrolled", by=key or name, body=body | changed)

    def enrol(self, party: Party, name: str, *, role: str = "", rp: str = "") -> Entry:
        """Grant a person the function of `OFFICIALS`, and enrol the key of that name.

        `role`: another role. `rp`: relying party of an authenticator's key.
        """
        self.grant(party, name, **({"role": role} if role else {}))
        payload = self.enrolment(party, name, **({"rp": rp} if rp else {}))
        return self.append(party, payload)

    def add_key(self, party: Party, name: str, key: str) -> Entry:
        """Enrol a further key for a person, under a name of its own."""
        self.sides[party].make_key(key)
        return self.append(party, self.enrolment(party, name, key))

    def suspension(
        self, party: Party, name: str, by: str = "head", *, whole: bool = False, **body: Any
    ) -> dict[str, Value]:
        """Return the payload that suspends the key of that name, or (`whole`) its person."""
        return self.payload(
            party, "key.suspended", by=by, body=self._stop(party, name, whole=whole) | body
        )

    def restoration(
        self, party: Party, stop: Entry, by: str = "head", **body: Any
    ) -> dict[str, Value]:
        """Return the payload that lifts a suspension."""
        kept = {key: value for key, value in stop.payload["body"].items() if key != "since"}
        return self.payload(party, "key.restored", by=by, ref=stop.id, body=kept | body)

    def revocation(
        self, party: Party, name: str, by: str = "head", **body: Any
    ) -> dict[str, Value]:
        """Return the payload that ends the key of that name."""
        return self.payload(party, "key.revoked", by=by, body=self._stop(party, name) | body)

    def _stop(self, party: Party, name: str, *, whole: bool = False) -> dict[str, Value]:
        side = self.sides[party]
        target = {"person": side.person(name)} if whole else {"key": side.keys[name].key}
        return {**target, "reason": "stated-at-home"}

    def charter(self, **changed: Any) -> dict[str, Value]:
        """Return the charter document that both sides adopt."""
        document: dict[str, Value] = {
            "v": 1,
            "number": 1,
            "rules": 1,
            "parties": [
                {
                    "party": party,
                    "origin": self.sides[party].origin,
                    "name_en": f"Fictional ministry {party}",
                    "name_zh": "虚构部委",
                    "short_en": party.upper(),
                    "short_zh": "虚构",
                }
                for party in PARTIES
            ],
            "desks": [
                {"desk": "licensing", "party": party, "title_en": "Licensing", "title_zh": "许可处"}
                for party in PARTIES
            ],
            "release": [
                {"kind": "batch.listed", "roles": ["head", "director"]},
                {"kind": "batch.amended", "roles": ["head", "director"]},
                {"kind": "batch.answered", "roles": ["head", "director"]},
            ],
            "reply_rules": [
                {"rule": "three-working-days", "working_days": 3, "count": "answering"},
                {"rule": AGREED, "seconds": 60, "count": "answering"},
            ],
            "demonstration": True,
            "calendars": [stated(both_sides()["cn"]) | {"digest": "c" * 64}],
            "office_hours": [
                {"party": "eu", "zone": "Europe/Brussels", "opens": 540, "closes": 1050}
            ],
            "markings": ["limited"],
            "columns": ["state", "as_of", "question"],
            "limits": {
                "file_bytes": 52_428_800,
                "minimum_notice_seconds": 30,
                "cooling_seconds": 0,
            },
            "standing_en": "Standing batch",
            "standing_zh": "常设批次",
            "effect_en": "Fictional: no date of this channel binds either side in law.",
            "effect_zh": "虚构：本平台所列时间在法律上不约束任何一方。",
        }
        return document | changed

    def adoption(self, party: Party, document: Value) -> tuple[dict[str, Value], list[bytes]]:
        """Return the payload and the part that adopt a charter."""
        assert isinstance(document, dict)
        digest = sha256(canonical.dumps(document)).hexdigest()
        body: dict[str, Value] = {"number": document["number"], "digest": digest}
        payload = self.payload(party, "charter.adopted", by="registrar", body=body)
        return payload, [self.data("charter", document)]

    def adopt(self, party: Party, **changed: Any) -> Entry:
        return self.append(party, *self.adoption(party, self.charter(**changed)))

    @property
    def charter_digest(self) -> str:
        """Return the digest of the first charter."""
        return sha256(canonical.dumps(self.charter())).hexdigest()

    def open_thread(
        self, party: Party, subject: str = "Certificate without stamp", **fields: Any
    ) -> Entry:
        body = {"batch": fields.pop("batch", "standing")}
        stated = {"thread": self.thread_id(), "lang": "en", "body": body} | fields
        payload = self.payload(party, "thread.opened", **stated)
        return self.append(party, payload, [self.text(subject, "subject")])

    def note(
        self,
        party: Party,
        thread: ThreadId | None,
        words: Sequence[str] = ("May it be sent again?",),
        **fields: Any,
    ) -> Entry:
        """Post a note; `asks` and `answers` as in the payload."""
        payload = self.payload(party, "note.posted", **({"thread": thread, "lang": "en"} | fields))
        return self.append(party, payload, [self.text(paragraph) for paragraph in words])

    def ask(self, party: Party, due: str, q: str = "1", **changed: Any) -> dict[str, Value]:
        """Ask the other side a question; its due time is agreed unless `rule` is None."""
        asked: dict[str, Value] = {
            "q": q,
            "who": peer_of(party),
            "due": due,
            "charter": self.charter_digest,
            "rule": AGREED,
        }
        stated = asked | changed
        return {name: value for name, value in stated.items() if value is not None}

    def about(self, party: Party, kind: str, entry: Entry, **fields: Any) -> Entry:
        """Append an entry without parts about another entry, in the same thread."""
        stated = {"thread": entry.leaf.thread} | naming(kind, entry.id) | fields
        return self.append(party, self.payload(party, kind, **stated))

    def acknowledge(self, party: Party, *notes: Entry, **fields: Any) -> Entry:
        """Acknowledge notes in one entry, which names the thread if there is only one."""
        stated: dict[str, Any] = {"body": {"entries": [note.id for note in notes]}}
        if len(threads := {note.leaf.thread for note in notes}) == 1:
            stated["thread"] = threads.pop()
        return self.append(party, self.payload(party, "note.acknowledged", **(stated | fields)))

    def answer(self, party: Party, note: Entry, q: Sequence[str] = ("1",)) -> Entry:
        """Post a note that answers questions of another."""
        ticked = [{"id": note.id, "q": list(q)}]
        return self.note(party, note.leaf.thread, ("It is sent.",), answers=ticked)

    def passing(
        self, party: Party, note: Entry, due: str, *, head: str | None = None, **changed: Any
    ) -> dict[str, Value]:
        """Return the payload of a `deadline.passed`, with the newest proof of delivery."""
        own = self.sides[party].own
        delivered = min(size for size in own.cosigned if size > note.position.index)
        body = {
            "q": "1",
            "due": due,
            "fired": self.clock.now,
            "delivered": own.cosigned[delivered],
            "head": head,
        } | changed
        body = {name: value for name, value in body.items() if value is not None}
        stated = {"by": "node", "thread": note.leaf.thread, "ref": note.id, "body": body}
        return self.payload(party, "deadline.passed", **stated)

    def pass_due(self, party: Party, note: Entry, due: str, **changed: Any) -> Entry:
        return self.append(party, self.passing(party, note, due, **changed))

    def list_batch(self, numbers: Sequence[str], *, list_: str = "W47", **row: Any) -> Entry:
        """Append a weekly list of the EU, released by a head of unit."""
        rows: list[Value] = [
            {
                "row": place,
                "number": number,
                "urgency": "normal",
                "rank": place,
                "first_listed": "2026-11-20",
                "times_listed": 1,
            }
            | row
            for place, number in enumerate(numbers, 1)
        ]
        body: dict[str, Value] = {"list": list_, "rows": len(rows)}
        payload = self.payload("eu", "batch.listed", body=body)
        return self.append("eu", payload, [self.data("list", {"rows": rows})], also=["head"])

    def answer_batch(self, batch: Entry, rows: Sequence[Mapping[str, Value]]) -> Entry:
        """Append a return sheet of CN, released by a head of unit."""
        sheet: list[Value] = [{"match": "found"} | dict(row) for row in rows]
        body: dict[str, Value] = {"rows": len(sheet)}
        payload = self.payload("cn", "batch.answered", ref=batch.id, body=body)
        parts = [self.data("return-sheet", {"rows": sheet})]
        return self.append("cn", payload, parts, also=["head"])

    def meeting(self, party: Party, subject: str = "On rare earths", **body: Any) -> Entry:
        """Append a meeting drafted by this side."""
        held: dict[str, Value] = {"on": "2026-11-19", "place": "Brussels", "level": "working"}
        payload = self.payload(party, "meeting.held", lang="en", body=held | body)
        return self.append(party, payload, [self.text(subject, "subject")])

    def point(
        self, party: Party, meeting: Entry, words: str = "It will come.", **body: Any
    ) -> Entry:
        """Append a point of a meeting: by default a statement of the drafting side."""
        noted: dict[str, Value] = {"point": "statement", "who": party}
        payload = self.payload(party, "point.noted", ref=meeting.id, lang="en", body=noted | body)
        return self.append(party, payload, [self.text(words)])

    def agree(self, party: Party, *points: Entry) -> Entry:
        """Mark points as agreed."""
        return self.mark(party, *((point, ()) for point in points))

    def differ(self, party: Party, point: Entry, words: str = "By the end of March.") -> Entry:
        """Mark a point as understood differently."""
        return self.mark(party, (point, [words]))

    def mark(self, party: Party, *marks: tuple[Entry, Sequence[str]], **fields: Any) -> Entry:
        """Mark points in one entry: agreed, or with words as understood differently."""
        words = [text for _, texts in marks for text in texts]
        numbers = iter(range(len(words)))
        body: dict[str, Value] = {
            "entries": [marked(point.id, [next(numbers) for _ in texts]) for point, texts in marks]
        }
        stated = {"body": body} | ({"lang": "en"} if words else {}) | fields
        payload = self.payload(party, "point.marked", **stated)
        return self.append(party, payload, [self.text(text) for text in words])

    def erase(self, party: Party, entry: Entry, parts: Sequence[int], **changed: Any) -> Entry:
        """Erase parts of an entry by order at this side, and append the `part.erased`."""
        body = {"parts": list(parts), "basis": "order", "order": "Order 7/2026"} | changed
        payload = self.payload(party, "part.erased", by="head", ref=entry.id, body=body)
        erased = self.append(party, payload)
        copy = self.sides[party].copies[entry.position.party]
        held = copy.entries[entry.position.index]
        kept = tuple(
            None if place in parts else part for place, part in enumerate(held.submission.parts)
        )
        copy.entries[entry.position.index] = replace(
            held, submission=replace(held.submission, parts=kept)
        )
        return erased

    def presented(self, party: Party) -> list[UnjudgedEntry]:
        """Return a log's valid entries with their positions, to replay them in another order."""
        found = []
        for entry in self.sides[party].own.entries:
            incoming = read(entry.submission, whole=False)
            found.append(
                UnjudgedEntry(
                    entry.position,
                    entry.leaf.peer_frontier,
                    entry.leaf.accepted,
                    incoming.envelope,
                    incoming.entry,  # type: ignore[arg-type]  # shared logs hold no private kind
                    incoming.data,
                )
            )
        return found


def naming(kind: str, id_: str) -> dict[str, Any]:
    """Return the fields by which an entry of a kind names a single other one."""
    return {"body": {"entries": [id_]}} if kind == "note.acknowledged" else {"ref": id_}


def marked(point: str, parts: Sequence[int] = ()) -> dict[str, Value]:
    """Return a mark on a point, explained by some parts of its entry; without any: agreed."""
    if not parts:
        return {"id": point, "word": "agreed"}
    return {"id": point, "word": "differed", "parts": list(parts)}
