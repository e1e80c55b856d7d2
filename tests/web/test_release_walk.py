"""Every act that a person signs says that it goes to a second official where the judge holds it.

The judge is asked with the very act that the page would have signed, by its author alone.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import posix
from tests.core.test_charter_changes import stated
from tests.desk.test_amending import WIDE
from tests.desk.test_amending import line as amended_row
from tests.desk.test_lists import csv
from tests.desk.test_lists import line as list_line
from tests.permits import issue, mark, request
from tests.web.pages_node import PagesNode
from tests.web.reading import Element, Page
from tests.web.test_applications import MARK
from tests.web.test_charters import bring, text_of
from tests.web.test_licences import FORM, PAGE
from tests.web.test_list_check import sent
from tests.world import AGREED, World, naming

TEMPLATES = Path(__file__).resolve().parents[2] / "src/special_channel/web"
DUE = "2026-11-27T09:30:00Z"
LATER = "2026-12-01T09:30:00Z"
LATEST = "2026-12-04T09:30:00Z"
REFERENCE = "REF:FIKTIV-17"
WORDS = {"en": "end for release", "zh-CN": "提请复核"}
ROLES = ["head", "director"]
BOTH = (
    "thread.opened", "note.posted", "note.acknowledged", "thread.closed", "meeting.held",
    "point.noted", "point.marked", "date.proposed", "deadline.moved",
    "referral.sent", "charter.adopted", "application.linked",
)  # fmt: skip
OWN: Mapping[Party, tuple[str, ...]] = {
    "eu": ("batch.listed", "batch.amended", "priority.requested"),
    "cn": (
        "batch.answered",
        "clock.marked",
        "licence.issued",
        "licence.drawn",
        "priority.answered",
    ),
}
KINDS = (*BOTH, *OWN["eu"], *OWN["cn"])
CHARTERS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "all": KINDS,
    "asks": ("asks",),
    "even": KINDS[::2],
    "odd": KINDS[1::2],
}


@dataclass
class Places:
    """Where the acts of a side are offered, and what they name."""

    world: World
    party: Party
    thread: Any
    passed: Any
    theirs: Any
    batch: Any
    meeting: Any
    own_meeting: Any
    point: Any
    asked: Any
    charter: str

    def url(self, path: str) -> str:
        """Return a path with the numbers of the entries that it names, such as `<thread>`."""
        for each in fields(self):
            position = getattr(getattr(self, each.name), "position", "")
            path = path.replace(f"<{each.name}>", str(position))
        return path


def digest(world: World, **changed: Any) -> str:
    """The digest of a charter that names the calendars that are here."""
    document = world.charter(**{"calendars": stated(), "release": []} | changed)
    return sha256(canonical.dumps(document)).hexdigest()


def question(world: World, party: Party, due: str, charter: str = "", **changed: Any) -> Any:
    """A question under a charter of `digest`; the first, unless told otherwise."""
    more: dict[str, Any] = {"rule": AGREED, "part": 0, "charter": charter or digest(world)}
    return world.ask(party, due, **more | changed)


def placed(party: Party, kinds: tuple[str, ...]) -> Places:
    """A world with something to act upon, then a charter by which these kinds need a release."""
    other: Party = "cn" if party == "eu" else "eu"
    world = World.founded(release=[], calendars=stated())
    passed = world.open_thread(party)
    early = world.note(party, passed.leaf.thread, asks=[question(world, party, DUE)])
    world.exchange()
    world.clock.seconds = posix(DUE) + 1
    world.pass_due(party, early, DUE)
    world.list_batch([REFERENCE], list_="L2026-45")
    batch = world.list_batch(["A-1", "A-2"], list_="L2026-46", urgency="urgent", rank=1)
    world.exchange()
    mark(world, "cn", "A-1", "accepted", "2026-09-21")
    issue(world)
    asked = request(world, "A-1", "A-2")
    meeting = world.meeting(other)
    point = world.point(other, meeting)
    own_meeting = world.meeting(party)
    theirs = world.open_thread(other)
    put = [
        question(world, other, LATER),
        question(world, other, LATEST, q="2", rule=None),
    ]
    world.note(other, theirs.leaf.thread, asks=put)
    thread = world.open_thread(party)
    mine = world.note(party, thread.leaf.thread, asks=[question(world, party, LATER)])
    world.exchange()
    world.about(other, "date.proposed", mine, body={"q": "1", "due": LATEST})
    world.exchange()
    release = [{"kind": kind, "roles": ROLES} for kind in kinds]
    for each in (party, other):
        world.adopt(each, number=2, release=release, calendars=stated())
    world.exchange()
    now = digest(world, number=2, release=release)
    return Places(
        world, party, thread, passed, theirs, batch, meeting, own_meeting, point, asked, now
    )


Fetched = Callable[[PagesNode, Places, str], Awaitable[str]]


def at(path: str, who: str = "desk") -> Fetched:
    """The page of an act, by the number of what it is about."""

    async def fetch(site: PagesNode, places: Places, lang: str) -> str:
        url = places.url(path)
        return (await site.get(url, who=who, lang=lang)).html

    return fetch


def form(path: str, fields: Mapping[str, Any] | Callable[[], Mapping[str, Any]]) -> Fetched:
    """The page that a checked form leads to."""

    async def fetch(site: PagesNode, places: Places, lang: str) -> str:
        url = places.url(path)
        return (
            await site.post(url, dict(fields() if callable(fields) else fields), lang=lang)
        ).html

    return fetch


async def proposed(site: PagesNode, places: Places, lang: str) -> str:
    """A charter that is brought as a file."""
    file = text_of(places.world, number=3)
    return (await bring(site, "/rules/propose", file, lang=lang)).html


LISTED = csv(amended_row(3).replace("L2026-47", "L2026-46"), header=WIDE)
DRAWN = {
    "code": "1C905.a", "quantity": "12.25", "unit": "kg", "basis": "gross", "on": "2026-11-24",
    "corrects": "",
}  # fmt: skip
NAMED = dict(FORM, customers="")
OFFERED: Mapping[str, Fetched] = {
    "thread.opened": at("/threads/new"),
    "note.posted": at("/threads/<thread>"),
    "note.acknowledged": at("/threads/<theirs>"),
    "thread.closed": at("/threads/<thread>"),
    "date.proposed": at("/threads/<theirs>"),
    "deadline.moved": at("/threads/<thread>"),
    "referral.sent": at("/threads/<passed>", "head"),
    "meeting.held": at("/meetings/new"),
    "point.noted": at("/meetings/<own_meeting>"),
    "point.marked": at("/meetings/<meeting>"),
    "charter.adopted": proposed,
    "batch.listed": form("/batches/check", lambda: sent(csv(list_line(1)))),
    "batch.amended": form("/batches/<batch>/amend", lambda: sent(LISTED)),
    "batch.answered": at("/batches/<batch>/answer"),
    "application.linked": at(f"/applications/{quote(REFERENCE)}?found_as=A-1"),
    "priority.requested": at("/new-priority?application=A-1"),
    "priority.answered": form("/priority/<asked>", {"answer-0": "granted", "remark-0": ""}),
    "clock.marked": form("/applications/A-1", MARK),
    "licence.issued": form("/new-licence", NAMED),
    "licence.drawn": form(f"{PAGE}/draw", DRAWN),
}


def buttons(page: Page, kind: str) -> list[Element]:
    """Return the buttons by which an act is signed."""
    if kind in {"thread.opened", "note.posted"}:
        return submits([page.by_id("compose")])
    if kind.startswith(("meeting.", "point.")):
        return submits([form for form in page.marked("data-write") if writes(form, kind)])
    if kind == "batch.answered":
        return page.marked("data-answer-act", "send")
    return [
        each
        for each in page.marked("data-sign", kind)
        if each.role == "button" and "dialog" not in (around.tag for around in each.outwards())
    ]


def submits(forms: Sequence[Element | None]) -> list[Element]:
    found = [each for form in forms if form for each in form.marked("type", "submit")]
    return [each for each in found if each.role == "button"]


def writes(form: Element, kind: str) -> bool:
    return form.attributes.get("data-kind") == kind or bool(form.marked("data-kind", kind))


def is_held(places: Places, kind: str, page: Page, button: Element) -> bool:
    """Ask the judge, with the act as this page would have its author sign it."""
    world, party = places.world, places.party
    signs = "data-sign" in button.attributes
    given = {
        name: button.attributes[f"data-{name}"]
        for name in ("ref", "thread", "body")
        if signs and f"data-{name}" in button.attributes
    }
    fields: dict[str, Any] = {name: given[name] for name in ("thread",) if name in given}
    if "ref" in given:
        fields |= naming(kind, given["ref"])
    if "body" in given:
        fields["body"] = json.loads(given["body"])
    parts: list[bytes] = []
    crossing = page.by_id("crossing")
    if crossing and signs:
        part = json.loads(crossing.source)
        parts = [world.data(part["type"], part["data"])]
    by = "registrar" if kind == "charter.adopted" else "head" if kind == "referral.sent" else "desk"
    before = world.sides[party].own.size
    try:
        if signs:
            world.append(party, world.payload(party, kind, by=by, **fields), parts, also=())
        else:
            _written(places, kind)
    except Refused as refusal:
        if refusal.code not in {"clearance-missing", "persons-missing"}:
            raise
        return True
    assert world.sides[party].own.size == before + 1
    return False


def _written(places: Places, kind: str) -> None:
    """Append what a form of words makes."""
    world, party = places.world, places.party
    asks = [question(world, party, LATER, places.charter)]
    own = places.thread.leaf.thread
    write: Mapping[str, Callable[[], Any]] = {
        "thread.opened": lambda: world.open_thread(party),
        "note.posted": lambda: world.note(party, own),
        "asks": lambda: world.note(party, own, asks=asks),
        "meeting.held": lambda: world.meeting(party),
        "point.noted": lambda: world.point(party, places.own_meeting),
        "point.marked": lambda: world.differ(party, places.point),
        "batch.answered": lambda: _answered(places),
    }
    write[kind]()


def _answered(places: Places) -> None:
    world = places.world
    payload = world.payload("cn", "batch.answered", ref=places.batch.id, body={"rows": 1})
    rows = [{"row": 1, "number": "A-1", "match": "not_found"}]
    world.append("cn", payload, [world.data("return-sheet", {"rows": rows})])


@pytest.mark.parametrize("named", CHARTERS)
@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_act_says_release_where_the_judge_holds_it(pages_of, party: Party, named: str):
    places = placed(party, CHARTERS[named])
    site = await pages_of(places.world, party)
    told: dict[str, tuple[Page, Element]] = {}
    said: dict[tuple[str, str], set[bool]] = {}
    for kind in (*BOTH, *OWN[party]):
        for lang, release in WORDS.items():
            page = Page(await OFFERED[kind](site, places, lang))
            found = buttons(page, kind)
            assert found, (kind, lang)
            said[kind, lang] = {release in button.text for button in found}
            told[kind] = (page, found[0])
            said["asks", lang] = {bool(page.marked("data-release", "asks"))}
            # A charter takes two persons by the rules themselves (K4).
            ruled = {*CHARTERS[named], "charter.adopted"}
            assert not page.marked("data-release", kind) or kind in ruled
    told["asks"] = (Page(""), Element("button"))
    # What ends questions comes last. A first note goes with its thread: both wait, or none.
    last = sorted(told, key=lambda kind: kind == "thread.closed")
    held = {kind: is_held(places, kind, *told[kind]) for kind in last}
    held["thread.opened"] |= held["note.posted"]
    for kind in told:
        assert {lang: said[kind, lang] for lang in WORDS} == {
            lang: {held[kind]} for lang in WORDS
        }, kind


def test_walk_has_every_act_of_every_template():
    offered = {
        kind
        for path in TEMPLATES.rglob("*.html")
        for each in Page(path.read_text("utf-8")).within()
        for name in ("data-sign", "data-kind")
        if (kind := each.attributes.get(name, "")) and not kind.startswith("{")
    }
    assert "note.acknowledged" in offered
    private = {
        "access.ended", "access.granted", "columns.kept", "escalation.acknowledged",
        "quarantine.agreed", "quarantine.asked", "thread.assigned",
    }  # fmt: skip
    # A review needs an entry in doubt: tests/web/test_doubts.py signs one.
    assert offered - private - {"thread.reopened", "entry.reviewed"} <= set(KINDS)


PRIVATE = {None, "escalation.acknowledged", "quarantine.agreed"}
"""Kinds of the private log alone, which no second official releases."""


def test_every_button_that_signs_takes_its_words_from_the_rule():
    for path in TEMPLATES.rglob("*.html"):
        for button in Page(path.read_text("utf-8")).within():
            kind = button.attributes.get("data-sign")
            if button.tag != "button" or kind in PRIVATE:
                continue
            if button.attributes.get("data-f") == "acknowledge":
                continue
            told = (word in button.source for word in ("sign_words", "for_release", "release.held"))
            assert any(told), (path.name, button.source)
