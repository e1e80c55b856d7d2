"""Keys of machines on the pages: enrolled, succeeded and stopped, each by two persons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
import pytest

from special_channel.core.bytes import canonical, dsse, suites
from special_channel.core.rows.directory import KeyRow, commitment
from special_channel.stores.key_holders import KeyHolders
from special_channel.web.http.sessions import csrf_token
from tests.core.test_judge_machines import machine
from tests.core.test_judge_succession import Committed, committed, succession
from tests.sides import public_text
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_acts import LIMITS, key_of, signed
from tests.web.test_acts_pages import both, call

FORM = "/people/acts/new"


@pytest.fixture
async def site(pages_of) -> PagesNode:
    made: PagesNode = await pages_of(
        Committed.founded(limits=LIMITS | {"cooling_seconds": 0}), "eu"
    )
    return made


def side(site: PagesNode):
    return site.node.world.sides["eu"]


def grouped(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def stated(site: PagesNode, role: str, name: str, **more: Any) -> dict[str, Any]:
    """Return the fields of the form, pasted with blanks between groups."""
    key = side(site).keys.get(name) or side(site).make_key(name)
    typed = {"public": grouped(public_text(key)), "reason": "routine", "look": "1"}
    return {"kind": "machine.enrolled", "role": role} | typed | more


async def form(site: PagesNode, fields: dict[str, Any], who: str = "registrar") -> Shown:
    return await site.get(f"{FORM}?{urlencode(fields, doseq=True)}", who)


def signed_by(shown: Shown) -> Mapping[str, str]:
    """Return what the button of the form hands to the script that signs."""
    [button] = shown.page.marked("data-act", "begin-act")
    return button.attributes


async def begin(site: PagesNode, kind: str, shown: Shown, who: str) -> dict[str, Any]:
    """Sign first what the form shows, as the browser does."""
    given = signed_by(shown)
    ref = {"ref": given["data-ref"]} if given["data-ref"] else {}
    body = orjson.loads(given["data-body"])
    payload = site.node.world.payload("eu", kind, by=who, body=body, **ref)
    envelope = dsse.Envelope(dsse.ENTRY_TYPE, canonical.dumps(payload))
    sent = {"envelope": _signed(site, envelope, who), "reason": ""}
    answer = await call(site, "POST", "/api/acts", who, sent)
    assert answer.status == 200, answer.html
    found: dict[str, Any] = orjson.loads(answer.html)
    return found


def _signed(site: PagesNode, envelope: dsse.Envelope, who: str) -> str:
    key = side(site).keys[who]
    signature = dsse.Signature(key.key, key.private.sign(envelope.pae))
    return envelope.with_signature(signature).encode().decode()


async def second(site: PagesNode, act: str, who: str) -> dict[str, Any]:
    held = orjson.loads((await call(site, "GET", f"/api/acts/{act}", who)).html)
    body = {"envelope": both(site, held["envelope"], who)}
    answer = await call(site, "POST", f"/api/acts/{act}", who, body)
    assert answer.status == 200, answer.html
    found: dict[str, Any] = orjson.loads(answer.html)
    return found


async def machine_row(site: PagesNode, key: str) -> KeyRow:
    row = (await site.node.record.rows(frozenset({("key", key)})))["key", key]
    assert isinstance(row, KeyRow)
    return row


@pytest.mark.parametrize("role", ["checkpoint", "service"])
async def test_form_names_the_machine_and_no_person(site, role):
    shown = await form(site, {"kind": "machine.enrolled", "role": role})
    [heading] = [each for each in shown.page.all("heading") if each.tag == "h1"]
    assert heading.text == f"New key: {role} key"


async def test_people_offers_a_new_key_of_each_machine(site):
    shown = await site.get("/people", "registrar")
    for words in ("node", "checkpoint key", "cosigning key", "link key", "service key"):
        assert shown.page.one("link", f"New key: {words}")
    assert "New key:" not in (await site.get("/people", "desk")).text
    checkpoint = await site.get(f"/keys/{key_of(site.node, 'checkpoint')}", "registrar")
    assert "This key is not stopped or revoked: the next one takes its place." in checkpoint.text
    assert checkpoint.page.one("link", "New key: checkpoint key")


@pytest.mark.parametrize("role", ["checkpoint", "cosigning"])
async def test_log_key_is_succeeded_by_two_persons_on_the_pages(site, role):
    fields = stated(site, role, f"{role}-2", next=grouped(committed(side(site), "later")))
    shown = await form(site, fields)
    key = side(site).keys[f"{role}-2"]
    print_ = grouped(suites.fingerprint("ed25519", key.private.public))
    assert print_ in shown.text
    assert grouped(committed(side(site), "later")) in shown.text
    begun = await begin(site, "machine.enrolled", shown, "registrar")
    assert begun["state"] == "waiting"
    waits = await site.get(f"/people/acts/{begun['id']}", "head")
    assert print_ in waits.text
    assert "The operator reads the last eight characters" in waits.text
    assert (await second(site, begun["id"], "head"))["state"] == "done"
    assert (await machine_row(site, key.key)).machine == role


async def test_key_to_which_nobody_committed_is_named_before_it_is_signed(site):
    shown = await form(site, stated(site, "checkpoint", "other", next="0" * 64))
    assert "The key in force does not provide for this successor." in shown.text
    assert "have the root sign the succession" in shown.text
    assert "begin-act" not in shown.html


async def test_key_that_a_process_lacks_is_named_before_it_is_signed(site):
    holders = KeyHolders(site.node.record.pool)
    fields = stated(site, "checkpoint", "checkpoint-2", next=committed(side(site), "later"))
    key = side(site).keys["checkpoint-2"].key
    await holders.tell("link 4711", [key_of(site.node, "checkpoint")], site.node.clock.now())
    refused = (await form(site, fields)).text
    assert "Not every running process of this node has the key file" in refused
    assert key not in refused
    await holders.tell("link 4711", [key], site.node.clock.now())
    assert "begin-act" in (await form(site, fields)).html


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"public": "AAAA"}, "The public key is incomplete"),
        ({"next": "ab12"}, "The commitment to the key that follows is missing"),
        ({"next": ""}, "The commitment to the key that follows is missing"),
        ({"reason": "moved"}, "reason"),
    ],
)
async def test_what_was_pasted_wrongly_is_named(site, changed, says):
    fields = stated(site, "checkpoint", "checkpoint-2", next="0" * 64) | changed
    shown = await form(site, fields)
    assert says in shown.text
    assert "begin-act" not in shown.html


async def test_key_does_not_commit_to_itself(site):
    private = side(site).keys["checkpoint-2"].private
    own = commitment(private.suite, private.public)
    shown = await form(site, stated(site, "checkpoint", "checkpoint-2", next=own))
    assert "or that of this very key" in shown.text


async def test_known_key_is_not_enrolled_again(site):
    shown = await form(site, stated(site, "link", "link"))
    assert "This key is already enrolled." in shown.text


async def test_link_key_is_enrolled_and_the_old_one_revoked(site):
    shown = await form(site, stated(site, "link", "link-2"))
    begun = await begin(site, "machine.enrolled", shown, "registrar")
    assert (await second(site, begun["id"], "head"))["state"] == "done"
    old = key_of(site.node, "link")
    fields = {"kind": "key.revoked", "key": old, "reason": "replaced", "look": "1"}
    revoked = await begin(site, "key.revoked", await form(site, fields), "registrar")
    assert (await second(site, revoked["id"], "head"))["state"] == "done"
    assert (await machine_row(site, old)).now == "revoked"


@pytest.mark.parametrize("role", ["node", "link"])
async def test_node_and_link_key_are_stopped_and_restored_by_two(site, role):
    key = key_of(site.node, role)
    if role == "node":  # another key signs the node's own entries
        shown = await form(site, stated(site, "link", "link-2"))
        key = side(site).keys["link-2"].key
        begun = await begin(site, "machine.enrolled", shown, "registrar")
        await second(site, begun["id"], "head")
    page = await site.get(f"/keys/{key}", "registrar")
    assert page.page.one("link", "Suspend this key")
    fields = {"kind": "key.suspended", "key": key, "reason": "suspected", "look": "1"}
    begun = await begin(site, "key.suspended", await form(site, fields), "registrar")
    assert begun["state"] == "waiting"
    assert (await second(site, begun["id"], "head"))["state"] == "done"
    assert (await machine_row(site, key)).now == "suspended"
    fields = {"kind": "key.restored", "key": key, "reason": "mistaken", "look": "1"}
    begun = await begin(site, "key.restored", await form(site, fields), "registrar")
    assert begun["state"] == "waiting"
    assert (await second(site, begun["id"], "head"))["state"] == "done"
    assert (await machine_row(site, key)).now == "active"


async def upload(site: PagesNode, data: bytes, who: str = "registrar") -> Shown:
    sent = aiohttp.FormData()
    sent.add_field("csrf", csrf_token(await site.sign_in(who)))
    sent.add_field("signed", data, filename="signed.json", content_type="application/json")
    return await site.ask("POST", "/people/acts/machine", who, "en", data=sent)


async def request_of(site: PagesNode, shown: Shown, who: str = "registrar") -> bytes:
    answer = await site.get(shown.page.links()["Download what the key signs"], who)
    assert answer.status == 200, answer.html
    return answer.html.encode()


async def test_node_key_signs_its_own_enrolment_then_two_persons(site):
    fields = stated(site, "node", "node-2")
    shown = await form(site, fields)
    assert "begin-act" not in shown.html
    named = {name: value for name, value in fields.items() if name != "look"}
    file = shown.page.links()["Download what the key signs"]
    assert file == f"/people/acts/request?{urlencode(named)}"
    payload = await request_of(site, shown)
    envelope = dsse.Envelope(dsse.ENTRY_TYPE, payload)
    alone = _signed(site, envelope, "node-2").encode()
    other = _signed(site, envelope, "registrar").encode()
    assert "machine-signed" in (await upload(site, other)).html
    assert "machine-signed" in (await upload(site, b"{}")).html
    assert (await upload(site, alone, "desk")).status == 403
    begun = await upload(site, alone)
    assert begun.status == 303, begun.html
    waits = await site.get(begun.headers["Location"], "registrar")
    assert waits.page.one("button", "Enrol this key (Enrol a key of the machine: node)")
    later = payload.replace(orjson.loads(payload)["at"].encode(), b"2026-11-20T08:00:00Z")
    twice = _signed(site, dsse.Envelope(dsse.ENTRY_TYPE, later), "node-2").encode()
    refused = await upload(site, twice)
    assert (refused.status, "act-waits" in refused.html) == (409, True)
    assert refused.page.links()["Open the act that waits"] == begun.headers["Location"]
    act = begun.headers["Location"].rpartition("/")[2]
    assert (await second(site, act, "registrar"))["state"] == "waiting"
    assert (await second(site, act, "head"))["state"] == "done"
    assert (await machine_row(site, side(site).keys["node-2"].key)).machine == "node"


async def uploaded(site: PagesNode) -> str:
    """Upload what a node's new key has signed, as the registrar; return the act."""
    shown = await form(site, stated(site, "node", "node-2"))
    envelope = dsse.Envelope(dsse.ENTRY_TYPE, await request_of(site, shown))
    begun = await upload(site, _signed(site, envelope, "node-2").encode())
    return begun.headers["Location"].rpartition("/")[2]


