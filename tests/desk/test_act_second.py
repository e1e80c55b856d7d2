"""Who may sign an act on people first and second, and how many acts wait for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from special_channel.core.bytes import canonical, dsse
from special_channel.core.entries import parse
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.core.rows.writing import sign
from special_channel.core.rules.doubt import NO_DOUBT
from special_channel.core.rules.state import person_key
from special_channel.desk.act_queue import MOST, ActQueue
from special_channel.desk.act_second import Acting, beginning, second
from special_channel.desk.acts import ACT_LIFE
from special_channel.stores.acts import ActRow
from special_channel.stores.menu_rows import MenuRow
from tests.world import World

NOW: Final = datetime(2026, 11, 24, 9, tzinfo=UTC)
WORLD = World.founded()
WORLD.exchange()
SIDE = WORLD.eu
KEYS = {row.key: row for row in SIDE.replay.rows.values() if isinstance(row, KeyRow)}
ANSWERED = SIDE.own.size


def key(name: str) -> KeyRow:
    return KEYS[SIDE.keys[name].key]


def acting(payload: dict[str, Any], *signers: str, person: str = "desk") -> Acting:
    holder = SIDE.replay.rows[person_key("eu", SIDE.person(person))]
    assert isinstance(holder, PersonRow)
    signed = [SIDE.keys[name].key for name in signers]
    entry = parse(canonical.dumps(payload))
    return Acting(entry, signed, holder.person, holder, KEYS, ANSWERED)


@pytest.mark.parametrize(
    ("who", "roles"),
    [("head", ["head"]), ("registrar", ["registrar"]), ("clerk", ["desk"]), ("oversight", [])],
)
def test_who_begins_to_stop_a_key_of_the_desk(who, roles):
    act = acting(WORLD.suspension("eu", "desk"))
    assert [grant.role for grant in beginning(act, key(who))] == roles


def test_anybody_of_the_side_stops_a_machine():
    body = {"key": SIDE.keys["node"].key, "reason": "suspected"}
    entry = parse(canonical.dumps(WORLD.payload("eu", "key.suspended", by="head", body=body)))
    act = Acting(entry, [], "", None, KEYS, ANSWERED)
    assert [grant.role for grant in beginning(act, key("clerk"))] == ["desk"]


def test_desk_begins_no_revocation():
    ended = acting(WORLD.revocation("eu", "desk"))
    assert beginning(ended, key("clerk")) == []
    assert [grant.role for grant in beginning(ended, key("head"))] == ["head"]


@pytest.mark.parametrize(
    ("who", "why"),
    [("head", None), ("registrar", "registrar"), ("director", "leader"), ("desk", "holder"),
     ("clerk", None), ("oversight", None)],
)  # fmt: skip
def test_who_signs_a_revocation_second(who, why):
    assert second(acting(WORLD.revocation("eu", "desk"), "head"), key(who)) == why


class Held:
    """Stands for the stores of acts and of keys; notes how often it is asked."""

    def __init__(self, rows: list[ActRow]) -> None:
        self.rows, self.asked = rows, 0

    async def waiting(self, _now: datetime) -> list[ActRow]:
        self.asked += 1
        return self.rows

    async def side_keys(self, party: str) -> list[KeyRow]:
        return [row for row in KEYS.values() if row.party == party]

    async def persons(self, party: str, persons: list[str]) -> dict[str, PersonRow]:
        rows = (SIDE.replay.rows[person_key("eu", one)] for one in persons if party == "eu")
        return {row.person: row for row in rows if isinstance(row, PersonRow)}


async def test_acts_are_counted_for_who_may_sign_next_and_read_once():
    sent = sign(WORLD.revocation("eu", "desk"), [SIDE.keys["head"]])
    id_ = dsse.decode(sent.envelope).id
    row = ActRow(
        id_, "key.revoked", SIDE.person("desk"), key("desk").key, sent.envelope, (), "lost",
        key("head").key, NOW, NOW + ACT_LIFE,
    )  # fmt: skip
    held: Any = Held([row])
    queue = ActQueue(held, held, "eu")
    menu = MenuRow(0, 0, [f"{id_} {len(sent.envelope)}"], 11, ANSWERED)
    waiting = await queue.read(menu, NO_DOUBT, NOW)
    counted = {name: waiting.count(key(name).key) for name in ("registrar", "head", "clerk")}
    assert counted == {"registrar": 1, "head": 0, "clerk": 0}
    assert waiting.count("eu:" + "0" * 32) == 0, "of a key that nobody enrolled"
    await queue.read(menu, NO_DOUBT, NOW)
    assert held.asked == 1, "nothing changed"
    await queue.read(MenuRow(0, 0, menu.acts, 12, ANSWERED), NO_DOUBT, NOW)
    assert held.asked == 2, "the directory changed"
    nothing = await queue.read(MenuRow(0, 0, [], 12, ANSWERED), NO_DOUBT, NOW)
    assert nothing.count(key("registrar").key) == 0
    assert (held.asked, MOST) == (2, 200)


def test_act_waits_a_weekend_and_a_day():
    assert timedelta(days=3) == ACT_LIFE
