"""Pages and API of acts on people, by role and visible text."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from special_channel.core.bytes import dsse
from special_channel.desk import acts
from special_channel.web.shared.capitals import ZONES
from tests.web.pages_node import PagesNode, Shown, catch_up
from tests.web.test_acts import LIMITS, code_of, deps_of, key_of, offer, second, signed
from tests.world import World


@pytest.fixture
async def site(pages_of) -> PagesNode:
    made: PagesNode = await pages_of(World.founded(limits=LIMITS | {"cooling_seconds": 0}), "eu")
    return made


async def call(site: PagesNode, method: str, path: str, who: str, body: Any = None) -> Shown:
    headers = {"Accept": "application/json"}
    return await site.ask(method, path, who, "en", json=body, headers=headers)


def both(site: PagesNode, envelope: str, name: str) -> str:
    """The same bytes with another person's signature."""
    made = dsse.decode(envelope.encode())
    key = site.node.world.sides["eu"].keys[name]
    message = dsse.pae(made.payload_type, made.payload)
    signature = dsse.Signature(key.key, key.private.sign(message))
    return made.with_signature(signature).encode().decode()


@pytest.mark.parametrize("role", ["registrar", "head", "director"])
async def test_page_offers_no_signature_that_the_node_refuses(role, pages_of):
    """A leader or registrar whom the other side does not know yet: `person-unseasoned`."""
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    world.eu.make_key("newcomer")
    world.enrol("eu", "newcomer", role=role)
    site = await pages_of(world, "eu")
    begun = await offer(site, world.revocation("eu", "desk"), "head", reason="lost")
    path = f"/api/acts/{begun.act.id}"
    assert orjson.loads((await call(site, "GET", path, "newcomer")).html)["may"] == "read"
    assert orjson.loads((await call(site, "GET", path, "registrar")).html)["may"] == "sign"
    shown = await site.get("/people/acts", "newcomer")
    assert "You can sign because" not in shown.text
    row = (await site.own.stores.views.keys())[key_of(site.node, "newcomer")]
    last = max(row.enrolled, row.grants[0].start)
    assert f"once an entry of CN shows that it has EU-{last}." in shown.text
    assert "does not know your function" not in (await site.get("/people/acts", "registrar")).text
    key = key_of(site.node, "clerk")
    path = f"/people/acts/new?kind=key.revoked&key={key}&look=1&reason=lost"
    form = await site.get(path, "newcomer")
    assert f"once an entry of CN shows that it has EU-{last}." in form.text
    assert not [one for one in form.page.all("button") if "data-body" in one.attributes]
    assert (await site.get(path, "registrar")).page.one("button", "Revoke this key")


async def test_new_leader_reads_how_long_until_the_own_signature_counts(pages_of):
    site = await pages_of(World.founded(limits=LIMITS | {"cooling_seconds": 86_400}), "eu")
    key = key_of(site.node, "desk")
    path = f"/people/acts/new?kind=key.suspended&key={key}&look=1&reason=lost"
    form = await site.get(path, "head")
    assert re.search(
        r"Your function is new\. You can sign this from .{5,40}; 2\d hours left\.", form.text
    )
    assert not [one for one in form.page.all("button") if "data-body" in one.attributes]
    chinese = await site.get(path, "head", "zh-CN")
    assert "您系新任" in chinese.text
    begun = await offer(site, site.node.world.revocation("eu", "clerk"), "registrar", reason="lost")
    waits = await site.get(f"/people/acts/{begun.act.id}", "head")
    assert "Your function is new." in waits.text
    assert not [one for one in waits.page.all("button") if one.name.startswith("Revoke this key")]
    site.node.clock.ahead += 86_400 - 3600
    assert re.search(r"; \d+ minutes? left", (await site.get(path, "head")).text)
    site.node.clock.ahead += 3600
    assert (await site.get(path, "head")).page.one("button", "Stop now")


