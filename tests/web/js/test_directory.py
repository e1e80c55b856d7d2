"""The directory that a browser chains from the pinned roots: persons, functions, keys."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from special_channel.core.rows.directory import commitment
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer, sign
from tests.web.js.conftest import Desk
from tests.web.js.drawing import entry_html
from tests.web.js.node import StubNode
from tests.web.js.record import AT, enrolment, founding, key, person, roots
from tests.web.js.test_checking import shown, verdicts

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

AT_HOME = {"reason": "stated-at-home"}
OK, BAD, UNKNOWN = ("ok", ""), ("bad", "bad-key"), ("unknown", "unknown-key")
BAD_RECEIPT = ("bad", "bad-receipt")
NO_ROOT = ("unknown", "unknown-root")


class Notes:
    """Notes of CN officials, in the order in which the page shows them."""

    def __init__(self, desk: Desk, node: StubNode) -> None:
        self.desk, self.node = desk, node
        self.items: list[dict[str, Any]] = []

    def write(self, who: Signer, **fields: Any) -> None:
        self.items.append(self.node.note("cn", who, [f"note {len(self.items)}"], **fields))

    def act(self, who: Signer, kind: str, *more: Signer, **fields: Any) -> dict[str, Any]:
        log = self.node.logs["cn"]
        header: dict[str, Any] = {"v": 1, "log": log.origin, "kind": kind, "by": who.key}
        header |= {"at": AT, "seen": []}
        return log.append(sign(header | {"body": {}} | fields, [who, *more]))

    async def verdicts(self) -> list[tuple[str, str]]:
        html = "".join(entry_html(each, [f"note {n}"]) for n, each in enumerate(self.items))
        return await verdicts(await shown(self.desk, html))


@pytest_asyncio.fixture(loop_scope="session")
async def notes(desk: Desk, node: StubNode) -> Notes:
    await desk.enrol()
    return Notes(desk, node)


FIRST, SECOND = key("cn", "registrar"), key("cn", "registrar-2")


async def test_key_is_good_only_between_enrolment_and_suspension(notes):
    li, wang = notes.node.enrol("cn", "li"), notes.node.enrol("cn", "wang")
    stop = {"body": {"key": li.key, **AT_HOME}}
    notes.write(li)
    id_ = notes.act(wang, "key.suspended", **stop)["id"]
    notes.write(li)
    notes.act(FIRST, "key.restored", ref=id_, **stop)
    notes.write(li)
    notes.act(FIRST, "key.restored", SECOND, ref="b2" * 32, **stop)
    notes.write(li)
    notes.act(FIRST, "key.restored", SECOND, ref=id_, **stop)
    notes.write(li)
    assert await notes.verdicts() == [OK, BAD, BAD, BAD, OK]


async def test_two_suspensions_need_two_restorations(notes):
    li, wang = notes.node.enrol("cn", "li"), notes.node.enrol("cn", "wang")
    by_key, by_person = {"key": li.key, **AT_HOME}, {"person": person("cn", li.key), **AT_HOME}
    one = notes.act(wang, "key.suspended", body=by_key)["id"]
    other = notes.act(wang, "key.suspended", body=by_person)["id"]
    notes.act(FIRST, "key.restored", SECOND, ref=one, body=by_key)
    notes.write(li)
    notes.act(FIRST, "key.restored", SECOND, ref=other, body=by_person)
    notes.write(li)
    assert await notes.verdicts() == [BAD, OK]


async def test_two_keys_of_one_person_restore_nothing(notes):
    li, wang = notes.node.enrol("cn", "li"), notes.node.enrol("cn", "wang")
    head = notes.node.enrol("cn", "head", role="head")
    same = key("cn", "head again")
    notes.node.enrol_key("cn", same, person=person("cn", head.key))
    stop = {"body": {"key": li.key, **AT_HOME}}
    id_ = notes.act(wang, "key.suspended", **stop)["id"]
    notes.act(head, "key.restored", same, ref=id_, **stop)
    notes.write(li)
    assert await notes.verdicts() == [BAD]


async def test_revoked_key_and_key_of_one_who_left_are_never_good_again(notes):
    li, wang = notes.node.enrol("cn", "li"), notes.node.enrol("cn", "wang")
    for who in (li, wang):
        notes.write(who)
    notes.act(FIRST, "key.revoked", SECOND, body={"key": li.key, **AT_HOME})
    notes.act(FIRST, "person.left", body={"person": person("cn", wang.key)})
    notes.node.grant("cn", person("cn", wang.key), grant=2)
    for who in (li, wang):
        notes.write(who)
    assert await notes.verdicts() == [OK, OK, BAD, BAD]


async def test_entry_counts_in_the_function_that_it_states(notes):
    li = notes.node.enrol("cn", "li")
    holder = person("cn", li.key)
    notes.write(li)
    notes.write(li, **{"as": 2})
    notes.node.grant("cn", holder, grant=2)
    notes.write(li, **{"as": 2})
    notes.act(FIRST, "role.ended", body={"person": holder, "grant": 1, "reason": "moved"})
    notes.write(li)
    notes.write(li, **{"as": 2})
    assert await notes.verdicts() == [OK, BAD, OK, BAD, OK]


async def test_officials_words_are_not_for_a_registrars_function(notes):
    li = notes.node.enrol("cn", "li", role="oversight")
    notes.write(li)
    notes.write(FIRST)
    assert await notes.verdicts() == [BAD, BAD]


async def test_leaders_function_is_for_keys_named_with_it_or_enrolled_since(notes):
    li, wang = notes.node.enrol("cn", "li"), notes.node.enrol("cn", "wang")
    notes.node.grant("cn", person("cn", li.key), grant=2, role="head")
    notes.node.grant("cn", person("cn", wang.key), grant=2, role="head", keys=[wang.key])
    since = notes.node.enrol_key("cn", key("cn", "li 2"), person=person("cn", li.key))
    for who in (li, wang, since):
        notes.write(who, **{"as": 2})
    assert await notes.verdicts() == [BAD, OK, OK]


@pytest.mark.parametrize("by", ["li", "node"])
async def test_function_or_key_that_no_registrar_gave_is_none(notes, by):
    signer = notes.node.enrol("cn", "li") if by == "li" else key("cn", by)
    mallory = key("cn", "mallory")
    holder = person("cn", "mallory")
    notes.node.grant("cn", holder, by=signer)
    log = notes.node.logs["cn"]
    log.append(sign(enrolment(log.origin, mallory, holder), [mallory, FIRST]))
    notes.write(mallory)
    assert await notes.verdicts() == [UNKNOWN]


async def test_parts_of_the_root_stand_in_for_the_registrars(notes):
    parts = [key("cn", name) for name in ("root", "root-2")]
    li, holder = key("cn", "li"), person("cn", "li")
    wang = key("cn", "wang")
    body = {"person": holder, "grant": 1, "role": "desk", "desk": "licensing", "unit": "U"}
    log = notes.node.logs["cn"]
    notes.act(parts[0], "role.granted", body=body)
    log.append(sign(enrolment(log.origin, wang, holder), [wang, *parts]))
    notes.act(*_spread(parts, "role.granted"), body=body)
    log.append(sign(enrolment(log.origin, li, holder), [li, *parts]))
    notes.write(wang)
    notes.write(li)
    assert await notes.verdicts() == [UNKNOWN, OK]


def _spread(parts: list[Signer], kind: str) -> tuple[Any, ...]:
    return (parts[0], kind, *parts[1:])


def rotation(**changed: Any) -> dict[str, Any]:
    stated = roots("cn", ("next", "next-2", "next-3"), ("later", "later-2", "later-3"))
    return stated | {"number": 2} | changed


@pytest.mark.parametrize(
    ("changed", "by", "good"),
    [
        ({}, ("next", "next-2"), True),
        ({}, ("next",), False),
        ({"number": 3}, ("next", "next-2"), False),
        ({"threshold": 1}, ("next", "next-2"), False),
        ({"keys": roots("cn", ("thief", "thief-2"))["keys"]}, ("thief", "thief-2"), False),
    ],
)
async def test_roots_follow_only_as_announced(notes, changed, by, good):
    signers = [key("cn", name) for name in by]
    ref = notes.node.logs["cn"].items[0]["id"]
    notes.act(*_spread(signers, "roots.rotated"), ref=ref, body=rotation(**changed))
    found = []
    for name, parts in (("old", ("root", "root-2")), ("new", by)):
        holder = person("cn", name)
        body = {"person": holder, "grant": 1, "role": "desk", "desk": "licensing", "unit": "U"}
        notes.act(*_spread([key("cn", each) for each in parts], "role.granted"), body=body)
        log, who = notes.node.logs["cn"], key("cn", name)
        log.append(sign(enrolment(log.origin, who, holder), [who, FIRST]))
        notes.write(who)
        found.append(who)
    assert await notes.verdicts() == ([UNKNOWN, OK] if good else [OK, UNKNOWN])


@pytest.mark.parametrize(
    ("changed", "by"),
    [
        ({}, ("root", "registrar", "registrar-2")),
        ({}, ("root", "root-2", "registrar")),
        ({"roots": roots("cn") | {"threshold": 1}}, ("root", "root-2", "registrar", "registrar-2")),
    ],
    ids=["too few parts", "a registrar has not signed", "another root"],
)
async def test_founding_needs_the_pinned_root_and_its_persons(desk, node, changed, by):
    log = node.logs["cn"]
    log.items.clear()
    log.hashes.clear()
    signed: Submission = sign(
        founding("cn", log.origin, **changed), [key("cn", name) for name in by]
    )
    log.append(signed)
    await desk.enrol()
    notes = Notes(desk, node)
    notes.write(node.enrol("cn", "li"))
    assert await notes.verdicts() == [NO_ROOT]


async def test_service_signs_for_itself_and_a_link_key_need_not(notes):
    service, link = key("cn", "service"), key("cn", "link 2")
    for who, signer in ((service, FIRST), (link, FIRST)):
        body = {
            "role": "service" if who is service else "link",
            "suite": "ed25519",
            "public": founded_public(who),
            "reason": "routine",
        }
        notes.act(signer, "machine.enrolled", body=body)
        notes.write(who)
    assert await notes.verdicts() == [UNKNOWN, BAD]


def founded_public(who: Signer) -> str:
    return str(enrolment("cn.channel.example/log", who, "0" * 32)["body"]["public"])


async def test_receipts_are_checked_by_the_checkpoint_key_of_their_size(notes):
    """K16: the key that the last one committed to, or that the root names; from its entry on."""
    log = notes.node.logs["cn"]
    third = key("cn", "checkpoint 3")

    def named(who: Signer, coming: Signer) -> dict[str, Any]:
        stated = {"role": "checkpoint", "suite": "ed25519", "public": founded_public(who)}
        following = commitment("ed25519", coming.private.public)
        return stated | {"name": log.origin, "next": following, "reason": "routine"}

    li = notes.node.enrol("cn", "li")
    notes.write(li)
    second = key("cn", "checkpoint 2")
    # Nobody committed to it: it changes nothing.
    notes.act(FIRST, "machine.enrolled", SECOND, body=named(third, third))
    notes.write(li)
    root = key("cn", "root")
    log.signer = second
    notes.act(root, "machine.enrolled", key("cn", "root-2"), body=named(second, third))
    notes.write(li)
    notes.act(FIRST, "machine.enrolled", SECOND, body=named(third, second))
    notes.write(li)
    log.signer = third
    notes.write(li)
    assert await notes.verdicts() == [OK, OK, OK, BAD_RECEIPT, OK]
