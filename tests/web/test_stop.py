"""Stop a key, signed out: the same answer to right and wrong codes, and what a right one does."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import ActRecorded, KeySuspended, parse
from special_channel.core.rows.directory import KeyRow
from special_channel.desk import stop_cards
from special_channel.desk.stop_cards import STEP_SECONDS, StopKeeper, code_from
from special_channel.desk.typed_codes import plain_code
from special_channel.web.http.gate import Proxies
from special_channel.web.shared.capitals import ZONES
from special_channel.web.stop.since import since_of
from special_channel.wiring.sources import AlarmBoard
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_quotas import call
from tests.world import World

MAIL = "desk@eu.example"
WRONG = "KMRT WPXH BDFL"
PROXIES = Proxies(trusted=(ip_network("127.0.0.1"),))


def keeper_of(
    site: PagesNode, alarms: AlarmBoard | None = None, every: float = STEP_SECONDS
) -> StopKeeper:
    return StopKeeper(site.own.desk.stop, alarms or AlarmBoard(), every)


async def printed(site: PagesNode, who: str = "desk") -> str:
    """Print a stop card as an official; return its code."""
    shown = await site.post("/keys/card", {}, who)
    assert shown.status == 200, shown.page.codes()
    [code] = shown.page.marked("data-code")
    return code.source


async def tried(
    site: PagesNode, code: str, mail: str = MAIL, address: str = "198.51.100.1", **fields: str
) -> Shown:
    """Give a code on the page, signed out."""
    data = {"mail": mail, "code": code, "since": "now"} | fields
    headers = {"X-Forwarded-For": address}
    return await site.ask("POST", "/stop", "", "en", data=data, headers=headers)


def wrong_of(code: str) -> str:
    """Return a code with another last letter."""
    return code[:-1] + ("C" if code.endswith("B") else "B")


async def standing(site: PagesNode, who: str = "desk") -> str:
    key = site.node.world.eu.keys[who].key
    row = (await site.own.stores.views.keys([key]))[key]
    assert isinstance(row, KeyRow)
    return row.now


async def suspension(site: PagesNode) -> KeySuspended:
    """Return the last entry of our shared log, a suspension."""
    head = (await site.own.stores.record.heads())["eu"]
    [stored] = await site.own.stores.record.entries("eu", head.size - 1, 1)
    entry = parse(dsse.decode(stored.envelope).payload)
    assert isinstance(entry, KeySuspended)
    return entry


async def recorded(site: PagesNode) -> list[ActRecorded]:
    head = await site.own.stores.record.head("private")
    stored = await site.own.stores.record.entries("private", 0, head.size)
    entries = [parse(dsse.decode(each.envelope).payload) for each in stored]
    return [each for each in entries if isinstance(each, ActRecorded)]


async def test_right_code_stops_all_keys_and_ends_sessions(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    code = await printed(site)
    shown = await tried(site, code)
    assert shown.status == 200
    assert await standing(site) == "active"  # the answer does not wait for the act
    await keeper_of(site).step()
    assert await standing(site) == "suspended"
    assert (await site.get("/inbox", "clerk")).status == 200
    person, now = world.eu.person("desk"), site.own.node.clock.now()
    assert await site.own.desk.door.sessions.of_person("eu", person, now) == []
    entry = await suspension(site)
    assert entry.by == site.own.node.identity.node.key
    assert (entry.body.person, entry.body.reason) == (person, "stated-at-home")
    assert entry.body.since is None
    used = (await recorded(site))[-1].body
    assert (used.act, used.person, used.reason) == ("stop-card-used", person, "reported")
    assert used.of


async def test_printing_is_recorded_and_voids_the_last_card(pages_of):
    site = await pages_of(World.founded(), "eu")
    first, second = await printed(site), await printed(site)
    assert first != second
    # Within a second, and so one entry.
    assert [each.body.act for each in await recorded(site)] == ["stop-card-printed"]
    await tried(site, first)
    await keeper_of(site).step()
    assert await standing(site) == "active"
    await tried(site, second)
    await keeper_of(site).step()
    assert await standing(site) == "suspended"


async def test_card_is_spent_once_used(pages_of):
    site = await pages_of(World.founded(), "eu")
    code = await printed(site)
    for _ in range(2):
        await tried(site, code)
        await keeper_of(site).step()
    key = site.node.world.eu.keys["desk"].key
    [stop] = (await site.own.stores.views.keys([key]))[key].stops
    assert stop.whole
    card = await site.own.desk.stop.cards.of_official(1)
    assert card is None or card.spent is not None


async def test_card_works_where_others_have_the_same_address(pages_of):
    """A desk's common address: each card stops its own person, and a try hashes once."""
    site = await pages_of(World.founded(), "eu")
    await site.node.record.pool.execute("UPDATE desk.officials SET email = $1", MAIL.upper())
    await printed(site, "desk")
    later = await printed(site, "clerk")
    cards = await site.own.desk.stop.cards.of_mail(MAIL)
    assert (len(cards), len({card.salt for card in cards})) == (2, 1)
    await tried(site, later)
    await keeper_of(site).step()
    assert (await standing(site, "desk"), await standing(site, "clerk")) == ("active", "suspended")