async def test_act_says_how_many_entries_it_makes_disputed(site):
    world = site.node.world
    first = world.open_thread("eu")
    world.open_thread("eu")
    await catch_up(site.node)
    since, key = first.position.index, key_of(site.node, "desk")
    begun = await offer(site, world.revocation("eu", "desk", since=since), "head", reason="stolen")
    path = f"/people/acts/{begun.act.id}"
    said = re.findall(
        r"(\d+) entr(?:y|ies) becomes? disputed", (await site.get(path, "registrar")).text
    )
    form = await site.get(
        f"/people/acts/new?kind=key.revoked&key={key}&look=1&reason=stolen&since=2020-01-01 00:00",
        "registrar",
    )
    assert "entries become disputed. They stay valid." in form.text
    await second(site, begun, "registrar")
    waiting = await call(site, "GET", "/api/reviews?scope=all", "head")
    assert said == [str(orjson.loads(waiting.html)["total"])]
    assert "disputed." not in (await site.get(path, "registrar")).text
    none = await offer(site, world.revocation("eu", "clerk"), "head", reason="lost")
    assert "disputed" not in (await site.get(f"/people/acts/{none.act.id}", "registrar")).text


async def test_page_names_the_function_for_which_a_signature_counts(pages_of):
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    later = world.grant("eu", "clerk", grant=2, role="registrar", keys=[world.eu.keys["clerk"].key])
    world.exchange()  # the CN side holds the grant, and says so with its next entry
    world.open_thread("cn")
    world.exchange()
    site = await pages_of(world, "eu")
    await offer(site, world.revocation("eu", "desk"), "head", reason="lost")
    shown = await site.get("/people/acts", "clerk")
    [why] = re.findall(r"you are a registrar, known to .{1,40}? since (EU-\d+)", shown.text)
    assert why == f"EU-{later.position.index}"


async def test_act_that_is_done_gives_no_reason_to_sign(site):
    begun = await offer(site, site.node.world.revocation("eu", "desk"), "head", reason="lost")
    path = f"/people/acts/{begun.act.id}"
    assert "You can sign because" in (await site.get(path, "registrar")).text
    await second(site, begun, "registrar")
    shown = await site.get(path, "registrar")
    assert shown.page.names("heading")[0].startswith("Revoke a key")
    assert "You can sign because" not in shown.text


async def test_act_waits_and_is_signed_over_the_api(site):
    sent = signed(site.node, site.node.world.revocation("eu", "desk"), "head")
    begun = await call(
        site, "POST", "/api/acts", "head", {"envelope": sent.envelope.decode(), "reason": "stolen"}
    )
    assert begun.status == 200, begun.html
    result = orjson.loads(begun.html)
    assert (result["state"], "position" in result) == ("waiting", False)
    listed = orjson.loads((await call(site, "GET", "/api/acts", "registrar")).html)["acts"]
    assert [(act["may"], act["reason"]) for act in listed] == [("sign", "stolen")]
    assert [act["person"] for act in listed] == [site.node.world.eu.person("desk")]
    assert orjson.loads((await call(site, "GET", "/api/acts", "other-desk")).html) == {"acts": []}
    path = f"/api/acts/{result['id']}"
    assert orjson.loads((await call(site, "GET", path, "head")).html)["may"] == "withdraw"
    assert (await call(site, "GET", path, "other-desk")).status == 404
    own = {"envelope": sent.envelope.decode()}
    assert "act-own" in (await call(site, "POST", path, "head", own)).html
    second = {"envelope": both(site, sent.envelope.decode(), "registrar")}
    assert "act-absent" in (await call(site, "POST", path, "other-desk", second)).html
    done = orjson.loads((await call(site, "POST", path, "registrar", second)).html)
    assert done["state"] == "done"
    assert done["position"].startswith("EU-")


async def test_acts_on_people_do_not_come_as_entries(site):
    sent = signed(site.node, site.node.world.suspension("eu", "desk"), "head")
    entries = {"entries": [{"envelope": sent.envelope.decode(), "parts": []}]}
    size = await site.node.size("eu")
    refused = await call(site, "POST", "/api/entries", "head", entries)
    assert (refused.status, "act-unknown" in refused.html) == (403, True)
    assert await site.node.size("eu") == size