async def test_who_uploaded_takes_the_act_back_on_the_page(site):
    act = await uploaded(site)
    path = f"/people/acts/{act}"
    assert (await site.post(f"{path}/withdraw", {}, "head")).status == 403
    shown = (await site.get(path, "registrar")).page
    assert shown.one("button", "Enrol this key (Enrol a key of the machine: node)")
    assert shown.all("button", "Take it back (Enrol a key of the machine: node)")
    assert not (await site.get(path, "head")).page.all(
        "button", "Take it back (Enrol a key of the machine: node)"
    )
    assert (await site.post(f"{path}/withdraw", {}, "registrar")).status == 303
    assert "Taken back" in (await site.get(path, "head")).text


async def test_who_uploaded_takes_the_act_back_over_the_api_once_signed(site):
    act = await uploaded(site)
    assert (await second(site, act, "registrar"))["state"] == "waiting"
    item = orjson.loads((await call(site, "GET", f"/api/acts/{act}", "registrar")).html)
    assert (item["may"], item["began"]) == ("withdraw", True)
    refused = await call(site, "POST", f"/api/acts/{act}/withdraw", "head", {})
    assert "act-first" in refused.html
    taken = await call(site, "POST", f"/api/acts/{act}/withdraw", "registrar", {})
    assert orjson.loads(taken.html)["state"] == "withdrawn"


