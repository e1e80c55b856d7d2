"""An official at a node, for the command line: signs entries and sends them.

Heads are read for every act, but in a demonstration's past once a day (`DayHeads`); of the rest,
only what can't change there is kept. `seen` names verified checkpoints only; without a trust file,
`seen` is empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from special_channel.cli.client import Node
from special_channel.cli.day_heads import DayHeads, sizes_of
from special_channel.cli.machine import MACHINE
from special_channel.cli.trusted import TrustedLog, TrustedLogs, trusted_logs
from special_channel.core.audit.trust import Trust
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import (
    NotAllowed,
    NotFound,
    RuleBroken,
    Unavailable,
)
from special_channel.core.bytes.ids import EntryId, Party, peer_of
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows import charter as charters
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.log_keys import verify_checkpoint
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer
from special_channel.core.rules.functions import HeldFunction
from special_channel.core.sense.reasons import GivenReason
from special_channel.desk import payloads
from special_channel.desk.confirmations import in_entries, sense_confirmed
from special_channel.desk.payloads import Attachment, Author, Fields
from special_channel.desk.proposed import LOOKED_AT, of_entry
from special_channel.sample.stage import Sizes

WAIT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.02
SLOWEST_SECONDS: Final = 0.2
"""Longest pause between two looks: each look costs the node several queries."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Implements `sample.stage.Official` over HTTP.

    Attributes:
        node: The official's node, with the key that signs.
        trust: The trust file for checkpoints, if given.
        function: Number of the function to state; None: the first one that allows the entry.
        now: The clock; a demonstration that loads its past has its own.
        day: The heads of the day, shared by officials in a demonstration's past.
    """

    node: Node
    trust: Trust | None = None
    function: int | None = None
    now: Callable[[], datetime] = MACHINE.now
    day: DayHeads | None = None
    _logs: dict[Party, TrustedLog] = field(default_factory=dict, init=False, compare=False)
    _words: dict[int, str] = field(default_factory=dict, init=False, compare=False)
    _private: list[str] = field(default_factory=list, init=False, compare=False)
    _held: list[Mapping[str, Any]] = field(default_factory=list, init=False, compare=False)

    @property
    def party(self) -> Party:
        """The side whose key signs."""
        return self.node.key.party

    async def sign_in(self) -> None:
        """Sign in unless signed in."""
        await self.node.sign_in()

    async def author(self, *, private: bool = False) -> Author:
        """Return the author of the next entry."""
        heads = await self._heads()
        await self.trusted_logs()
        return self.author_at(heads, await self._log(heads, private=private))

    async def _heads(self) -> Mapping[str, Any]:
        """Read both heads, and the official's functions.

        On a shared day: the day's heads, and the functions as first read.
        """
        if self.day is None:
            return dict(await self.node.get("/api/heads"))
        if not self._held:
            own = dict(await self.node.get("/api/heads"))
            self._held[:] = own["functions"]
        read = partial(self.node.get, "/api/heads")
        heads = await self.day.on(self.party, self.now().date(), read)
        return {**heads, "functions": self._held}

    async def trusted_logs(self) -> TrustedLogs | None:
        """Return the logs that the trust file vouches for; None without a trust file.

        The keys are read once: a command ends long before a key is succeeded.

        Raises:
            BadSignature, Malformed: As `trusted.trusted_logs`.
        """
        if self.trust is None:
            return None
        if not self._logs:
            self._logs.update(await trusted_logs(self.node, self.trust))
        return self._logs

    def author_at(self, heads: Mapping[str, Any], log: str) -> Author:
        """Return the author of an entry for `log`, given the response of `/api/heads`."""
        return Author(
            self.node.key.signer,
            log,
            timestamp(self.now()),
            tuple(self._seen(head) for head in heads["heads"] if head["size"] and self._logs),
            MACHINE.draw,
            self._functions(heads),
        )

    def _functions(self, heads: Mapping[str, Any]) -> list[HeldFunction]:
        """Return the functions among which an entry states one: the chosen one alone, if any.

        Raises:
            NotAllowed: `grant-ended` if the chosen one is not in force.
        """
        stated = [dict(one) for one in heads["functions"]]
        self._words.update({one["number"]: str(one.pop("words", "")) for one in stated})
        held = [HeldFunction(**one) for one in stated]
        chosen = [one for one in held if self.function in {None, one.number}]
        if self.function is not None and not chosen:
            raise NotAllowed("grant-ended", "The author does not hold this function.")
        return chosen

    def acted(self, entry: Submission) -> dict[str, str]:
        """Return for whom a stand-in signed an entry, to be printed; nothing of an own function."""
        payload: Any = canonical.loads(dsse.decode(entry.envelope).payload)
        words = self._words.get(payload.get("as", 1), "")
        return {"function": words} if words else {}

    async def send(self, entries: Sequence[Submission], *, private: bool = False) -> list[str]:
        """Send entries in a single, atomic request; return their positions."""
        sent = await self.receipts(entries, private=private)
        return [str(receipt["position"]) for receipt in sent]

    async def receipts(
        self, entries: Sequence[Submission], *, private: bool = False
    ) -> list[dict[str, Any]]:
        """Send entries in a single request; return their receipts."""
        path = "/api/private/entries" if private else "/api/entries"
        sent = await self.node.post(path, {"entries": [sent_entry(entry) for entry in entries]})
        return self._noted(sent["receipts"])

    def _noted(self, receipts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        given = list(receipts)
        if self.day is not None:
            self.day.note_stored(given)
        return given

    async def look(self, entries: Sequence[Submission]) -> tuple[list[str], list[dict[str, Any]]]:
        """Return what should be looked at in entries, a sentence each, in the reader's language.

        Also returns for which of it the author gives a reason (`EntryConfirm`).
        """
        if not any(is_looked_at(entry) for entry in entries):
            return [], []
        found = await self._look(entries)
        return [str(item["sentence"]) for item in found["items"]], list(found.get("confirm", ()))

    async def asked(self, entries: Sequence[Submission]) -> list[dict[str, Any]]:
        """Return for which findings in entries of any kind the author gives a reason."""
        return list((await self._look(entries)).get("confirm", ()))

    async def _look(self, entries: Sequence[Submission]) -> dict[str, Any]:
        body = {"entries": [sent_entry(entry) for entry in entries]}
        found: dict[str, Any] = await self.node.post("/api/entries/look", body)
        return found

    async def lay_before(self, entry: Submission, confirmed: Sequence[Submission] = ()) -> EntryId:
        """Send a signed draft for release by a second official.

        `confirmed`: the author's signed reasons for what the rules ask to confirm.
        """
        more = {"confirmed": [sent_entry(each) for each in confirmed]}
        return str((await self.node.post("/api/clearances", sent_entry(entry) | more))["id"])

    async def signed_reasons(
        self, about: Submission, given: Sequence[GivenReason]
    ) -> list[Submission]:
        """Sign an author's reasons for findings on a signed entry, in as many as they need."""
        return await self.all_reasons([(about, given)])

    async def all_reasons(
        self, given: Sequence[tuple[Submission, Sequence[GivenReason]]]
    ) -> list[Submission]:
        """Sign an author's reasons for findings on several signed entries, with one look."""
        if not any(reasons for _, reasons in given):
            return []
        lang = "zh-CN" if self.party == "cn" else "en"
        author = await self.author(private=True)
        return [
            sense_confirmed(author, dsse.decode(about.envelope).id, each, lang)
            for about, reasons in given
            for each in in_entries(reasons)
        ]

    async def draft(self, draft: EntryId) -> dict[str, Any]:
        """Read a waiting draft with its checks, as its page shows it.

        Raises:
            NotFound: `clearance-unknown`.
        """
        return dict(await self.node.get(f"/api/clearances/{draft}"))

    async def release(self, draft: EntryId, shown: Mapping[str, Any] | None = None) -> str:
        """Sign the bytes of a waiting draft and send the draft; return the position.

        Args:
            draft: The draft's id.
            shown: The draft as the caller showed the rows that must be seen (`rows_to_see`); None
                to read it for an official who looks at nothing, such as one of the sample.

        Raises:
            NotFound: `clearance-unknown`.
        """
        found = await self.draft(draft) if shown is None else shown
        envelope = dsse.decode(str(found["envelope"]).encode())
        if envelope.id != draft:
            raise RuleBroken("clearance-differs", "These are not the bytes that were named.")
        signed = signed_again(envelope, self.node.key.signer)
        confirmed = found.get("confirmed", ())
        note = payloads.draft_cleared(await self.author(private=True), draft, confirmed)
        body = {
            "envelope": signed.encode().decode(),
            "note": sent_entry(note),
            "looked": [row["row"] for row in rows_to_see(found)],
            "summary": found.get("checks", {}).get("digest", ""),
        }
        sent = await self.node.post(f"/api/clearances/{draft}", body)
        return str(self._noted(sent["receipts"])[0]["position"])

    async def send_back(self, draft: EntryId, remark: str, to: int | None = None) -> None:
        """Send a waiting draft back with a remark, signed in the private log.

        `to`: the step of its sign-off route to which it goes back; None for its author.
        """
        lang = "zh-CN" if self.party == "cn" else "en"
        author = await self.author(private=True)
        note = payloads.draft_returned(author, draft, lang, remark, to)
        await self.node.post(f"/api/clearances/{draft}/return", sent_entry(note))

    async def position(self, id_: EntryId) -> str | None:
        """Return an entry's position in a shared log; None for an unknown entry."""
        try:
            return str((await self.node.get(f"/api/entries/{id_}"))["position"])
        except NotFound:
            return None

    async def upload(self, name: str, type_: str, data: bytes) -> Attachment:
        """Upload a file."""
        stored = await self.node.upload(data, type_, name=name)
        return Attachment(name, type_, int(stored["len"]), str(stored["sha256"]))

    async def person(self) -> str:
        """Return the id of the official's person."""
        directory = await self.node.get("/api/directory")
        for item in directory[self.party]:
            payload: Any = canonical.loads(dsse.decode(str(item["envelope"]).encode()).payload)
            if payload["kind"] == "key.enrolled" and payload["by"] == self.node.key.key:
                return str(payload["body"]["person"])
        raise NotFound("key-unknown", "This key is not in the directory.")

    async def charter(self) -> tuple[str, Charter]:
        """Return the digest of the charter in force, and the charter.

        Raises:
            RuleBroken: `charter-absent`.
        """
        found = (await self.node.get("/api/heads")).get("charter")
        if found is None:
            raise RuleBroken("charter-absent", "No charter is adopted by both sides yet.")
        document = canonical.dumps(found["document"])
        return str(found["digest"]), charters.parse(document)

    async def sizes(self, query: Mapping[str, str | int] | None = None) -> Mapping[Party, Sizes]:
        """Return the sizes of the two logs at our node; `query`: what the node waits for."""
        heads = await self.node.get("/api/heads", query)
        if self.day is not None:
            self.day.note(self.party, heads)
        return sizes_of(heads)

    async def until(self, party: Party, size: int) -> None:
        """Wait until our node has `size` entries of a log.

        Raises:
            Unavailable: `link-slow`.
        """
        await self._wait({"log": party, "size": size}, lambda held: held[party].size >= size)

    async def until_mirrored(self) -> None:
        """Wait until our node has all that the other side's officials stored on a shared day.

        Raises:
            Unavailable: `link-slow`.
        """
        other = peer_of(self.party)
        if self.day is not None and (size := self.day.stored(other)):
            await self.until(other, size)

    async def until_delivered(self) -> None:
        """Wait until the other node has cosigned all of our side's log.

        Raises:
            Unavailable: `link-slow`.
        """

        def over(held: Mapping[Party, Sizes]) -> bool:
            return held[self.party].delivered >= held[self.party].size

        await self._wait({"log": self.party, "delivered": "true"}, over)

    async def _wait(
        self, query: Mapping[str, str | int], over: Callable[[Mapping[Party, Sizes]], bool]
    ) -> None:
        """Ask for the heads, which our node answers once it is so, or after a while."""
        pause = POLL_SECONDS
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not over(await self.sizes(query)):
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, SLOWEST_SECONDS)
        except TimeoutError:
            raise Unavailable("link-slow", "The other node has not taken it over yet.") from None

    def _seen(self, head: Mapping[str, Any]) -> Fields:
        trusted = self._logs[head["party"]]
        verified = verify_checkpoint(head["note"], trusted.keys, origin=trusted.origin)
        return {"log": trusted.origin, "size": verified.size, "root": verified.root.hex()}

    async def _log(self, heads: Mapping[str, Any], *, private: bool) -> str:
        if not private:
            return next(str(head["log"]) for head in heads["heads"] if head["party"] == self.party)
        if not self._private:
            # Read once: the founding entry names the private log for good.
            directory = await self.node.get("/api/directory")
            founding = dsse.decode(str(directory[self.party][0]["envelope"]).encode())
            payload: Any = canonical.loads(founding.payload)
            self._private.append(str(payload["body"]["private"]))
        return self._private[0]


def signed_again(envelope: dsse.Envelope, signer: Signer) -> dsse.Envelope:
    """Return an envelope with one more signature over the same bytes."""
    signature = dsse.Signature(signer.key, signer.private.sign(envelope.pae))
    return envelope.with_signature(signature)


def is_looked_at(entry: Submission) -> bool:
    """Tell whether the node looks at an entry's texts, files and acts before it is sent."""
    return of_entry(entry.envelope, entry.parts).kind in LOOKED_AT


def sent_entry(entry: Submission) -> dict[str, Any]:
    """Encode a submission for the API."""
    return {
        "envelope": entry.envelope.decode(),
        "parts": [part.decode() for part in entry.parts if part is not None],
    }


def rows_to_see(draft: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a draft that a second official must see before the release."""
    return list(draft.get("checks", {}).get("look", ()))