async def test_page_shows_each_act_to_whoever_may_sign_it(site):
    await offer(site, site.node.world.revocation("eu", "desk"), "head", reason="stolen")
    page = (await site.get("/people/acts", "registrar")).page
    assert page.one("heading", "1 act waits for a second signature")
    text = (await site.get("/people/acts", "registrar")).text
    assert "Revoke a key of Ilona Kőszegi for good" in text
    assert "stolen (kept on our side)" in text
    assert "A revoked key never comes back." in text
    assert "you are a registrar" in text
    assert page.one("button", "Revoke this key (Revoke a key of Ilona Kőszegi for good)")
    mine = (await site.get("/people/acts", "head")).text
    assert "You began this; one person counts once." in mine
    assert "Take it back" in mine
    other = await site.get("/people/acts", "other-desk")
    assert other.page.one("heading", "Nothing waits for a second signature")
    assert "0 acts" not in other.text
    chinese = (await site.get("/people/acts", "registrar", "zh-CN")).text
    assert "1个事项待第二人签名" in chinese
    assert "永久作废Ilona Kőszegi的一个密钥" in chinese


async def test_first_signer_takes_back_and_second_refuses(site):
    world = site.node.world
    one = await offer(site, world.revocation("eu", "desk"), "head", reason="lost")
    path = f"/people/acts/{one.act.id}"
    assert (await site.post(f"{path}/withdraw", {}, "registrar")).status == 403
    assert (await site.post(f"{path}/refuse", {}, "head")).status == 403
    assert (await site.post(f"{path}/withdraw", {}, "head")).status == 303
    assert "Taken back" in (await site.get(path, "head")).text
    two = await offer(site, world.revocation("eu", "clerk"), "head", reason="lost")
    path = f"/people/acts/{two.act.id}"
    assert (await site.post(f"{path}/refuse", {}, "registrar")).status == 303
    assert "Refused" in (await site.get(path, "registrar")).text


async def test_form_shows_the_act_in_words_before_it_is_signed(site):
    key = key_of(site.node, "desk")
    form = (await site.get(f"/people/acts/new?kind=key.suspended&key={key}", "head")).page
    assert form.one("heading", "Stop a key: Ilona Kőszegi")
    path = (
        f"/people/acts/new?kind=key.revoked&key={key}&look=1&reason=stolen&since=2020-01-01 00:00"
    )
    shown = await site.get(path, "head")
    assert "Revoke a key of Ilona Kőszegi for good" in shown.text
    assert "EU-0, accepted" in shown.text
    button = shown.page.one("button", "Revoke this key")
    assert orjson.loads(button.attributes["data-body"]) == {
        "key": key, "reason": "stated-at-home", "since": 0,
    }  # fmt: skip
    assert button.attributes["data-reason"] == "stolen"
    wrong = await site.get(path.replace("2020-01-01 00:00", "yesterday"), "head")
    assert "“yesterday” is not a date and time." in wrong.text
    assert (await site.get("/people/acts/new?kind=note.posted", "head")).status == 400
    assert (await site.get("/people/acts/new?kind=person.left&person=no", "head")).status == 404


async def test_restoration_asks_which_of_several_suspensions_it_lifts(site):
    """Each is lifted on its own (K12): the one with the lowest id is nobody's choice."""
    world = site.node.world
    stops = [world.append("eu", world.suspension("eu", "desk", by=by)) for by in ("head", "clerk")]
    await catch_up(site.node)
    key = key_of(site.node, "desk")
    path = f"/people/acts/new?kind=key.restored&key={key}&look=1&reason=found"
    asked = await site.get(path, "registrar")
    assert "Several suspensions are open." in asked.text
    assert not [one for one in asked.page.all("button") if "data-body" in one.attributes]
    words = f"EU-{stops[1].position.index}, "
    assert words in asked.text
    assert "stopped by Łukasz Żelazny" in asked.text
    shown = await site.get(f"{path}&stop={stops[1].id}", "registrar")
    button = shown.page.one("button", "Restore")
    assert button.attributes["data-ref"] == stops[1].id
    chinese = await site.get(path, "registrar", "zh-CN")
    assert "拟解除的停用" in chinese.text
    begun = await offer(site, world.restoration("eu", stops[1]), "head", reason="found")
    waits = await site.get(f"/people/acts/{begun.act.id}", "registrar")
    assert f"Suspension {words}" in waits.text
    assert (await site.get(f"{path}&stop=no", "registrar")).status == 404