async def test_service_has_owner_desk_and_kinds_in_words(site):
    people = await site.get("/api/people", "registrar")
    owner = next(one["person"] for one in orjson.loads(people.html)["items"] if one["person"])
    more = {"owner": owner, "desk": "licensing", "kinds": ["clock.marked", "licence.drawn"]}
    shown = await form(site, stated(site, "service", "service", **more))
    assert "Answers for it" in shown.text
    payload = orjson.loads(await request_of(site, shown))
    assert payload["body"]["kinds"] == ["clock.marked", "licence.drawn"]
    assert (payload["body"]["owner"], payload["body"]["desk"]) == (owner, "licensing")
    without = await form(site, stated(site, "service", "service", **more | {"kinds": []}))
    assert "at least one kind" in without.text
    alone = _signed(site, dsse.Envelope(dsse.ENTRY_TYPE, canonical.dumps(payload)), "service")
    begun = await upload(site, alone.encode())
    act = begun.headers["Location"].rpartition("/")[2]
    await second(site, act, "registrar")
    assert (await second(site, act, "head"))["state"] == "done"


async def test_machine_of_no_role_is_refused(site):
    assert (await form(site, {"kind": "machine.enrolled", "role": "root"})).status == 400


async def test_uncommitted_key_is_refused_at_the_door(site):
    """Attack 22: two registrars go past the form."""
    world = site.node.world
    size = await site.node.size("eu")
    sent = signed(site.node, succession(world, "eu", "checkpoint", "other"), "registrar", "head")
    body = {"envelope": sent.envelope.decode()}
    refused = await call(site, "POST", "/api/acts", "head", body)
    assert "successor-uncommitted" in refused.html
    assert await site.node.size("eu") == size


async def test_service_is_refused_at_the_door_what_is_not_its_own(pages_of):
    """Attack 28."""
    world = Committed.founded(limits=LIMITS | {"cooling_seconds": 0})
    world.append("eu", machine(world, "eu", "service"), also=["registrar", "head"])
    thread = world.open_thread("eu").leaf.thread
    site = await pages_of(world, "eu")
    size = await site.node.size("eu")
    closed = world.payload("eu", "thread.closed", by="new", thread=thread, body={})
    linked = {"number": "FIKTIV-26-0000001", "former": "FIKTIV-26-0000002", "basis": "refiled"}
    other = world.payload("eu", "application.linked", by="new", body=linked)
    for payload, code in ((closed, "role"), (other, "service-kind")):
        sent = signed(site.node, payload, "new")
        entries = {"entries": [{"envelope": sent.envelope.decode(), "parts": []}]}
        refused = await call(site, "POST", "/api/entries", "desk", entries)
        assert code in refused.html
    assert await site.node.size("eu") == size