async def test_nul_in_an_address_or_code_is_answered_like_any_wrong_one(pages_of):
    site = await pages_of(World.founded(), "eu")
    assert (await tried(site, "KMRT WPXH BDFL", "desk\0@eu.example ")).status == 200
    assert (await tried(site, "KMRT\0WPXH BDFL", "clerk@eu.example")).status == 200


@pytest.mark.parametrize("form", ["{}", " {} ", "{}\n"])
async def test_code_is_taken_as_typed_or_pasted(pages_of, form):
    site = await pages_of(World.founded(), "eu")
    code = await printed(site)
    await tried(site, form.format(code.replace(" ", "-").lower()), mail="  DESK@eu.EXAMPLE ")
    await keeper_of(site).step()
    assert await standing(site) == "suspended"


async def test_right_and_wrong_codes_have_one_answer(pages_of):
    site = await pages_of(World.founded(), "eu")
    code = await printed(site)
    wrong = await tried(site, "KMRT WPXH BDFL", "clerk@eu.example")
    nobody = await tried(site, "KMRT WPXH BDFL", "nobody@eu.example")
    right = await tried(site, code)
    assert wrong.html == nobody.html == right.html
    assert "4 more tries are possible within the hour." in right.text
    assert right.page.names("heading") == ["Your request was received", "To be sure, and next"]
    await keeper_of(site).step()
    assert await standing(site, "clerk") == "active"


async def test_thousand_guesses_are_five(pages_of):
    """Attack 38: five are counted, one answer, no suspension, an alarm at home."""
    site = await pages_of(World.founded(), "eu", proxies=PROXIES)
    code, alarms = await printed(site), AlarmBoard()
    answers = [await tried(site, wrong_of(code)) for _ in range(9)]
    assert [each.status for each in answers] == [200] * 5 + [429] * 4
    texts = [each.text.partition("the same whether")[0] for each in answers[:5]]
    assert len(set(texts)) == 1
    last = await tried(site, code)
    assert last.status == 429
    assert "no key was stopped" in last.text
    await keeper_of(site, alarms).step()
    assert await standing(site) == "active"
    assert alarms.codes() == ("stop-card-guessed",)
    site.node.world.clock.seconds += 3601
    await keeper_of(site, alarms).step()
    assert alarms.codes() == ()
    assert (await tried(site, code)).status == 200
    await keeper_of(site).step()
    assert await standing(site) == "suspended"


async def test_guesses_of_strangers_do_not_keep_the_owner_out(pages_of):
    """A lost key is stopped in seconds, also while strangers guess at the owner's address."""
    site = await pages_of(World.founded(), "eu", proxies=PROXIES)
    code, alarms = await printed(site), AlarmBoard()
    for number in range(30):
        assert (await tried(site, wrong_of(code), address=f"198.51.100.{number}")).status == 200
    await keeper_of(site, alarms).step()
    assert (await standing(site), alarms.codes()) == ("active", ("stop-card-guessed",))
    right = await tried(site, code, address="203.0.113.9")
    assert right.status == 200
    assert "4 more tries" in right.text, "the answer tells nothing of the strangers' tries"
    await keeper_of(site, alarms).step()
    assert await standing(site) == "suspended"


async def test_addresses_of_one_ipv6_network_are_one_client(pages_of):
    """A subscriber has 2^64 of them, so each of them would have five tries."""
    site = await pages_of(World.founded(), "eu", proxies=PROXIES)
    wrong = wrong_of(await printed(site))
    answers = [await tried(site, wrong, address=f"2001:db8:7:1::{n}") for n in range(7)]
    assert [each.status for each in answers] == [200] * 5 + [429] * 2
    assert (await tried(site, wrong, address="2001:db8:7:2::1")).status == 200