async def test_restoration_that_waits_is_offered_for_signature(site):
    world = site.node.world
    stop = world.append("eu", world.suspension("eu", "desk"))
    await catch_up(site.node)
    path = f"/people/acts/new?kind=key.restored&key={key_of(site.node, 'desk')}"
    assert "Open the act that waits" not in (await site.get(path, "registrar")).page.links()
    begun = await offer(site, world.restoration("eu", stop), "director", reason="found")
    for filled in ("", "&look=1&reason=found"):
        shown = await site.get(f"{path}{filled}", "registrar")
        link = shown.page.one("link", "Open the act that waits")
        assert link.attributes["href"] == f"/people/acts/{begun.act.id}"
        assert not [one for one in shown.page.all("button") if "data-body" in one.attributes]
    assert "打开待签事项" in (await site.get(path, "registrar", "zh-CN")).text
    # Who may not see the act learns nothing of it.
    assert "Open the act that waits" not in (await site.get(path, "clerk")).page.links()
    again = world.restoration("eu", stop, by="registrar")
    assert await code_of(offer(site, again, "registrar", reason="mistaken")) == "act-waits"
    assert (await offer(site, again, "registrar", "head", reason="found")).act.state == "done"


def ending(world: World, by: str) -> Any:
    body = {"person": world.eu.person("desk"), "grant": 1, "reason": "ended"}
    return world.payload("eu", "role.ended", by=by, body=body)


def leaving(world: World, by: str) -> Any:
    """Whatever the doubt that each person states: nobody leaves twice."""
    body = {"person": world.eu.person("desk")} | ({"since": 0} if by == "head" else {})
    return world.payload("eu", "person.left", by=by, body=body)


def granting(world: World, by: str) -> Any:
    """Each person words the same function in an own way."""
    return world.granting("eu", "clerk", by=by, grant=2, unit=f"Unit of the {by}")


def revoking(world: World, by: str) -> Any:
    return world.revocation("eu", "desk", by=by)


@pytest.mark.parametrize(
    ("payload_of", "reason"),
    [(ending, ""), (leaving, ""), (granting, ""), (revoking, "lost")],
)
async def test_same_act_does_not_wait_twice(site, payload_of, reason):
    """Begun twice by one person, or by two: only one of them could ever be stored."""
    world = site.node.world
    begun = await offer(site, payload_of(world, "registrar"), "registrar", reason=reason)
    assert begun.act.state == "waiting"
    for who in ("registrar", "head"):
        payload = payload_of(world, who) | {"at": "2026-11-20T08:00:00Z"}
        sent = signed(site.node, payload, who).envelope.decode()
        refused = await call(site, "POST", "/api/acts", who, {"envelope": sent, "reason": reason})
        answer = orjson.loads(refused.html)
        assert (refused.status, answer["code"]) == (409, "act-waits"), who
        assert answer["facts"] == {"id": begun.act.id}
    assert len(await acts.waiting(deps_of(site.node))) == 1


async def test_same_key_does_not_wait_twice_for_enrolment(site):
    world = site.node.world
    world.eu.make_key("tablet")
    payload = world.enrolment("eu", "desk", "tablet")
    begun = await offer(site, payload, "tablet", "registrar")
    again = offer(site, payload | {"at": "2026-11-20T08:00:00Z"}, "tablet", "head")
    assert await code_of(again) == "act-waits"
    world.eu.make_key("laptop")
    another = await offer(site, world.enrolment("eu", "desk", "laptop"), "laptop", "registrar")
    assert {begun.act.state, another.act.state} == {"waiting"}


async def test_revocation_with_an_earlier_doubt_waits_next_to_the_first(site):
    """It states more than the first one, and is valid after it (K13)."""
    world = site.node.world
    await offer(site, revoking(world, "registrar"), "registrar", reason="lost")
    earlier = world.revocation("eu", "desk", by="registrar", since=0)
    assert (await offer(site, earlier, "registrar", reason="lost")).act.state == "waiting"


async def test_form_links_the_same_act_that_waits(site):
    world = site.node.world
    key, person = key_of(site.node, "desk"), world.eu.person("clerk")
    forms = {
        f"kind=key.revoked&key={key}&reason=stolen": revoking,
        f"kind=role.granted&person={person}&role=desk&desk=licensing&unit=Other": granting,
    }
    for form, payload_of in forms.items():
        path = f"/people/acts/new?{form}&look=1"
        before = (await site.get(path, "registrar")).page
        assert before.marked("data-act", "begin-act")
        assert "Open the act that waits" not in before.links()
        begun = await offer(
            site, payload_of(world, "head"), "head", reason="lost" if payload_of == revoking else ""
        )
        shown = await site.get(path, "registrar")
        assert "An act of this kind on the same matter already waits" in shown.text
        assert shown.page.links()["Open the act that waits"] == f"/people/acts/{begun.act.id}"
        assert not shown.page.marked("data-act", "begin-act")
        assert "就同一对象的同类事项已经发起" in (await site.get(path, "registrar", "zh-CN")).text


async def test_restoration_begins_again_once_the_first_is_refused(site):
    world, deps = site.node.world, deps_of(site.node)
    stop = world.append("eu", world.suspension("eu", "desk"))
    await catch_up(site.node)
    begun = await offer(site, world.restoration("eu", stop), "director", reason="found")
    await acts.close(deps, begun.act.id, "refused", key_of(site.node, "registrar"))
    again = world.restoration("eu", stop, by="registrar")
    assert (await offer(site, again, "registrar", reason="found")).act.state == "waiting"


async def test_restoration_of_a_person_asks_as_well(site):
    world = site.node.world
    for by in ("head", "clerk"):
        world.append("eu", world.suspension("eu", "desk", by=by, whole=True))
    await catch_up(site.node)
    person = world.sides["eu"].person("desk")
    path = f"/people/acts/new?kind=key.restored&person={person}"
    asked = await site.get(path, "registrar")
    assert "Suspension to be lifted" in asked.text


async def test_odd_numbers_and_times_have_a_code(site):
    person = site.node.world.sides["eu"].person("clerk")
    path = f"/people/acts/new?person={person}&look=1"
    assert (await site.get(f"{path}&kind=person.left&since=0001-01-01 00:00", "head")).status == 200
    many = f"{path}&kind=role.ended&reason=ended&grant={'9' * 5000}"
    assert (await site.get(many, "head")).status == 200
    first = await call(site, "GET", "/api/first-since?at=0001-01-01T00:00:00%2B14:00", "head")
    assert (first.status, "act-time" in first.html) == (400, True)


@pytest.fixture
def far_machine(monkeypatch):
    """A machine whose zone is not the capital's."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_machine")
async def test_time_without_an_offset_is_one_of_the_own_capital(site):
    """As the refusal of a wrong one says: the zone of the node's machine decides nothing."""
    last = await site.node.record.pool.fetchrow(
        "SELECT idx, accepted FROM record.entries WHERE log = 'eu' ORDER BY idx DESC LIMIT 1"
    )
    after = datetime.fromisoformat(last["accepted"]) + timedelta(seconds=1)
    typed = after.astimezone(ZONES["eu"]).strftime("%Y-%m-%dT%H:%M:%S")
    shown = await call(site, "GET", f"/api/first-since?at={typed}", "head")
    assert orjson.loads(shown.html)["index"] == last["idx"] + 1