async def test_address_has_twenty_tries_and_cannot_choose_itself(pages_of):
    site = await pages_of(World.founded(), "eu")  # without a trusted proxy
    answers = [
        await tried(site, WRONG, f"{n}@eu.example", address=f"198.51.100.{n}") for n in range(22)
    ]
    assert [each.status for each in answers] == [200] * 20 + [429] * 2


async def test_since_is_the_first_entry_from_then_on(pages_of):
    world = World.founded()
    world.clock.seconds += 3600
    thread = world.open_thread("eu").leaf.thread or ""
    first = world.eu.own.size
    world.clock.seconds += 3600
    world.note("eu", thread, ("Written by whom?",))
    world.exchange()
    site = await pages_of(world, "eu")
    code = await printed(site)
    at = (site.own.node.clock.now() - timedelta(minutes=30)).astimezone(ZONES["eu"])
    await tried(site, code, since="at", at=f"{at:%d %b %Y, %H:%M}")
    await keeper_of(site).step()
    assert (await suspension(site)).body.since == first


async def test_time_that_cannot_be_read_counts_no_try(pages_of):
    site = await pages_of(World.founded(), "eu")
    code = await printed(site)
    for at in ("yesterday", "", "1 Jan 2999, 10:00"):
        shown = await tried(site, code, since="at", at=at)
        assert shown.status == 400
    assert (await tried(site, code, since="")).status == 400
    assert "4 more tries" in (await tried(site, code)).text


@pytest.mark.parametrize(
    "code", ["abc", "KMRT WPXH BDF", "KMRT WPXH BDFLK", "KMRT WPXH BDFA", "  "]
)
async def test_code_that_no_card_can_have_is_refused_and_no_try(pages_of, code):
    site = await pages_of(World.founded(), "eu")
    shown = await tried(site, code)
    assert (shown.status, "stop-code" in shown.html) == (400, True)
    assert "none of them A, E, I, O, U or Y" in shown.text
    body = {"mail": MAIL, "code": code}
    status, told = await call(site, "POST", "/api/stop", data=body)
    assert (status, told["code"]) == (400, "stop-code")
    assert "4 more tries" in (await tried(site, "KMRT WPXH BDFL")).text


@pytest.mark.parametrize("wrong", [{"code": "KMRTx"}, {"since": "at", "at": "garbage"}])
async def test_refused_form_keeps_what_was_typed_but_the_code(pages_of, wrong):
    site = await pages_of(World.founded(), "eu")
    typed = {"code": "KMRT WPXH BDFL", "since": "at", "at": "18:00"} | wrong
    shown = await tried(site, **typed)
    assert shown.status == 400
    fields = {
        name: [each for each in shown.page.marked("name", name) if each.tag == "input"]
        for name in ("mail", "code", "since", "at")
    }
    assert fields["mail"][0].attributes["value"] == MAIL
    assert fields["at"][0].attributes["value"] == typed["at"]
    chosen = [each.attributes["value"] for each in fields["since"] if "checked" in each.attributes]
    assert chosen == ["at"]
    assert "value" not in fields["code"][0].attributes
    assert typed["code"] not in shown.html
    assert "Type the letters of the card again" in shown.text
    assert shown.page.marked("role", "alert")


async def test_another_sites_page_stops_nobody(pages_of):
    site = await pages_of(World.founded(), "eu")
    data = {"mail": MAIL, "code": "x", "since": "now"}
    headers = {"Origin": "https://elsewhere.example"}
    shown = await site.ask("POST", "/stop", "", "en", data=data, headers=headers)
    assert shown.status == 403


async def test_another_sites_page_stops_nobody_over_the_api(pages_of):
    site = await pages_of(World.founded(), "eu")
    body = {"mail": MAIL, "code": "KMRT WPXH BDFL"}
    elsewhere = {"Origin": "https://elsewhere.example"}
    status, told = await call(site, "POST", "/api/stop", data=body, **elsewhere)
    assert (status, told["code"]) == (403, "other-site")
    assert await call(site, "POST", "/api/stop", data=body) == (200, {"left": 4}), "none was used"


async def test_code_stops_over_the_api(pages_of):
    site = await pages_of(World.founded(), "eu")
    code = await printed(site)
    body = {"mail": MAIL, "code": code, "since": "2026-01-01T00:00:00Z"}
    assert await call(site, "POST", "/api/stop", data=body) == (200, {"left": 4})
    await keeper_of(site).step()
    assert (await suspension(site)).body.since == 0


async def test_person_who_has_left_is_not_stopped_again(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    code = await printed(site)
    body: dict[str, Value] = {"person": world.eu.person("desk")}
    world.append("eu", world.payload("eu", "person.left", by="registrar", body=body), also=["head"])
    await site.node.write_own()
    await tried(site, code)
    await keeper_of(site).step()
    assert await site.own.desk.stop.cards.pending() == []


async def test_two_processes_stop_once(pages_of):
    site = await pages_of(World.founded(), "eu")
    await tried(site, await printed(site))
    one, two = keeper_of(site), keeper_of(site)
    await one.step()
    await two.step()
    key = site.node.world.eu.keys["desk"].key
    assert len((await site.own.stores.views.keys([key]))[key].stops) == 1


async def test_every_page_leads_to_the_stop(pages_of):
    site = await pages_of(World.founded(), "eu")
    for who, path in (("", "/sign-in"), ("desk", "/inbox")):
        link = (await site.get(path, who)).page.one("link", "Stop a key")
        assert link.attributes["href"] == "/stop"
    page = await site.get("/stop", "")
    assert page.page.names("heading") == ["Stop a key", "With your stop card", "Without the card"]


def test_code_is_twelve_letters_that_no_ear_confuses():
    assert code_from(bytes(16)) == "BBBB BBBB BBBB"
    code = code_from(bytes(range(16)))
    assert len(plain_code(code)) == 12
    assert set(plain_code(code)) <= set(stop_cards.LETTERS)
    assert plain_code("\uff2b\uff2d\uff32\uff34-wpxh  bdfl") == "KMRTWPXHBDFL"


NOW = datetime.fromisoformat("2026-11-26T22:06:00+00:00")


@pytest.mark.parametrize(("typed", "party", "utc"), [
    ("26 Nov 2026, 18:00", "eu", "2026-11-26T17:00:00+00:00"),
    ("26 November 2026 18:00", "eu", "2026-11-26T17:00:00+00:00"),
    ("2026-11-26 18:00", "eu", "2026-11-26T17:00:00+00:00"),
    ("26.11.2026 18:00", "eu", "2026-11-26T17:00:00+00:00"),
    ("18:00", "eu", "2026-11-26T17:00:00+00:00"),
    ("23:30", "eu", "2026-11-25T22:30:00+00:00"),
    ("2026年11月26日18:00", "cn", "2026-11-26T10:00:00+00:00"),
    ("2026年11月26日 18\uff1a00", "cn", "2026-11-26T10:00:00+00:00"),
])  # fmt: skip
def test_time_is_read_in_the_own_capital(typed, party, utc):
    assert since_of("at", typed, party, NOW) == datetime.fromisoformat(utc)


@pytest.mark.parametrize(("choice", "typed"), [
    ("at", "27 Nov 2026, 18:00"), ("at", "0001-01-01 00:00"), ("at", "soon"), ("at", "x" * 41),
    ("at", ""), ("", "18:00"),
])  # fmt: skip
def test_time_that_is_none_is_refused(choice, typed):
    with pytest.raises(Malformed) as refused:
        since_of(choice, typed, "eu", NOW)
    assert refused.value.code == "stop-since"


def test_just_now_and_not_known_state_no_doubt():
    assert since_of("now", "18:00", "eu", NOW) is None
    assert since_of("unknown", "", "eu", NOW) is None


class Looks(AlarmBoard):
    """Counts the keeper's looks: each ends the alarm about wrong codes."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.looked = asyncio.Event()

    def quiet(self, code: str, /) -> None:
        self.count += 1
        self.looked.set()
        super().quiet(code)


async def test_busy_record_does_not_make_the_keeper_look_and_a_try_does(pages_of):
    site = await pages_of(World.founded(), "eu")
    code, looks = await printed(site), Looks()
    # An hour, so that no look of its own falls among the requests of a busy machine.
    task = asyncio.create_task(keeper_of(site, looks, every=3600).run())
    try:
        async with asyncio.timeout(60):
            await looks.looked.wait()
            looks.looked.clear()
            for _ in range(50):
                site.own.node.changes.notify()
                await site.get("/keys")
            assert looks.count == 1
            await tried(site, code)
            await looks.looked.wait()
    finally:
        task.cancel()
    assert looks.count == 2
    assert await standing(site) == "suspended"