async def test_form_grants_a_function_and_names_a_stand_in(site):
    world = site.node.world.sides["eu"]
    person, absent = world.person("clerk"), world.person("head")
    path = f"/people/acts/new?kind=role.granted&person={person}"
    stated = "&look=1&role=head&desk=licensing&unit=Unit&until=2030-12-11 23:59"
    shown = await site.get(f"{path}{stated}&absent={absent}", "registrar")
    assert "Stand-in for Tereza Šťastná: Łukasz Żelazny" in shown.text
    body = orjson.loads(shown.page.one("button", "Name the stand-in").attributes["data-body"])
    assert (body["grant"], body["for"], body["until"]) == (2, absent, "2030-12-11T22:59:00Z")
    assert body["keys"] == [world.keys["clerk"].key]
    ended = f"/people/acts/new?kind=role.ended&person={person}&look=1&grant=1&reason=moved"
    assert "End a function of Łukasz Żelazny" in (await site.get(ended, "registrar")).text


async def test_function_of_a_leader_names_the_keys_in_use(site):
    """Keys that ended would fill the places of those with which the person signs."""
    world = site.node.world
    side = world.sides["eu"]
    world.add_key("eu", "clerk", "laptop")
    world.append("eu", world.revocation("eu", "clerk"))
    await catch_up(site.node)
    path = f"/people/acts/new?kind=role.granted&person={side.person('clerk')}"
    shown = await site.get(f"{path}&look=1&role=head&desk=licensing&unit=Unit", "registrar")
    [sign] = [one for one in shown.page.all("button") if "data-body" in one.attributes]
    assert orjson.loads(sign.attributes["data-body"])["keys"] == [side.keys["laptop"].key]


async def test_code_is_drawn_once_for_a_person_with_a_function(site):
    person = site.node.world.sides["eu"].person("desk")
    path = f"/people/acts/new?kind=key.enrolled&person={person}"
    assert "Draw a one-time code" in (await site.get(path, "registrar")).text
    drawn = await site.post("/people/acts/code", {"person": person}, "registrar")
    assert "The code, shown only once" in drawn.text
    own = await site.post("/people/acts/code", {"person": person}, "desk")
    assert own.status == 200
    assert (await site.post("/people/acts/code", {"person": person}, "clerk")).status == 403


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_act_shows_the_sentence_that_the_other_side_will_read(lang, pages_of):
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    site = await pages_of(world, "eu")
    person = world.sides["eu"].person("desk")
    stop = world.append("eu", world.suspension("eu", "desk", whole=True))
    world.exchange()
    await catch_up(site.node)
    form = f"/people/acts/new?kind=key.restored&person={person}&reason=mistaken&look=1"
    shown = await site.get(form, "head", lang)
    world.append("eu", world.restoration("eu", stop), also=["registrar"])
    world.exchange()
    peer = await pages_of(world, "cn")
    page = await peer.get("/people/eu", "head", lang)
    said = next(
        item for item in page.page.all("listitem") if f"EU-{world.eu.own.size - 1}" in item.text
    )
    sentence = said.text.partition(" · ")[2].rpartition(f" EU-{world.eu.own.size - 1}")[0]
    assert sentence
    assert sentence in shown.text


async def test_form_offers_no_act_to_whom_the_node_refuses(site):
    """A desk officer begins no revocation; the stop of a colleague's key is everybody's."""
    person = site.node.world.sides["eu"].person("desk")
    key = site.node.world.sides["eu"].keys["desk"].key
    look = "look=1&reason=lost"
    ending = f"/people/acts/new?kind=key.revoked&key={key}&{look}"
    shown = await site.get(ending, "clerk")
    assert shown.page.marked("data-act", "begin-act") == []
    assert "Your signature would count for nothing on this act." in shown.text
    for name in ("head", "desk"):  # the holder may be one of two
        assert (await site.get(ending, name)).page.marked("data-act", "begin-act")
    stop = f"/people/acts/new?kind=key.suspended&person={person}&{look}"
    assert (await site.get(stop, "clerk")).page.marked("data-act", "begin-act")
    leaving = f"/people/acts/new?kind=role.ended&person={person}&grant=1&reason=ended&look=1"
    assert (await site.get(leaving, "desk")).page.marked("data-act", "begin-act")
    assert not (await site.get(leaving, "clerk")).page.marked("data-act", "begin-act")
